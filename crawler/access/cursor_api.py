"""Access pattern: a JSON API whose answers carry records, and the address of the next answer.

Answers in: one draft a record, then a step to the next page out. The next address is taken only when it lies on the
endpoint's own origin, and never with a key in it: the key goes into a header when the request is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from scrapy.http import Response

from crawler.draft import Draft, Issue, IssueKind, Output, Step, Stop
from crawler.source import Source
from crawler.urls import same_origin

MAX_RECORDS = 5_000


class CursorAPI(Source):
    """A source behind a cursor API. A subclass declares its fields and codes, asks, and gives a record its address."""

    #: Query parameters that are keys: taken out of every address.
    key_parameters: ClassVar[tuple[str, ...]] = ()
    #: The record's number; the lists of strings that are its words, and which of them is its title.
    id_field: ClassVar[str]
    text_fields: ClassVar[tuple[str, ...]]
    title_field: ClassVar[str]
    #: Fields that become facts, and fields that are addresses.
    fact_fields: ClassVar[tuple[str, ...]] = ()
    link_fields: ClassVar[tuple[str, ...]] = ()
    #: Error codes that mean: no more for now; and: this key is not accepted.
    quota_codes: ClassVar[frozenset[int]] = frozenset()
    key_codes: ClassVar[frozenset[int]] = frozenset()

    def questions(self) -> Iterator[Mapping[str, str] | Issue]:
        """The parameters of each first request."""
        raise TypeError(f"the source {self.name} does not say what it asks: it needs questions()")

    def address(self, number: str) -> str:
        """The public page of a record."""
        raise TypeError(f"the source {self.name} gives record {number} no address: it needs address()")

    def first(self) -> Iterator[Step | Issue]:
        for question in self.questions():
            if isinstance(question, Issue):
                yield question
            else:
                yield Step(f"{self.endpoint}?{urlencode(question)}", "parse_answer")

    def parse_answer(self, response: Response) -> Iterator[Output]:
        """Every record of an answer, and the next page."""
        place = self.without_key(response.url)
        answer = _object(response)
        if answer is None or not isinstance(answer.get("data"), list):
            yield Issue(IssueKind.BROKEN, "an answer is not the JSON object with a data list that was expected", place)
            return
        for record in answer["data"][:MAX_RECORDS]:
            if isinstance(record, dict):
                yield from self._record(record, place)
            else:
                yield Issue(IssueKind.ODD, "a record is not a JSON object", place)
        paging = answer.get("paging")
        following = paging.get("next") if isinstance(paging, dict) else None
        if following is None:
            return
        if isinstance(following, str) and same_origin(following, self.endpoint):
            yield Step(self.without_key(following), "parse_answer")
        else:
            netloc = urlsplit(self.endpoint).netloc
            yield Issue(IssueKind.ODD, f"the next page is not on {netloc}; not followed", place)

    def _record(self, record: dict[str, Any], place: str) -> Iterator[Output]:
        """The draft of one record. Fields are taken out of it; what is left then was not foreseen."""
        number = str(record.pop(self.id_field, ""))
        words = {field: texts(record.pop(field, [])) for field in self.text_fields}
        facts = {field: text for field in self.fact_fields if (text := _as_text(record.pop(field, "")))}
        links = tuple(self.without_key(link) for field in self.link_fields for link in texts(record.pop(field, "")))
        if record:
            names = ", ".join(sorted(record))[:200]
            yield Issue(IssueKind.ODD, f"records have fields that are not read: {names}", place)
        text = "\n\n".join(dict.fromkeys(line for lines in words.values() for line in lines))
        if not number.isdigit():
            yield Issue(IssueKind.ODD, "a record without a number was left out", place)
        elif not text:
            yield Issue(IssueKind.IGNORED, "records without words are left out", place)
        else:
            title = (words[self.title_field] or [""])[0]
            yield Draft(self.address(number), title=title, text=text, links=links, facts=facts)

    def refused(self, response: Response) -> Iterator[Output]:
        """Reads an error answer: its code says whether to go on."""
        answer, place = _object(response), self.without_key(response.url)
        fault = answer.get("error") if answer is not None else None
        if not isinstance(fault, dict):
            return
        code, message = fault.get("code"), str(fault.get("message", ""))[:300]
        if code in self.quota_codes:
            yield Issue(IssueKind.LIMIT, f"the quota is used up (error {code}): {message}", place)
            yield Stop(f"quota used up (error {code})")
        elif code in self.key_codes:
            yield Issue(IssueKind.KEY, f"the key in ${self.token_env} is not accepted (error {code}): {message}", place)
            yield Stop(f"the key in ${self.token_env} is not accepted")
        else:
            yield Issue(IssueKind.BROKEN, f"the API answered with error {code}: {message}", place)

    def without_key(self, url: str) -> str:
        """``url`` without the query parameters that are keys."""
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        kept = [(name, value) for name, value in pairs if name not in self.key_parameters]
        return url if len(kept) == len(pairs) else parts._replace(query=urlencode(kept)).geturl()


def texts(value: Any) -> list[str]:
    """A field that should be a string or a list of strings, as a list; anything else in it is left out."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and item.strip()]


def _as_text(value: Any) -> str:
    """A stated value as one text: strings as they are, lists of them joined, anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _object(response: Response) -> dict[str, Any] | None:
    """The answer as a JSON object; None when it is none."""
    try:
        value = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
