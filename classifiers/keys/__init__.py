"""Identifiers by family, one file each: a text or a page's source in, :class:`Found` out.

Every family says what it takes and what it leaves alone. Where a scheme has check digits they are worked out, and a
value whose check digits are wrong is not reported at all. Patterns run in time linear in the text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NEAR_CHARS = 60


class Found(NamedTuple):
    """One identifier in a text: ``text[start:end]`` is what it shows, ``value`` its normal form.

    ``readings`` are other possible normal forms. ``shares`` says that the same place may be reported as another kind
    too: an e-mail address that is also a payment key.
    """

    kind: str
    value: str
    start: int
    end: int
    readings: tuple[str, ...] = ()
    shares: bool = False


def holds(text: str, hints: tuple[str, ...]) -> bool:
    """Whether any of the hints stands in the text: far cheaper than a pattern that looks for all of them."""
    return any(hint in text for hint in hints)


def near(words: re.Pattern[str], text: str, start: int, end: int, reach: int = NEAR_CHARS) -> bool:
    """Whether one of ``words`` stands within ``reach`` characters of ``text[start:end]``."""
    return words.search(text, max(0, start - reach), min(len(text), end + reach)) is not None
