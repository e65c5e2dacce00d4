"""What is judged: one page or text, extracted, with its address and, where known, its language."""

from __future__ import annotations

from dataclasses import dataclass

from classifiers.text import Extracted, extract_html, plain


@dataclass(frozen=True, slots=True)
class Document:
    """One page or text. ``lang`` is a BCP 47 tag given by the caller; "" means that it is to be detected."""

    id: str
    extracted: Extracted
    url: str = ""
    lang: str = ""


def from_html(id: str, body: bytes, url: str = "", charset: str = "", lang: str = "") -> Document:  # noqa: A002
    """A document from the bytes of a page. ``charset`` is what the HTTP header said. Never raises."""
    return Document(id, extract_html(body, charset=charset), url, lang)


def from_text(id: str, text: str, title: str = "", url: str = "", lang: str = "") -> Document:  # noqa: A002
    """A document from text as it is; offsets will point into exactly this text."""
    return Document(id, plain(text, title), url, lang)
