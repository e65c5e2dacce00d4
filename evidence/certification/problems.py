"""Errors and missing parts of a capture: its record in, sentences out. Empty means that the record names none.

What the egress guard or robots.txt refused by rule is no error; it is printed with its number all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evidence.certification import record as read
from evidence.certification.facts import TokenFacts
from evidence.certification.model import visible

#: A machine whose clock is further from an authority's than this cannot vouch for its times unexplained.
MAX_CLOCK_DIFFERENCE_MS = 60_000


def problems_of(record: Mapping[str, Any], tokens: Sequence[TokenFacts]) -> tuple[str, ...]:
    """What a person must explain before anybody certifies this capture."""
    found = [*_missing(record), *_failures(record), *_connection(record), *_clock(tokens)]
    return tuple(dict.fromkeys(visible(one) for one in found))


def _missing(record: Mapping[str, Any]) -> Iterator[str]:
    rows = read.rows(record, "missing")
    for row in rows:
        yield f"missing: {read.told(row, 'what')}: {read.told(row, 'reason')}" if isinstance(row, Mapping) else str(row)
    if not rows and read.known(record, "state") not in ("", "complete"):
        yield f"the capture's state is {read.known(record, 'state')!r}, and its record does not say what is missing"


def _failures(record: Mapping[str, Any]) -> Iterator[str]:
    failures = read.rows(record, "collection", "failures")
    for row in failures:
        yield (
            f"failed request: {read.told(row, 'url')}: {read.told(row, 'reason')}"
            if isinstance(row, Mapping)
            else str(row)
        )
    counts = [read.at(record, "collection", "requests", name) for name in ("made", "answered", "refused_by_guard")]
    numbers = [one if isinstance(one, int) else 0 for one in counts]
    unnamed = numbers[0] - numbers[1] - numbers[2] - len(failures)
    if unnamed > 0:
        yield f"{unnamed} of {numbers[0]} requests of the page were not answered, and the record does not name them"
    for row in read.rows(record, "collection", "errors"):
        yield f"error during the capture: {row}"


def _connection(record: Mapping[str, Any]) -> Iterator[str]:
    if error := read.known(record, "network", "tls", "certificate_error"):
        yield f"the server's TLS certificate did not hold: {error}"
    elif read.at(record, "network", "tls", "trusted_by_browser") is False:
        yield "the browser did not trust the server's TLS certificate"


def _clock(tokens: Sequence[TokenFacts]) -> Iterator[str]:
    for token in tokens:
        difference = token.clock_difference_ms
        if difference is not None and abs(difference) > MAX_CLOCK_DIFFERENCE_MS:
            seconds = abs(difference) // 1000
            side = "behind" if difference > 0 else "ahead of"
            yield f"this machine's clock was {seconds} s {side} that of the timestamp authority {token.authority}"
