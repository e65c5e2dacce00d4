"""The history of a case as a person reads it: events in, sentences out. Nothing here depends on a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crawler import clock
from evidence.history import Event
from evidence.report_words import words

#: What was done; {subject} is the case or one of its exhibits, the rest are facts of the entry.
SENTENCES = {
    "case_opened": "opened the case",
    "added_to_case": "put {subject} into the case",
    "accepted": "accepted {subject}",
    "rejected": "rejected {subject}",
    "captured": "captured {subject}: {url}, {state}",
    "sealed": "sealed {subject}; SHA-256 of its manifest {manifest_sha256}",
    "stamped": "had {subject} stamped by {authority}, which says {gen_time}",
    "stamp_failed": "asked {authority} to stamp {subject} and got no timestamp: {reason}",
    "copied_into_bundle": "copied {subject} into a bundle",
    "bundle_begun": "began a bundle",
    "bundle_built": "built the bundle; SHA-256 of its manifest {manifest_sha256}",
    "claim_struck": "struck claim {claim} of {subject} out of the case",
    "claim_restored": "restored claim {claim} of {subject}",
    "read": "read {subject}",
}
DIGEST_CHARS = 16


def sentence(event: Event, names: Mapping[str, str]) -> str:
    """What happened, without when and by whom; ``names`` calls exhibits by their numbers.

    An action that has no sentence of its own is told by its name and facts.
    """
    subject = names.get(event.subject, event.subject)
    facts = {name: _shown(name, value) for name, value in event.facts.items()}
    try:
        told = SENTENCES[event.action].format_map({**facts, "subject": subject})
    except KeyError:
        told = f"{words(event.action)} {subject}{f' ({event.detail})' if event.detail else ''}"
    later = " in place of an earlier decision" if event.facts.get("supersedes") and "decision" in event.facts else ""
    practice = " (a PRACTICE authority, which proves nothing)" if event.facts.get("practice") is True else ""
    return f"{told}{later}{practice}"


def _shown(name: str, value: Any) -> str:
    """A fact as it is printed: a claim is counted from 1, a digest is cut short, a time has no fractions."""
    if name == "claim" and isinstance(value, int):
        return str(value + 1)
    if name == "gen_time" and isinstance(value, str):
        return f"{clock.parse(value):%Y-%m-%d %H:%M:%S} UTC"
    if name.endswith("sha256") and isinstance(value, str):
        return f"{value[:DIGEST_CHARS]}…"
    return str(value)
