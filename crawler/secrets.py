"""Keeps access tokens off the disk: bytes or text in, the same with every spelling of a token replaced out."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

MARK = "REDACTED"
#: What is shorter is no secret, and replacing it would eat ordinary text.
MIN_CHARS = 8


class Secrets:
    """The secret values of one source, found however each character is spelled: plain, percent-encoded, as in JSON."""

    def __init__(self, *values: str) -> None:
        wanted = sorted((value for value in values if len(value) >= MIN_CHARS), key=len, reverse=True)
        pattern = "|".join("".join(map(_spellings, value)) for value in wanted)
        self._text = re.compile(pattern) if pattern else None
        self._bytes = re.compile(pattern.encode("utf-8")) if pattern else None

    def in_text(self, text: str) -> tuple[str, int]:
        """``text`` without the secrets, and how many were replaced."""
        return (text, 0) if self._text is None else self._text.subn(MARK, text)

    def in_bytes(self, data: bytes) -> tuple[bytes, int]:
        """``data`` without the secrets, and how many were replaced."""
        return (data, 0) if self._bytes is None else self._bytes.subn(MARK.encode(), data)


def _spellings(character: str) -> str:
    """A pattern for one character: itself; ``%2B`` and, encoded twice, ``%252B``; ``\\u002b`` and JSON's short form."""
    code = "".join(f"%{octet:02x}" for octet in character.encode("utf-8"))
    percent = f"(?i:{code}|{code.replace('%', '%25')})"
    forms = {re.escape(character), re.escape(json.dumps(character)[1:-1]), percent, rf"(?i:\\u{ord(character):04x})"}
    if character == "/":
        forms.add(re.escape("\\/"))
    if character == " ":
        forms.add(re.escape("+"))
    if quote(character, safe="") == character:
        forms.discard(percent)  # nobody encodes a letter; without this every pattern would be twice as long
    return f"(?:{'|'.join(sorted(forms, key=len, reverse=True))})"
