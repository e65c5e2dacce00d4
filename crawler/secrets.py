"""Keeps access tokens off the disk: bytes or text in, the same with every spelling of a token replaced out."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

MARK = "REDACTED"


class Secrets:
    """The secret values of one source. Shorter ones than eight characters are not secrets and would eat the text."""

    def __init__(self, *values: str) -> None:
        spelled = [spelling for value in values if len(value) >= 8 for spelling in _spellings(value)]
        self._spellings = tuple(dict.fromkeys(sorted(spelled, key=len, reverse=True)))

    def in_text(self, text: str) -> tuple[str, int]:
        """``text`` without the secrets, and how many were replaced."""
        found = 0
        for spelling in self._spellings:
            found += text.count(spelling)
            text = text.replace(spelling, MARK)
        return text, found

    def in_bytes(self, data: bytes) -> tuple[bytes, int]:
        """``data`` without the secrets, and how many were replaced."""
        found = 0
        for spelling in self._spellings:
            raw = spelling.encode()
            found += data.count(raw)
            data = data.replace(raw, MARK.encode())
        return data, found


def _spellings(value: str) -> tuple[str, ...]:
    """As it is, percent-encoded in both ways (either case of the digits), and as it stands in JSON."""
    in_json = json.dumps(value)[1:-1]
    encoded = (quote(value, safe=""), quote(value), quote_plus(value))
    lower = tuple(_lower_escapes(text) for text in encoded)
    return (value, *encoded, *lower, in_json, in_json.replace("/", "\\/"))


def _lower_escapes(text: str) -> str:
    parts = text.split("%")
    return "%".join([parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])])
