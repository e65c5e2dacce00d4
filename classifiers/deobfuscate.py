"""Text as a reader understands it, with a map back to what the page shows.

Sellers write W.h.a.t.s.A.p.p, wh4ts@pp, Whаtsаpp with Cyrillic letters, 𝐁𝐮𝐥𝐤 or ９️⃣. Rules match on the normalised
view; quotes are cut from the original. Law: every span of the view maps to a slice of the original, in order.

The view is in lower case, without accents, Arabic and Devanagari digits as 0-9, spelling variants of Arabic and
Devanagari letters united. Lexicon phrases pass through the same folding, so both sides agree.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_LETTERS = {
    **_SMALL_CAPITALS,
    **{chr(0x1F150 + i): chr(97 + i) for i in range(26)},  # negative circled
    **{chr(0x1F170 + i): chr(97 + i) for i in range(26)},  # negative squared
    **dict.fromkeys("‘’ʼ`´′", "'"),
    **dict.fromkeys("“”„«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("™®©", ""),
    **dict.fromkeys("أإآٱ", "ا"),
    "ى": "ي",
    "ی": "ي",
    "ک": "ك",
    "ة": "ه",
    "ہ": "ه",
    "ـ": "",  # tatweel only stretches a word
    "ँ": "ं",
    "ı": "i",
    "ł": "l",
    "ø": "o",
    "đ": "d",
}
_LATIN_OF = dict(zip("авеѕіјкмнорԁстухһґαβεικνορτυχ", "abesijkmhopdctyxhrabeiknoptyx", strict=True))
_CYRILLIC_OF = dict(zip("abcehkmoptxy", "авсенкмортху", strict=True))
_CYRILLIC_OF["i"] = "и"

_GREEK_CYRILLIC = re.compile(r"[Ͱ-ӿԀ-ԯ]")
_MIXED = re.compile(r"[a-z][Ͱ-ӿԀ-ԯ]|[Ͱ-ӿԀ-ԯ][a-z]")
_WORD = re.compile(r"[^\W\d_]++")
_SPACED = re.compile(r"(?<![\w.@])[^\W\d_]([ .·•*_\-|])[^\W\d_](?:\1[^\W\d_]){2,60}(?![\w@])")
_LEET_WORD = re.compile(r"(?<![\w@$!])[a-z0-9@$!]{3,31}(?![\w@])")
_LEET = str.maketrans("4@310$5!7", "aaeiossit")
_LEET_TARGET = re.compile(r"wh?ats+ap+|whats|sender|send|bulk|unlimit|blast|market|message|filter|banned|campaign")
# Every target has a letter that no sign stands for, so a disguised one has a sign right beside a letter.
_LEET_KINDS = bytes(97 if 97 <= code <= 122 else 49 if chr(code) in "4@310$5!7" else 32 for code in range(256))
_SPACED_KINDS = bytes(97 if chr(code).isalpha() and code < 128 else code for code in range(256))
_SPACED_ASCII = tuple(b"a%ca%ca%ca" % (mark, mark, mark) for mark in b" .*_-|")

REMEMBERED_TEXTS, REMEMBERED_CHARS = 16, 20_000
REMEMBERED_LETTERS = 65_536


@dataclass(frozen=True, slots=True)
class View:
    """The normalised text; character ``i`` of it stands for ``original[starts[i]:ends[i]]``."""

    text: str
    starts: array[int] | None
    ends: array[int] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where ``self.text[start:end]`` stands in the original. ``start < end`` is required."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def normalise(text: str) -> View:
    """The view of ``text``. Linear in its length; the last few short texts are remembered, for many parts ask."""
    return _remembered(text) if len(text) <= REMEMBERED_CHARS else _normalised(text)


def _normalised(text: str) -> View:
    view = View(text.lower(), None, None) if text.isascii() else _fold_characters(text)
    view = _unmix(view)
    view = _unleet(view)
    return _unspace(view)


_remembered = lru_cache(maxsize=REMEMBERED_TEXTS)(_normalised)


def fold(text: str) -> str:
    """Only the text of the view: how lexicon phrases are written."""
    return normalise(text).text


class _Folded(dict[str, str]):
    """Characters as they are in the view, filled on demand; forgotten all at once when there are too many."""

    def __missing__(self, char: str) -> str:
        if len(self) >= REMEMBERED_LETTERS:
            self.clear()
        value = self[char] = _folded(char)
        return value


def _folded(char: str) -> str:
    """One character as it is in the view: "" for format characters and accents."""
    if char in _LETTERS:
        return _LETTERS[char]
    if "가" <= char <= "힣":
        return char
    out = []
    for part in unicodedata.normalize("NFKD", char).casefold():
        if "̀" <= part <= "ͯ" or "ً" <= part <= "ٟ" or part in "़ٰ⃣":
            continue
        if part in _LETTERS:
            out.append(_LETTERS[part])
            continue
        category = unicodedata.category(part)
        if category in ("Cf", "Me") or "︀" <= part <= "️":
            continue
        if category == "Nd":
            out.append(str(unicodedata.digit(part)))
        elif category == "Zs":
            out.append(" ")
        else:
            out.append(part)
    return "".join(out)


_FOLDED = _Folded()


def _fold_characters(text: str) -> View:
    parts = list(map(_FOLDED.__getitem__, text))
    folded = "".join(parts)
    if len(folded) == len(text) and "" not in parts:
        return View(folded, None, None)  # every character stands for itself
    lengths = np.fromiter(map(len, parts), dtype=np.int64, count=len(parts))
    places = np.repeat(np.arange(len(parts), dtype=np.int64), lengths)
    starts, ends = array("q"), array("q")
    starts.frombytes(places.tobytes())
    ends.frombytes((places + 1).tobytes())
    return View(folded, starts, ends)


def _unmix(view: View) -> View:
    """Look-alike letters of another script inside one word become the script of most of the word."""
    if view.text.isascii() or not _GREEK_CYRILLIC.search(view.text) or not _MIXED.search(view.text):
        return view
    out: list[str] = []
    position = 0
    for match in _WORD.finditer(view.text):
        word = match[0]
        if word.isascii() or not _MIXED.search(word):
            continue
        latin = sum(char.isascii() for char in word)
        to_latin = latin * 2 >= len(word) or all(char.isascii() or char in _LATIN_OF for char in word)
        table = _LATIN_OF if to_latin else _CYRILLIC_OF
        out += (view.text[position : match.start()], "".join(table.get(char, char) for char in word))
        position = match.end()
    if not out:
        return view
    out.append(view.text[position:])
    return View("".join(out), view.starts, view.ends)


def _unleet(view: View) -> View:
    """Digits and signs that stand for letters, but only inside the few words that are worth hiding."""
    kinds = view.text.encode("utf-8", "surrogatepass").translate(_LEET_KINDS)
    if b"a1" not in kinds and b"1a" not in kinds:
        return view
    out: list[str] = []
    position = 0
    for match in _LEET_WORD.finditer(view.text):
        word = match[0]
        if word.isalpha():
            continue
        plain = word.translate(_LEET)
        spans = [hit.span() for hit in _LEET_TARGET.finditer(plain)]
        if any(word[a:b] != plain[a:b] for a, b in spans):
            out += (view.text[position : match.start()], plain)
            position = match.end()
    if not out:
        return view
    out.append(view.text[position:])
    return View("".join(out), view.starts, view.ends)


def _unspace(view: View) -> View:
    """Single letters with one and the same sign between them become a word."""
    if view.text.isascii():
        kinds = view.text.encode("ascii").translate(_SPACED_KINDS)
        if not any(spaced in kinds for spaced in _SPACED_ASCII):
            return view
    matches = list(_SPACED.finditer(view.text))
    if not matches:
        return view
    keep = bytearray(b"\x01") * len(view.text)
    for match in matches:
        for index in range(match.start() + 1, match.end(), 2):
            keep[index] = 0
    kept = [index for index, flag in enumerate(keep) if flag]
    starts = array("q", kept if view.starts is None else (view.starts[i] for i in kept))
    ends = array("q", (i + 1 for i in kept) if view.ends is None else (view.ends[i] for i in kept))
    return View("".join([view.text[i] for i in kept]), starts, ends)
