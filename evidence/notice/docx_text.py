"""The text of a DOCX: bytes in, paragraphs in reading order out, headers and footers apart. Bounded, nothing executed.

A document that counsel edited comes back as hostile as any file: sizes are checked before anything is unpacked, and
macros, embedded objects and links that a word processor would follow on opening are refused.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from evidence.errors import NotAllowed, Unreadable

MAX_BYTES = 20 * 2**20
MAX_PART = 40 * 2**20
MAX_PARTS = 400
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LINK = "/hyperlink"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph. ``style`` is the style's ID; ``cell`` tells a table's paragraph."""

    text: str
    style: str
    cell: bool

    @property
    def heading(self) -> bool:
        """Whether it is a heading, by its style."""
        return self.style.casefold().startswith(("heading", "title", "berschrift", "ttulo"))


@dataclass(frozen=True, slots=True)
class DocxText:
    """The text of a document. ``hidden`` is what insertions, deletions, comments or hidden runs hold beside it."""

    paragraphs: tuple[Paragraph, ...]
    headers: tuple[str, ...]
    hidden: tuple[str, ...]
    identifier: str
    pictures: int


def check_package(data: bytes, name: str) -> None:
    """Raises Unreadable for what is no DOCX of bearable size, NotAllowed for one that would run or fetch something."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{name}: larger than {MAX_BYTES} bytes; a letter is not")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_PART:
                raise Unreadable(f"{name}: unpacks to more than a letter holds")
            names = {part.filename for part in parts}
            if "word/document.xml" not in names:
                raise Unreadable(f"{name}: no Word document (it has no word/document.xml)")
            bad = [n for n in names if "vbaProject" in n or n.startswith(("word/embeddings/", "word/activeX/"))]
            if bad:
                raise NotAllowed(f"{name}: holds {bad[0]}: macros and embedded objects are not taken")
            for part in sorted(n for n in names if n.endswith(".rels")):
                _check_links(package.read(part), name)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unreadable(f"{name}: no DOCX file: {error}") from error


def read_docx(data: bytes, name: str) -> DocxText:
    """The text of a document. Raises what :func:`check_package` raises, and Unreadable for broken XML."""
    check_package(data, name)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = sorted(package.namelist())
        try:
            body = _parse(package.read("word/document.xml"))
            paragraphs = tuple(_paragraphs(body))
            others = [n for n in names if n.startswith(("word/header", "word/footer")) and n.endswith(".xml")]
            headers = tuple(p.text for n in others for p in _paragraphs(_parse(package.read(n))) if p.text.strip())
            notes = ("word/footnotes.xml", "word/endnotes.xml", "word/comments.xml")
            beside = [
                p.text for n in notes if n in names for p in _paragraphs(_parse(package.read(n))) if p.text.strip()
            ]
            core = _parse(package.read("docProps/core.xml")) if "docProps/core.xml" in names else None
        except (etree.XMLSyntaxError, zipfile.BadZipFile) as error:
            raise Unreadable(f"{name}: its XML is broken: {error}") from error
    found = core.find("{http://purl.org/dc/elements/1.1/}identifier") if core is not None else None
    identifier = (found.text or "") if found is not None else ""
    pictures = sum(1 for n in names if n.startswith("word/media/"))
    return DocxText(paragraphs, headers, (*_hidden(body), *beside), identifier, pictures)


def _check_links(data: bytes, name: str) -> None:
    try:
        tree = _parse(data)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"{name}: its XML is broken: {error}") from error
    for one in tree.iter("{*}Relationship"):
        if one.get("TargetMode") == "External" and not (one.get("Type") or "").endswith(_LINK):
            raise NotAllowed(f"{name}: fetches {one.get('Target')!r} when it is opened: take that link out")


def _parse(data: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    tree = etree.fromstring(data, parser)
    if tree.getroottree().docinfo.doctype:
        raise etree.XMLSyntaxError("a document type declaration is not taken", 0, 0, 0)
    return tree


def _paragraphs(tree: Any) -> Iterator[Paragraph]:
    for element in tree.iter(f"{_W}p"):
        style = element.find(f"{_W}pPr/{_W}pStyle")
        cell = any(True for _ in element.iterancestors(f"{_W}tc"))
        yield Paragraph(_text(element), style.get(f"{_W}val") or "" if style is not None else "", cell)


def _text(paragraph: Any) -> str:
    parts: list[str] = []
    for one in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        if next(one.iterancestors(f"{_W}p")) is not paragraph:
            continue  # a paragraph in a text box is read by itself
        parts.append(
            {"t": one.text or "", "tab": "\t", "noBreakHyphen": "\u2011"}.get(etree.QName(one).localname, "\n")
        )
    return "".join(parts)


def _hidden(tree: Any) -> Iterator[str]:
    """What a reader may not see: text struck out by change tracking, and runs that are hidden."""
    for one in tree.iter(f"{_W}delText"):
        yield one.text or ""
    for one in tree.iter(f"{_W}vanish"):
        run = next(one.iterancestors(f"{_W}r"), None)
        if run is not None:
            yield "".join(text.text or "" for text in run.iter(f"{_W}t"))
