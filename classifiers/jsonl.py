"""JSON lines in, JSON lines out, in the same order: what ``offsignal judge --jsonl`` reads and writes.

In: ``{"id", "url"?, "title"?, "text" or "html", "lang"?}``; with both, ``text`` counts. Out: ``{"id", "label",
"offence", "probability", "decision", "lang", "claims": [{"type", "quote", "start", "end", "field"}], "identifiers",
"reasons", "model"}`` and, when asked for, ``"text"``, the extracted text that every offset points into (code points).
A line that cannot be judged becomes ``{"id", "error"}``; the ID is null when it could not be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from classifiers import document as documents
from classifiers import record
from classifiers.document import Document
from classifiers.errors import BadDocument
from classifiers.judge import Judge
from classifiers.judgement import Judgement

MAX_LINE_CHARS = 64 * 2**20
MAX_TEXT_CHARS = 2_000_000
BATCH_LINES = 32
BATCH_CHARS = 2_000_000
"""A batch ends at either bound, so that memory does not grow with the input."""

Id = str | int | None


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line: its ID as given, and the document, or why there is none."""

    id: Id
    document: Document | None
    error: str = ""


def judge_lines(lines: Iterable[str], judge: Judge, *, with_text: bool = False) -> Iterator[tuple[str, bool]]:
    """For each line its answer as a JSON line without line feed, and whether it was judged. Empty lines are skipped."""
    batch: list[_Entry] = []
    size = 0
    for line in lines:
        if not line.strip():
            continue
        batch.append(_read(line))
        size += len(line)
        if len(batch) >= BATCH_LINES or size >= BATCH_CHARS:
            yield from _answers(batch, judge, with_text)
            batch, size = [], 0
    yield from _answers(batch, judge, with_text)


def _answers(batch: list[_Entry], judge: Judge, with_text: bool) -> Iterator[tuple[str, bool]]:
    """Judges a batch at once; only when that fails, one by one, so that one bad page costs no other."""
    good = [entry.document for entry in batch if entry.document is not None]
    try:
        judged: Iterator[Judgement | str] = iter(list(judge.judge_many(good)))
    except Exception:  # noqa: BLE001  a boundary: the failing page is found and named below
        judged = (_alone(one, judge) for one in good)
    for entry in batch:
        if entry.document is None:
            yield _line({"id": entry.id, "error": entry.error}), False
            continue
        result = next(judged)
        if isinstance(result, str):
            yield _line({"id": entry.id, "error": result}), False
        else:
            yield _line(_answer(entry.id, entry.document, result, with_text)), True


def _alone(one: Document, judge: Judge) -> Judgement | str:
    try:
        return judge.judge(one)
    except Exception as error:  # noqa: BLE001  a boundary: the line gets the error, the run goes on
        return f"the text could not be judged: {type(error).__name__}: {error}"


def _answer(given: Id, made: Document, judgement: Judgement, with_text: bool) -> dict[str, Any]:
    table = record.to_dict(judgement)
    del table["text_sha256"], table["source_identifiers"]  # their offsets are into the HTML, not into this text
    for claim in table["claims"]:
        del claim["rule"]
        claim.pop("value", None)  # a reader of these lines counts on their keys; 'judge --json' has the values
    return {"id": given, **table, **({"text": made.extracted.text} if with_text else {})}


def _line(table: dict[str, Any]) -> str:
    return json.dumps(table, ensure_ascii=False, allow_nan=False)


def _read(line: str) -> _Entry:
    """A line as an entry; never raises."""
    if len(line) > MAX_LINE_CHARS:
        return _Entry(None, None, f"the line has more than {MAX_LINE_CHARS} characters; split or shorten it")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return _Entry(None, None, f"not a JSON value: {error}".encode("utf-8", "replace").decode())
    given: Id = None
    try:
        if not isinstance(row, dict):
            raise BadDocument('the line is JSON but no object; give {"id": …, "text": …}')
        given = _id(row)
        return _Entry(given, _document(given, row))
    except BadDocument as error:
        return _Entry(given, None, str(error))


def _id(row: dict[str, Any]) -> str | int:
    given = row.get("id")
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise BadDocument('there is no "id" that is a string or a whole number')
    if isinstance(given, str):
        _sound("id", given)
    return given


def _document(given: str | int, row: dict[str, Any]) -> Document:
    fields = {name: _string(row, name) for name in ("text", "html", "title", "url", "lang")}
    text, html = fields["text"], fields["html"]
    title, url, lang = (fields[name] or "" for name in ("title", "url", "lang"))
    if text is not None:
        if len(text) > MAX_TEXT_CHARS:
            raise BadDocument(f'"text" has more than {MAX_TEXT_CHARS} characters; shorten it')
        return documents.from_text(str(given), text, title=title, url=url, lang=lang)
    if html is None:
        raise BadDocument('there is neither "text" nor "html"; give one of them')
    return documents.from_html(str(given), html.encode(), url=url, charset="utf-8", lang=lang)


def _string(row: dict[str, Any], name: str) -> str | None:
    """A field that is a string, or None when it is left out or null."""
    value = row.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadDocument(f'"{name}" is no string')
    _sound(name, value)
    return value


def _sound(name: str, value: str) -> None:
    """Raises BadDocument for text that no UTF-8 can carry."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadDocument(
            f'"{name}" holds a lone surrogate at character {error.start}; it is no Unicode text'
        ) from error
