"""Raw text in, the letters the model reads out: one spelling for what readers see as one word.

Disguises (look-alike letters, leetspeak, zero-width characters, spaced letters) are undone first by
:mod:`classifiers.deobfuscate`. Then only letters, their marks and folded numbers are left, so that punctuation
habits, emoji and typography cannot become features. The result is for counting, never for quoting.
"""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile("0+")
_SPACES = re.compile(" +")


class _Fold(dict[int, str | None]):
    """A translation table filled on demand: letters stay, digits become 0, what nobody sees goes, the rest is space."""

    def __missing__(self, code: int) -> str | None:
        category = unicodedata.category(chr(code))
        value: str | None = " "
        if category == "Cf" or 0x300 <= code <= 0x36F or 0x64B <= code <= 0x65F or code == 0x93C:
            value = None  # zero-width characters, Latin accents, Arabic vowel marks, the Indic dot below
        elif category == "Nd":
            value = "0"
        elif category[0] in "LM":
            value = chr(code)
        self[code] = value
        return value


_FOLD = _Fold()


def letters(view: str) -> str:
    """``view`` (a text after :func:`classifiers.deobfuscate.normalise`) as the model counts it.

    Lower case, accents folded, every number one ``0``, words parted by single spaces, none at either end. Folding
    twice changes nothing.
    """
    decomposed = unicodedata.normalize("NFKD", view).lower()
    folded = unicodedata.normalize("NFKD", decomposed).translate(_FOLD)
    return _SPACES.sub(" ", _NUMBER.sub("0", folded)).strip()
