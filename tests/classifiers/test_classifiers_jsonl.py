"""The JSON lines format: exact keys, same order, one answer a line, no line that stops the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from classifiers import jsonl
from classifiers.document import Document
from classifiers.jsonl import judge_lines
from classifiers.judge import Judge
from classifiers.judgement import Judgement

TEXT = "Bulk WhatsApp sender, no ban, lifetime licence Rs 999. Call +91 90000 00011"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


def answers(judge: Judge, *lines: str, with_text: bool = False) -> list[tuple[dict[str, Any], bool]]:
    return [(json.loads(line), good) for line, good in judge_lines(lines, judge, with_text=with_text)]


def test_exact_keys(judge: Judge) -> None:
    ((answer, good),) = answers(judge, json.dumps({"id": "a", "text": TEXT}))
    assert good
    keys = "id label offence probability decision lang claims identifiers reasons model"
    assert list(answer) == keys.split()
    assert answer["claims"]
    for claim in answer["claims"]:
        assert list(claim) == ["type", "quote", "start", "end", "field"]
        assert TEXT[claim["start"] : claim["end"]] == claim["quote"]
    assert answer["model"] == judge.model_id


def test_html_with_its_text(judge: Judge) -> None:
    line = json.dumps({"id": "h", "html": f"<title>Sender</title><p>{TEXT}</p>", "url": "https://a.example/"})
    ((answer, good),) = answers(judge, line, with_text=True)
    assert good
    assert TEXT in answer["text"]
    for claim in answer["claims"]:
        assert answer["text"][claim["start"] : claim["end"]] == claim["quote"]


def test_text_counts_where_both_are_given(judge: Judge) -> None:
    ((answer, _),) = answers(judge, json.dumps({"id": "b", "text": TEXT, "html": "<p>x</p>"}), with_text=True)
    assert answer["text"] == TEXT


def test_language_and_whole_numbers_as_ids_are_kept(judge: Judge) -> None:
    ((answer, _),) = answers(judge, json.dumps({"id": 7, "text": TEXT, "lang": "hi-Latn", "title": None}))
    assert (answer["id"], answer["lang"]) == (7, "hi-Latn")


@pytest.mark.parametrize(
    ("line", "known", "says"),
    [
        ("{", None, "not a JSON value"),
        ("[1, 2]", None, "no object"),
        ('"text"', None, "no object"),
        ("null", None, "no object"),
        ("NaN", None, "no object"),
        ("[" * 100_000, None, "not a JSON value"),
        ('{"text": "x"}', None, 'no "id"'),
        ('{"id": null, "text": "x"}', None, 'no "id"'),
        ('{"id": true, "text": "x"}', None, 'no "id"'),
        ('{"id": 1.5, "text": "x"}', None, 'no "id"'),
        ('{"id": "\\ud800", "text": "x"}', None, "lone surrogate"),
        ('{"id": "a"}', "a", "neither"),
        ('{"id": "a", "text": null}', "a", "neither"),
        ('{"id": "a", "text": 5}', "a", "no string"),
        ('{"id": "a", "html": ["x"]}', "a", "no string"),
        ('{"id": "a", "text": "x", "lang": 1}', "a", "no string"),
        ('{"id": "a", "text": "x\\udfff"}', "a", "lone surrogate"),
        ('{"id": "a", "html": "\\ud83d"}', "a", "lone surrogate"),
        (json.dumps({"id": "a", "text": "x" * (jsonl.MAX_TEXT_CHARS + 1)}), "a", "shorten"),
        ('{"id": "a", "n": ' + "1" * 5000 + ', "text": "x"}', None, "not a JSON value"),
        ("\udcff{}", None, "not a JSON value"),
    ],
)
def test_bad_lines_are_answered_and_the_next_is_judged(judge: Judge, line: str, known: str | None, says: str) -> None:
    bad, good = answers(judge, line, json.dumps({"id": "next", "text": TEXT}))
    assert (bad[0]["id"], bad[1]) == (known, False)
    assert list(bad[0]) == ["id", "error"]
    assert says in bad[0]["error"]
    assert good[0]["id"] == "next"
    assert good[1]


def test_order_over_batches_and_empty_lines(judge: Judge) -> None:
    lines = [json.dumps({"id": str(n), "text": TEXT}) if n % 7 else "oops" for n in range(100)]
    given = [answer["id"] for answer, _ in answers(judge, "", *lines, "  \n")]
    assert given == [str(n) if n % 7 else None for n in range(100)]


def test_answers_come_while_input_is_still_being_read(judge: Judge) -> None:
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield json.dumps({"id": str(read), "text": TEXT})

    stream = judge_lines(endless(), judge)
    for _ in range(5):
        next(stream)
    assert read == jsonl.BATCH_LINES


class FailsOn(Judge):
    """A real judge that breaks on one document, as a bug in a rule would."""

    def _judgement(self, document: Document, score: Any) -> Judgement:
        if document.id == "broken":
            raise RuntimeError("boom")
        return super()._judgement(document, score)


def test_a_page_that_breaks_the_judge_costs_only_itself() -> None:
    lines = [json.dumps({"id": name, "text": TEXT}) for name in ("one", "broken", "two")]
    one, broken, two = answers(FailsOn(), *lines)
    assert (one[1], broken[1], two[1]) == (True, False, True)
    assert broken[0] == {"id": "broken", "error": "the text could not be judged: RuntimeError: boom"}


def test_a_line_that_is_too_long(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_CHARS", 50)
    ((answer, good),) = answers(judge, json.dumps({"id": "a", "text": "x" * 100}))
    assert not good
    assert "more than 50 characters" in answer["error"]
