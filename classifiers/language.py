"""Text -> BCP 47 language tag. Script decides first, then a statistical identifier, then the Hinglish rule.

The language is a reporting field and helps to read telephone numbers; it never switches to another model.
Only the first characters are looked at, so the cost is bounded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from py3langid.langid import MODEL_FILE, LanguageIdentifier

LOOKED_AT_CHARS = 4_000
BEGINNING_CHARS, MIDDLE_CHARS = 400, 800
"""Of those, what the identifier reads: it takes half a microsecond a letter, and more changes no answer."""
UNDETERMINED = "und"
_CANDIDATES = ("en", "pt", "es", "id", "fr", "tr", "sw", "de", "it", "nl", "ru", "uk", "ms")

# Ranges of code points of each script met here; a Chinese, Japanese, Korean or Thai text has hardly any spaces.
_SCRIPTS: dict[str, tuple[tuple[int, int], ...]] = {
    "hi": ((0x0900, 0x097F),),
    "arab": ((0x0600, 0x06FF), (0x0750, 0x077F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)),
    "zh": ((0x4E00, 0x9FFF),),
    "ja": ((0x3040, 0x30FF),),
    "ko": ((0xAC00, 0xD7A3),),
    "cyrl": ((0x0400, 0x04FF),),
    "bn": ((0x0980, 0x09FF),),
    "ta": ((0x0B80, 0x0BFF),),
    "te": ((0x0C00, 0x0C7F),),
    "gu": ((0x0A80, 0x0AFF),),
    "th": ((0x0E00, 0x0E7F),),
    "latn": ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x024F)),
}
# Letters Urdu has and Arabic has not, against those of Persian alone.
_URDU = re.compile(r"[ٹڈڑںےہھ]")
_PERSIAN = re.compile(r"[پچژگیک]")
_MARATHI = re.compile(r"(?<![ऀ-ॿ])(?:आहे|आहेत|आणि|करा|साठी|नाही|मध्ये)(?![ऀ-ॿ])")
_UKRAINIAN = re.compile(r"[іїєґІЇЄҐ]")
_WORDS = re.compile(r"[^\W\d_]+")
# Function words of Roman Hindi that are no words of the other Latin-script languages met here.
_HINGLISH = frozenset(
    re.findall(
        r"\w+",
        """hai hain nahi nahin karo karna karne karein karte karta karke kare bhejo bheje bhej bhejna bhejne sirf
        humare hamare hamara humara apna apne apni aapka aapke aapki aap hum mera mere liye wala wale wali kya kyun
        kyunki koi kuch sabhi sab bhi aur yeh woh wo ye ho hoga hogi honge tha thi gaya gayi raha rahe rahi chahiye
        milega milegi milta banao lagao bina ek sath saath baad abhi phir agar toh hota hoti jaise kaise kitna unka
        usko isko unke uske iske inka mein ki ka ke ko pe par roz paisa paise kaam naya naye purana bolo batao lo
        """,
    )
)
_AMBIGUOUS = frozenset({"ho", "ki", "ka", "ke", "ko", "pe", "par", "lo", "wo", "ye", "sab", "roz", "tha", "ek", "aur"})
HINGLISH_SHARE = 0.10
# Words of one language each; what two of them share (a, o, para, con, la, de) is left out.
_FUNCTION_WORDS = {
    word: language
    for language, words in {
        "en": "the and of to with you your is are this that from by it can not be will an we our which when what has",
        "pt": "não você uma mais seu sua dos das em ao pelo pela são também até os um ou isso já está",
        "es": "el los las una más del al y sin cada esto está hay muy pero también usted sus",
        "id": "yang dan untuk dengan tidak ini itu dari bisa kami anda akan juga atau pada adalah sudah",
        "fr": "les des une et est vous votre dans pour sur avec pas nous sont ce cette qui aux",
        "tr": "ve bir bu için ile değil olarak daha çok veya gibi var yok",
        "sw": "ya na wa kwa ni katika kwamba hii hiyo cha vya yako wako lakini pia",
    }.items()
    for word in words.split()
}
PLAIN_SHARE, PLAIN_LEAST, PLAIN_TIMES = 0.06, 6, 5


def detect(text: str, hint: str = "") -> str:
    """The language of ``text``: en hi hi-Latn pt es id ar ur tr ru fr zh sw and a few neighbours, or "und".

    ``hint`` is what the page declares; it decides only where the text is too short to tell.
    """
    sample = text[:LOOKED_AT_CHARS]
    counts = _scripts(sample)
    total = sum(counts.values())
    declared = _declared(hint)
    if total < 3:
        return declared or UNDETERMINED
    # Sellers write tool words and brand names in Latin letters in every script.
    others = {name: count for name, count in counts.items() if name != "latn"}
    script, count = max(others.items(), key=lambda item: item[1])
    if count * 4 >= total:
        return _of_script(script, sample, counts)
    return _of_latin(sample, declared)


@lru_cache(maxsize=1)
def _script_of() -> npt.NDArray[np.uint8]:
    """For each code point of the first plane the number of its script, one more than the place in the table, or 0."""
    table = np.zeros(0x10000, dtype=np.uint8)
    for number, ranges in enumerate(_SCRIPTS.values(), start=1):
        for first, last in ranges:
            table[first : last + 1] = number
    return table


def _scripts(sample: str) -> dict[str, int]:
    """How many characters of each script there are."""
    codes = np.frombuffer(sample.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    numbers = _script_of()[codes[codes < 0x10000]]
    counts = np.bincount(numbers, minlength=len(_SCRIPTS) + 1).tolist()
    return dict(zip(_SCRIPTS, counts[1:], strict=True))


def _declared(hint: str) -> str:
    tag = hint.strip().replace("_", "-")
    if tag.lower().startswith("hi-latn"):
        return "hi-Latn"
    language = tag.split("-")[0].lower()
    return {"in": "id", "ms": "id"}.get(language, language) if re.fullmatch(r"[a-z]{2,3}", language) else ""


def _of_script(script: str, sample: str, counts: dict[str, int]) -> str:
    if script == "hi":
        return "mr" if len(_MARATHI.findall(sample)) >= 2 else "hi"
    if script == "arab":
        if len(_URDU.findall(sample)) * 20 >= counts["arab"]:
            return "ur"
        return "fa" if len(_PERSIAN.findall(sample)) * 12 >= counts["arab"] else "ar"
    if script == "cyrl":
        return "uk" if len(_UKRAINIAN.findall(sample)) * 40 >= counts["cyrl"] else "ru"
    if script == "zh" and counts["ja"] * 10 >= counts["zh"]:
        return "ja"
    return script


def _of_latin(sample: str, declared: str) -> str:
    words = _WORDS.findall(sample.lower()) if sample.isascii() else [word.lower() for word in _WORDS.findall(sample)]
    if not words:
        return declared or UNDETERMINED
    hinglish = [word for word in words if word in _HINGLISH]
    certain = len({word for word in hinglish if word not in _AMBIGUOUS})
    if certain >= 2 and len(hinglish) >= HINGLISH_SHARE * len(words):
        return "hi-Latn"
    if len(words) < 4 and declared:
        return declared
    language = _plain(words) or _identified(words)
    return "id" if language == "ms" else language


def _plain(words: Sequence[str]) -> str:
    """The language whose own function words are many and everybody else's few; "" where that does not decide."""
    counts = Counter(map(_FUNCTION_WORDS.get, words))
    del counts[None]
    (first, most), (_, second) = (*counts.most_common(2), ("", 0), ("", 0))[:2]
    return (
        str(first) if most >= PLAIN_SHARE * len(words) and most >= PLAIN_LEAST and most >= PLAIN_TIMES * second else ""
    )


def _identified(words: Sequence[str]) -> str:
    """What py3langid says of these words: of the first ones and those in the middle, which a menu does not reach."""
    joined = " ".join(words)
    if len(joined) > BEGINNING_CHARS + MIDDLE_CHARS:
        middle = max((len(joined) - MIDDLE_CHARS) // 2, BEGINNING_CHARS)
        joined = f"{joined[:BEGINNING_CHARS]} {joined[middle : middle + MIDDLE_CHARS]}"
    return str(_identifier().classify(joined)[0])


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(_CANDIDATES))
    return identifier
