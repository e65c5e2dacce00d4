"""Access pattern: a JSON API whose answers carry the address of the next one.

Answers in: the drafts of their records, then a step to the next page out. The next address is taken only when it lies
on the endpoint's own origin, and never with a key in it: the key goes into a header when the request is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from scrapy.http import Response

from crawler.draft import Issue, IssueKind, Output, Step
from crawler.source import Source
from crawler.urls import same_origin

MAX_RECORDS = 5_000


class CursorAPI(Source):
    """A source behind a cursor API. A subclass says how to ask, and reads one record."""

    #: Query parameters that are keys: taken out of every address.
    key_parameters: ClassVar[tuple[str, ...]] = ()

    def questions(self) -> Iterator[Mapping[str, str] | Issue]:
        """The parameters of each first request."""
        raise TypeError(f"the source {self.name} does not say what it asks: it needs questions()")

    def record(self, record: dict[str, Any]) -> Iterator[Output]:
        """What one record says. Fields are taken out of ``record``; what is left was not foreseen."""
        raise TypeError(f"the source {self.name} does not read its records ({len(record)} fields): it needs record()")

    def error(self, code: int | None, message: str, place: str) -> Iterator[Output]:
        """What an error answer means."""
        yield Issue(IssueKind.BROKEN, f"the API answered with error {code}: {message}", place)

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
            if not isinstance(record, dict):
                yield Issue(IssueKind.ODD, "a record is not a JSON object", place)
                continue
            yield from self.record(record)
            if record:
                yield Issue(
                    IssueKind.ODD, f"records have fields that are not read: {', '.join(sorted(record))[:200]}", place
                )
        paging = answer.get("paging")
        following = paging.get("next") if isinstance(paging, dict) else None
        if following is None:
            return
        if isinstance(following, str) and same_origin(following, self.endpoint):
            yield Step(self.without_key(following), "parse_answer")
        else:
            yield Issue(IssueKind.ODD, f"the next page is not on {urlsplit(self.endpoint).netloc}; not followed", place)

    def refused(self, response: Response) -> Iterator[Output]:
        """Reads an error answer: its code says whether to go on."""
        answer = _object(response)
        fault = answer.get("error") if answer is not None else None
        if isinstance(fault, dict):
            code = fault.get("code")
            yield from self.error(
                code if isinstance(code, int) else None,
                str(fault.get("message", ""))[:300],
                self.without_key(response.url),
            )

    def without_key(self, url: str) -> str:
        """``url`` without the query parameters that are keys."""
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        kept = [(name, value) for name, value in pairs if name not in self.key_parameters]
        return url if len(kept) == len(pairs) else parts._replace(query=urlencode(kept)).geturl()


def _object(response: Response) -> dict[str, Any] | None:
    """The answer as a JSON object; None when it is none."""
    try:
        value = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def texts(value: Any) -> list[str]:
    """A field that should be a list of strings, as one; anything else in it is left out."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and item.strip()]
