"""Whether this machine has fonts for the words that are to be printed: texts in, the scripts without a font out.

A script is told by the first word of a letter's Unicode name ("CJK", "HANGUL", "TAMIL"). One letter of each is asked
of fontconfig; where that command is missing nothing is known and nothing is said.
"""

from __future__ import annotations

import subprocess
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

TIMEOUT_S = 20


def scripts_without_font(texts: Iterable[str]) -> tuple[str, ...]:
    """The scripts of ``texts``, sorted, for which no font is installed; symbols and emoji are not looked at."""
    found: dict[str, str] = {}
    for text in texts:
        for letter in text:
            if ord(letter) > 0x24F and unicodedata.category(letter).startswith("L"):
                found.setdefault(unicodedata.name(letter, "UNNAMED").split()[0], letter)
    return tuple(sorted(script for script, letter in found.items() if not _has_font(letter)))


@lru_cache(maxsize=512)
def _has_font(letter: str) -> bool:
    """Whether a font holds the letter; True when nobody can tell."""
    command = ["fc-list", f":charset={ord(letter):x}", "family"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return True
    return bool(done.stdout.strip())
