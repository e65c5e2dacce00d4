"""A document in, one self-contained HTML page out, for printing to PDF: no script, no network, every word escaped."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from markupsafe import Markup, escape

from evidence.certification.model import (
    Blank,
    Block,
    Box,
    Document,
    Facts,
    Heading,
    Inline,
    Lines,
    Para,
    Runs,
    Sheet,
    Signature,
    Style,
    Table,
    Tick,
    visible,
)

_PAGE = Markup(
    '<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{digest}'\">\n"
    "<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
)


def to_html(document: Document) -> str:
    """The page. The same document gives the same text."""
    style = _style(document.paper)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    parts: list[Markup] = [Markup("<section>")]
    for block in document.blocks:
        if isinstance(block, Sheet):
            parts.append(Markup('</section>\n<section class="{}">').format("across" if block.landscape else "upright"))
        else:
            parts.append(_block(block))
    parts.append(Markup("</section>"))
    return str(
        _PAGE.format(
            language=document.language,
            digest=f"sha256-{digest}",
            title=visible(document.title),
            style=Markup(style),  # noqa: S704  # our own file, no word of a page
            body=Markup("\n").join(parts),
        )
    )


def _style(paper: str) -> str:
    sheet = resources.files("evidence").joinpath("templates", "certificate.css").read_text("utf-8")
    return sheet.replace("PAPER", "letter" if paper == "Letter" else "A4")


def _block(block: Block) -> Markup:
    if isinstance(block, Heading):
        centred = Markup(' class="centred"') if block.centred else ""
        return Markup("<h{0}{1}>{2}</h{0}>").format(block.level, centred, visible(block.text))
    if isinstance(block, Para):
        return _para(block)
    if isinstance(block, Lines):
        return Markup('<div class="lines">{}</div>').format(Markup("<div></div>") * block.count)
    if isinstance(block, Signature):
        return Markup('<div class="signature"><div></div><p>{}</p></div>').format(visible(block.below))
    if isinstance(block, Facts):
        rows = (
            Markup("<tr><th>{}</th><td>{}</td></tr>").format(visible(label), _runs(runs)) for label, runs in block.rows
        )
        return Markup('<table class="facts"><tbody>{}</tbody></table>').format(Markup("").join(rows))
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Box):
        kind = "warning" if block.warning else "note"
        told = (Markup("<p>{}</p>").format(_runs(runs)) for runs in block.paragraphs)
        return Markup('<div class="box {}">{}</div>').format(kind, Markup("").join(told))
    raise TypeError(f"no way to print a {type(block).__name__}")


def _para(para: Para) -> Markup:
    kinds = {
        "centred": para.centred,
        "small": para.small,
        "numbered": bool(para.number),
        "tight": para.tight,
        "sub": para.number.startswith("("),
    }
    names = " ".join(name for name, yes in kinds.items() if yes)
    number = Markup('<span class="number">{}</span>').format(para.number) if para.number else ""
    return Markup('<p class="{}">{}<span class="text">{}</span></p>').format(names, number, _runs(para.runs))


def _table(table: Table) -> Markup:
    total = sum(table.widths)
    columns = Markup("").join(Markup('<col class="w{}">').format(round(100 * width / total)) for width in table.widths)
    head = Markup("").join(Markup("<th>{}</th>").format(visible(name)) for name in table.columns)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(_runs(runs)) for runs in row))
        for row in table.rows
    )
    kind = "grid tiny" if table.tiny else "grid"
    return Markup(
        '<table class="{}"><colgroup>{}</colgroup><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
    ).format(kind, columns, head, body)


def _runs(runs: Runs) -> Markup:
    return Markup("").join(_inline(one) for one in runs)


def _inline(one: Inline) -> Markup:
    if isinstance(one, Blank):
        return Markup('<span class="blank b{}"></span>').format(min(90, max(4, one.width)))
    if isinstance(one, Tick):
        return Markup('<span class="tick">{}</span>').format("☒" if one.ticked else "☐")
    if one.text == "\n":
        return Markup("<br>")
    words = escape(visible(one.text))
    return words if one.style is Style.PLAIN else Markup('<bdi class="{}">{}</bdi>').format(str(one.style), words)
