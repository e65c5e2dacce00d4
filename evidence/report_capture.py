"""What the report says of a capture record: ``capture.json`` in, labelled facts and honest limits out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def facts_of(capture: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Label and value of each fact the record holds, in the order they are shown; what it does not hold is left out."""
    rows = (
        ("Address reached", capture.get("url_final")),
        ("Server", capture.get("server_ip")),
    )
    return tuple((label, str(value)) for label, value in rows if value)


def limits_of(capture: Mapping[str, Any]) -> tuple[str, ...]:
    """Sentences a reader should know before relying on this exhibit."""
    return tuple(_limits(capture))


def _limits(capture: Mapping[str, Any]) -> Iterator[str]:
    for row in capture.get("missing", []):
        yield f"The capture is partial: {row['what']} is missing: {row['reason']}."
