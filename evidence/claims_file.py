"""The claims of an exhibit: the captured page in, ``text.txt`` and ``claims.json`` out.

They are found again on the page as captured, so that every quote stands at its offset in the exhibit's own text, and
each carries its pin-cite (:mod:`evidence.pins`).
Labels and probabilities are left out: what a machine thinks is no part of the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from classifiers import claims, identifiers, language
from classifiers.document import Document
from classifiers.judgement import Claim, Identifier, Judgement
from classifiers.text import Extracted
from evidence.digest import canonical_json, sha256_hex
from evidence.pins import Pins

TEXT, CLAIMS = "text.txt", "claims.json"
FORMAT = "offsignal-claims-2"
BY_RULES = "rules of this version alone"


class Judges(Protocol):
    """Whoever finds claims: :class:`classifiers.judge.Judge`."""

    def judge(self, document: Document) -> Judgement:
        """The judgement of one document."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in a captured page."""

    extracted: Extracted
    lang: str
    claims: tuple[Claim, ...]
    identifiers: tuple[Identifier, ...]
    finder: str


def find(exhibit_id: str, extracted: Extracted, url: str, judge: Judges | None) -> Findings:
    """Claims and identifiers of a page's text, by ``judge``, or by the rules alone when there is none."""
    if judge is not None:
        found = judge.judge(Document(exhibit_id, extracted, url=url))
        return Findings(extracted, found.lang, found.claims, found.identifiers, found.model)
    lang = language.detect(extracted.text, extracted.lang_hint)
    return Findings(extracted, lang, claims.find(extracted, lang), identifiers.find(extracted, lang), BY_RULES)


def write_text(directory: Path, extracted: Extracted) -> str:
    """Writes the text that the claims point into; returns the file's name."""
    (directory / TEXT).write_bytes(extracted.text.encode("utf-8"))
    return TEXT


def write_claims(directory: Path, findings: Findings, source: str, pins: Pins) -> str:
    """Writes the claims found in the text that came from the exhibit's file ``source``, with their pins.

    Returns the file's name.

    Raises ValueError when a quote is not what stands at its place: then nothing is written.
    """
    text = findings.extracted.text
    found: tuple[Claim | Identifier, ...] = (*findings.claims, *findings.identifiers)
    for one in found:
        if text[one.start : one.end] != one.quote:
            raise ValueError(f"the quote {one.quote[:60]!r} does not stand at {one.start} to {one.end} of the text")
    content = {
        "format": FORMAT,
        "text": TEXT,
        "text_sha256": sha256_hex(text.encode("utf-8")),
        "text_from": source,
        "offsets": "code points, counted from 0, the end not included",
        "language": findings.lang,
        "found_by": findings.finder,
        "body": dict(pins.body),
        "claims": list(_claims(findings.claims, pins)),
        "identifiers": list(_identifiers(findings.identifiers, pins)),
    }
    (directory / CLAIMS).write_bytes(canonical_json(content))
    return CLAIMS


def _claims(found: Iterable[Claim], pins: Pins) -> Iterable[dict[str, Any]]:
    for one in found:
        yield {"type": str(one.type), **_place(one, pins), "rule": one.rule}


def _identifiers(found: Iterable[Identifier], pins: Pins) -> Iterable[dict[str, Any]]:
    for one in found:
        kind = {"type": one.kind, "kind": one.kind, "value": one.value}
        yield {**kind, **_place(one, pins), "readings": list(one.readings)}


def _place(one: Claim | Identifier, pins: Pins) -> dict[str, Any]:
    place = {"quote": one.quote, "start": one.start, "end": one.end, "field": one.field}
    return {**place, "pin": dict(pins.by_place[one.start, one.end])}
