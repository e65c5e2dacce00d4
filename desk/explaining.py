"""An explanation in, words for the terminal or one HTML page out. The page loads nothing, runs nothing, and is escaped.

Text of the page stands in it as text: control and direction characters are spelt out where they stand, so that nothing
can reorder or hide what is next to it. Long stretches without a claim are folded up.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from classifiers import reasons
from classifiers.claims.values import in_words as value_in_words
from classifiers.explain import SMALL, Explanation, Part
from classifiers.judgement import Claim, Decision, Polarity, Reason
from classifiers.labels import ABUSE_CLAIMS, MITIGATING_CLAIMS

MAX_CHARS = 300_000
"""Of the page's text; what comes after it is left out, and the page says so."""
MAX_LINE_CHARS = 2_000
NEAR_LINES = 3  # lines shown before and after one with a claim
MIN_FOLDED = 8  # fewer lines than this are not worth folding up
_JOINERS = "\u200c\u200d"
_HIDING = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; ``claim`` is the number of the claim it belongs to, 0 for none; ``spelt`` for a spelt-out sign."""

    text: str
    claim: int = 0
    side: str = ""
    spelt: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines of the page's text, shown or folded up."""

    lines: tuple[tuple[Piece, ...], ...]
    folded: bool


def words(explanation: Explanation) -> Iterator[str]:
    """What ``--explain`` adds for the terminal: the sum, its terms, what would change it."""
    yield f"log-odds {explanation.log_odds:+.2f}, by itself: {explanation.band.value}"
    yield from (f"part        {part.weight:+7.2f}  {part.name}" for part in explanation.parts)
    yield from (f"would change it: {sentence}" for sentence in explanation.changes())
    yield from (
        f"rule        {rule}: {reasons.meaning(rule)}"
        for rule in dict.fromkeys(claim.rule for claim in explanation.judgement.claims)
        if rule
    )


def table(explanation: Explanation) -> dict[str, Any]:
    """The JSON form: the sum, its terms, the bands, what would change it."""
    return {
        "log_odds": explanation.log_odds,
        "parts": [
            {"kind": part.kind, "name": part.name, "weight": part.weight, "claim": part.claim and part.claim.value}
            for part in explanation.parts
        ],
        "bands": {band.decision.value: band.probability for band in explanation.bands},
        "band": explanation.band.value,
        "changes": list(explanation.changes()),
    }


def page(explanation: Explanation) -> str:
    """One HTML page. Its policy allows its own style sheet, by digest, and nothing else."""
    style = resources.files("desk").joinpath("templates/explain.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=PackageLoader("desk"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    environment.filters["words"] = lambda name: str(name).replace("_", " ")
    environment.filters["plain"] = shown
    judgement, text = explanation.judgement, explanation.document.extracted.text
    claims = sorted(judgement.claims, key=lambda claim: (claim.start, claim.end))
    return environment.get_template(
        "explain.html"
    ).render(
        style=Markup(style),  # noqa: S704  our own file
        style_digest=digest,
        name=explanation.document.extracted.title or explanation.document.id,
        address=explanation.document.url or explanation.document.id,
        judgement=judgement,
        log_odds=explanation.log_odds,
        parts=[(part, _width(part, explanation.parts)) for part in explanation.parts if abs(part.weight) >= SMALL],
        changes=list(explanation.changes()),
        scale=_scale(explanation),
        numbered=[
            (number, claim, _side(claim), reasons.meaning(claim.rule), _value(claim))
            for number, claim in enumerate(claims, 1)
        ],
        speaking_for=sorted(
            (reason for reason in judgement.reasons if reason.polarity is Polarity.FOR), key=lambda one: -one.weight
        ),
        against=[reason for reason in judgement.reasons if reason.polarity is Polarity.AGAINST],
        notes=[reason for reason in judgement.reasons if _is_note(reason)],
        stretches=stretches(text[:MAX_CHARS], claims),
        left_out=max(0, len(text) - MAX_CHARS),
    )


def shown(text: str) -> str:
    """``text`` with every character that hides or reorders spelt out, such as ‹U+202E›."""
    return "".join(piece.text for piece in _spelt(text, 0, ""))


def stretches(text: str, claims: Sequence[Claim]) -> list[Stretch]:
    """The text in lines of pieces, those with claims and their neighbours shown, long stretches of others folded."""
    lines = [tuple(line) for line in _lines(text, claims)]
    near = bytearray(len(lines))
    for index, line in enumerate(lines):
        if any(piece.claim for piece in line):
            low, high = max(0, index - NEAR_LINES), min(len(lines), index + NEAR_LINES + 1)
            near[low:high] = b"\1" * (high - low)
    found: list[Stretch] = []
    start = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or near[end] != near[start]:
            run = tuple(lines[start:end])
            folded = not near[start] and len(run) >= MIN_FOLDED and any(near)
            if found and not folded and not found[-1].folded:
                found[-1] = Stretch((*found[-1].lines, *run), folded=False)
            else:
                found.append(Stretch(run, folded))
            start = end
    return found


def _lines(text: str, claims: Sequence[Claim]) -> Iterator[list[Piece]]:
    """Each line as pieces; where claims overlap, the earlier one has the words and the later one what follows."""
    start, first = 0, 0
    for line in text.split("\n"):
        stop, end = start + min(len(line), MAX_LINE_CHARS), start + len(line)
        pieces: list[Piece] = []
        at = start
        while first < len(claims) and claims[first].end <= start:
            first += 1
        for number in range(first, len(claims)):
            claim = claims[number]
            if claim.start >= stop:
                break
            low, high = max(claim.start, at), min(claim.end, stop)
            if low < high:
                pieces += _spelt(text[at:low], 0, "")
                pieces += _spelt(text[low:high], number + 1, _side(claim))
                at = high
        pieces += _spelt(text[at:stop], 0, "")
        if stop < end:
            pieces.append(Piece(f" … {end - stop:,} more characters in this line", spelt=True))
        yield pieces
        start = end + 1


def _spelt(text: str, claim: int, side: str) -> list[Piece]:
    pieces: list[Piece] = []
    kept = 0
    for index, char in enumerate(text):
        if _hides(char, text[index - 1 : index]):
            if kept < index:
                pieces.append(Piece(text[kept:index], claim, side))
            pieces.append(Piece(f"‹U+{ord(char):04X}›", claim, side, spelt=True))
            kept = index + 1
    if kept < len(text):
        pieces.append(Piece(text[kept:], claim, side))
    return pieces


def _hides(char: str, before: str) -> bool:
    """Whether a character cannot be seen; joiners belong to the writing of many languages and to emoji."""
    if char in "\t\n" or char.isprintable() or (char in _JOINERS and not before.isascii()):
        return False
    return unicodedata.category(char) in _HIDING


def _side(claim: Claim) -> str:
    """What a claim counts as: abuse, mild or other."""
    if claim.type in ABUSE_CLAIMS:
        return "abuse"
    return "mild" if claim.type in MITIGATING_CLAIMS else "other"


def _value(claim: Claim) -> str:
    return value_in_words(claim.value) if claim.value else ""


def _is_note(reason: Reason) -> bool:
    """Reasons that point neither way and are no claims: what held the page back, what could not be checked."""
    return reason.polarity is Polarity.NEUTRAL and not reason.quote


def _width(part: Part, parts: Sequence[Part]) -> int:
    """The length of a part's bar, in twentieths of the longest."""
    longest = max(abs(one.weight) for one in parts)
    return round(20 * abs(part.weight) / longest) if longest else 0


def _scale(explanation: Explanation) -> list[tuple[Decision, float, bool]]:
    """Every band with where it begins and whether the page's probability lies in it."""
    begins = [(Decision.DISCARD, 0.0), *((band.decision, band.probability) for band in explanation.bands)]
    return [(decision, at, decision is explanation.band) for decision, at in begins]
