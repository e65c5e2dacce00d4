"""Fills a DOCX template: display values in, the bytes of a document out. Templates are counsel's; values are anybody's.

Values are data and stay data: the environment is sandboxed, knows no globals, no loader and a handful of filters, and
every printed value is escaped to XML with its braces as entities, so that page text is neither markup, nor code, nor
one of docxtpl's own marks. What a slot puts where a document cannot hold text is an error, not a silent loss.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree
from markupsafe import Markup

from evidence.errors import NotAllowed, Unreadable
from evidence.notice.docx_text import MAX_BYTES, MAX_PART, check_package
from evidence.notice.view import SLOTS

FILTERS = ("upper", "lower", "title", "trim", "length", "join", "first", "last", "default")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARAGRAPH = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_NAME = re.compile(r"'([^']+)'")
_FORBIDDEN_NODES = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.Macro, nodes.CallBlock)
_ENTITIES = {"{": "&#123;", "}": "&#125;", '"': "&#34;", "'": "&#39;", "\a": "\ufffd", "\f": "\ufffd"}
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
EPOCH = (1980, 1, 1, 0, 0, 0)


class _Template(DocxTemplate):  # type: ignore[misc]  # docxtpl ships no types
    """docxtpl's template, reading strictly what it would repair by dropping."""

    def fix_tables(self, xml: str) -> Any:
        _strict(xml)
        return super().fix_tables(xml)


def fill(template: bytes, values: Mapping[str, Any], name: str, identifier: str = "") -> bytes:
    """The document of ``template`` with ``values`` in its slots. The same input gives the same bytes.

    ``identifier`` is written into the document's properties, so that an edited copy can be led back to its draft.
    Raises NotAllowed naming slot and place for a slot that is unknown or not allowed, Unreadable for a broken template.
    """
    check_package(template, name)
    environment = _environment()
    document = _Template(io.BytesIO(template))
    try:
        _check_slots(document, environment, name)
        document.render(dict(values), environment)
        properties = document.docx.core_properties
        properties.identifier, properties.author, properties.last_modified_by = identifier, "", ""
        target = io.BytesIO()
        document.save(target)
    except TemplateError as error:
        raise _explained(error, document, name) from error
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"{name}: the filled template is no sound document: {error.msg}") from error
    except (KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise Unreadable(f"{name}: cannot be used as a template: {error}; start from the shipped one") from error
    return repacked(target.getvalue())


def repacked(data: bytes) -> bytes:
    """The same package with its parts in the same order and a fixed time on each: equal content, equal bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as copy:
        for part in source.infolist():
            info = zipfile.ZipInfo(part.filename, EPOCH)
            info.external_attr, info.create_system, info.compress_type = 0o600 << 16, 3, zipfile.ZIP_DEFLATED
            copy.writestr(info, source.read(part.filename), compresslevel=9)
    return target.getvalue()


def read_template(path: Path) -> bytes:
    """A template's bytes. Raises Unreadable when it cannot be read or is larger than a letter can be."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable(f"{path}: larger than {MAX_BYTES} bytes; a letter's template is not")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read: {error.strerror}") from error


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox without arithmetic: a letter computes nothing, and "x" * 10**9 would fill the memory."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002  # jinja's form
        """Raises SecurityError, whatever the operator."""
        raise SecurityError(f"'{operator}' is not allowed in a template")


def _environment() -> _Sandbox:
    environment = _Sandbox(undefined=StrictUndefined, autoescape=True, finalize=_printed)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    return environment


def _printed(value: Any) -> Any:
    """Any printed value as XML text. A value that counsel's template marked as safe is no safer for that."""
    if isinstance(value, StrictUndefined):
        return value
    text = _NO_XML.sub("\ufffd", value.unescape() if isinstance(value, Markup) else str(value))
    return Markup(escape(text, _ENTITIES))  # noqa: S704  # escaped here, braces included


def _check_slots(document: Any, environment: _Sandbox, name: str) -> None:
    document.init_docx()
    for place, xml in _parts(document):
        tree = environment.parse(xml)
        if found := next(tree.find_all(_FORBIDDEN_NODES), None):
            raise NotAllowed(f"{name}: {place}: '{type(found).__name__.lower()}' is not allowed in a template")
        for slot in sorted(meta.find_undeclared_variables(tree) - SLOTS):
            where = _place(xml, slot) or place
            raise NotAllowed(f"{name}: there is no slot {slot!r} (at {where!r}); docs/notices.md lists the slots")


def _parts(document: Any) -> Iterator[tuple[str, str]]:
    yield "the letter's body", document.patch_xml(document.get_xml())
    for uri, place in ((document.HEADER_URI, "a page header"), (document.FOOTER_URI, "a page footer")):
        for _, part in document.get_headers_footers(uri):
            yield place, document.patch_xml(document.get_part_xml(part))


def _explained(error: TemplateError, document: Any, name: str) -> NotAllowed:
    said = str(error).splitlines()[0]
    lines = [line.strip() for line in getattr(error, "docx_context", ()) if line.strip()]
    where = ""
    if match := _NAME.findall(said):
        where = next((found for _, xml in _parts(document) for key in match[::-1] if (found := _place(xml, key))), "")
    where = where or next((line for line in lines if "{" in line), "") or (lines[0] if lines else "the letter's body")
    return NotAllowed(f"{name}: {said} (at {where[:100]!r}); docs/notices.md lists the slots")


def _place(xml: str, slot: str) -> str:
    """The text of the first paragraph whose template code names the slot, or the code alone for a whole paragraph."""
    for match in re.finditer(r"\{[{%].*?[%}]\}", xml, re.DOTALL):
        if re.search(rf"\b{re.escape(slot)}\b", match[0]):
            around = next((p for p in _PARAGRAPH.finditer(xml) if p.start() <= match.start() < p.end()), None)
            return (_TAG.sub("", around[0]) if around else match[0]).strip()[:100]
    return ""


def _strict(xml: str) -> None:
    """Raises XMLSyntaxError for XML that is not well-formed, ValueError for text outside of a text element."""
    if len(xml) > MAX_PART:
        raise ValueError("the filled letter is larger than a letter can be")
    tree = etree.fromstring(xml.encode("utf-8"), etree.XMLParser(resolve_entities=False, no_network=True))
    for element in tree.iter(f"{_W}body", f"{_W}p", f"{_W}r", f"{_W}tbl", f"{_W}tr", f"{_W}tc"):
        loose = [element.text, *(child.tail for child in element)]
        if stray := next((text for text in loose if text and text.strip()), None):
            raise ValueError(f"a slot stands where the document holds no text: {stray.strip()[:60]!r}")
