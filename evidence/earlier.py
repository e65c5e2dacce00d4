"""The exhibit of the same address that came before: an address in, what changed since then out. Observations only."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from crawler import clock
from crawler.errors import OffsignalError
from crawler.sighting import url_key
from evidence.digest import sha256_hex

#: Lines compared; a page with more is compared as far as that.
MAX_LINES = 2_000
MAX_SHOWN = 20
MAX_CHARS = 300


class _Sealed(Protocol):
    @property
    def exhibit_id(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def captured_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Earlier:
    """An exhibit of the same address. ``text`` is its ``text.txt``, empty where it has none."""

    exhibit_id: str
    captured_at: datetime
    body_sha256: str
    text: str


def latest(
    sealed: Sequence[_Sealed], read: Callable[[str, str], bytes], url: str, names: Sequence[str]
) -> Earlier | None:
    """The latest exhibit of ``url``, or None. ``sealed`` is in order of time; ``names``: its body and its text."""
    key = url_key(url)
    for one in reversed(sealed):
        if url_key(one.url) == key:
            body, text = (_read(read, one.exhibit_id, name) for name in names)
            return Earlier(one.exhibit_id, one.captured_at, sha256_hex(body), text.decode("utf-8", "replace"))
    return None


def difference(earlier: Earlier, body_sha256: str, text: str) -> dict[str, Any]:
    """What is not as it was: whether bytes and text are the same, and the lines that came and went, bounded."""
    before, now = earlier.text.splitlines()[:MAX_LINES], text.splitlines()[:MAX_LINES]
    came, went = list[str](), list[str]()
    if before != now:
        for line in difflib.unified_diff(before, now, lineterm="", n=0):
            if line.startswith("+") and not line.startswith("+++"):
                came.append(line[1 : MAX_CHARS + 1])
            elif line.startswith("-") and not line.startswith("---"):
                went.append(line[1 : MAX_CHARS + 1])
    return {
        "exhibit_id": earlier.exhibit_id,
        "captured_at": clock.iso(earlier.captured_at),
        "same_body": body_sha256 == earlier.body_sha256,
        "same_text": text == earlier.text,
        "lines_that_came": came[:MAX_SHOWN],
        "lines_that_went": went[:MAX_SHOWN],
        "lines_that_came_count": len(came),
        "lines_that_went_count": len(went),
    }


def _read(read: Callable[[str, str], bytes], exhibit_id: str, name: str) -> bytes:
    """A file of an old exhibit; one that it does not have, or that is damaged, must not stop a new capture."""
    try:
        return read(exhibit_id, name)
    except OffsignalError:
        return b""
