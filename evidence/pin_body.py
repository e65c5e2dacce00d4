"""Places of quotes in the body as sent: a quote of the judged text in, code-point spans of the decoded body out.

The judged text is usually that of the rendered document; what also stood in the answer before any script ran is found
again here. A span is only given when what stands there reads as the quote, by the very check that a verifier makes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from classifiers import charset as charsets
from classifiers.text import MAX_BODY_BYTES, Extracted, extract_html
from evidence.verifier.quotes import reads_as

HTML_TYPES = ("text/html", "application/xhtml+xml")
MAX_REPEATS = 200
MAX_SPANS = 200

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sent:
    """A body as sent. ``html`` is decoded with ``codec`` after ``skip_bytes``; ``extracted`` is its text, if HTML."""

    codec: str
    skip_bytes: int
    html: str = field(repr=False)
    extracted: Extracted | None = field(default=None, repr=False)


def read(body: bytes, kind: str, charset: str) -> Sent:
    """The body of an answer of media type ``kind``, with the charset its header named. Never raises."""
    codec, skipped = charsets.reading(body[:MAX_BODY_BYTES], charset)
    if kind in HTML_TYPES:
        extracted = extract_html(body, charset=charset)
        return Sent(codec, skipped, extracted.html, extracted)
    return Sent(codec, skipped, charsets.decode(body[:MAX_BODY_BYTES], charset))


def spans(sent: Sent, judged: Extracted, start: int, end: int) -> tuple[Span, ...]:
    """Where ``judged.text[start:end]`` stands in the body, in the order of the text; () when it does not.

    Of several places that say the same it is the one of the same kind and order; else, where the words stand in the
    body but not in its text (a script's data), the first.
    """
    quote = judged.text[start:end]
    for place in _places(sent, judged, start, quote):
        if sent.extracted is not None:
            found = sent.extracted.body_spans(place, place + len(quote))
            if 0 < len(found) <= MAX_SPANS and reads_as([sent.html[a:b] for a, b in found], quote):
                return found
    at = sent.html.find(quote)
    return ((at, at + len(quote)),) if at >= 0 else ()


def _places(sent: Sent, judged: Extracted, start: int, quote: str) -> list[int]:
    """The places of the quote in the text of the body, the likeliest first."""
    if sent.extracted is None:
        return []
    kind = judged.field_at(start)
    there = _found(sent.extracted, quote)
    same = [place for place in there if sent.extracted.field_at(place) == kind]
    alike = [place for place in _found(judged, quote) if judged.field_at(place) == kind]
    order = alike.index(start) if start in alike else 0
    likeliest = same[order : order + 1] if len(same) == len(alike) else same[:1]
    return [*likeliest, *(place for place in [*same, *there] if place not in likeliest)][:4]


def _found(extracted: Extracted, quote: str) -> list[int]:
    """The first places of a quote in a text."""
    places: list[int] = []
    at = extracted.text.find(quote)
    while at >= 0 and len(places) < MAX_REPEATS:
        places.append(at)
        at = extracted.text.find(quote, at + 1)
    return places
