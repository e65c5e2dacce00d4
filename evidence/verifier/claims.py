"""Step 9: every quote stands at its offsets in the text of the page, and in the page as it was stored."""

from __future__ import annotations

import html
import re

from evidence.verifier.forms import MAX_JSON_BYTES, parsed
from evidence.verifier.run import Run
from evidence.verifier.words import Bad, Step, shown

MAX_QUOTES, MAX_QUOTE_CHARS, MAX_PAGE_BYTES = 5000, 20_000, 32 << 20
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\0"))


def check_claims(run: Run, step: Step) -> None:
    """The claims.json of every exhibit."""
    for prefix in run.exhibits:
        name = f"{prefix}claims.json"
        if name in run.folder.files and f"{prefix}text.txt" in run.folder.files:
            with step.noting(f"{name}: "):
                check_quotes(run, prefix, name, step)
        else:
            step.unchecked.append(f"{name}: this exhibit states no claims")


def check_quotes(run: Run, prefix: str, name: str, step: Step) -> None:
    """Every claim and identifier of one claims.json."""
    text = run.folder.read(f"{prefix}text.txt", MAX_PAGE_BYTES).decode("utf-8")
    stated = parsed(run.folder.read(name, MAX_JSON_BYTES), "it is")
    rows = [*stated["claims"], *stated["identifiers"]]
    if len(rows) > MAX_QUOTES or any(len(row["quote"]) > MAX_QUOTE_CHARS for row in rows):
        raise Bad("more quotes, or longer ones, than this check reads")
    pages = [page for page in (f"{prefix}dom.html", f"{prefix}body.bin") if page in run.folder.files]
    small = [page for page in pages if run.folder.files[page] <= MAX_PAGE_BYTES]
    found = [views(run.folder.read(page, MAX_PAGE_BYTES)) for page in small]
    seen = [view for several, _ in found for view in several]
    clear = len(small) == len(pages) and any(is_utf8 for _, is_utf8 in found)
    held = 0
    for number, row in enumerate(rows, 1):
        start, end, quote = int(row["start"]), int(row["end"]), row["quote"]
        if not 0 <= start < end or text[start:end] != quote:
            step.failed.append(f"{name}: quote {number} is not what stands at {start} to {end} of text.txt")
        elif any(compact(quote) in view for view in seen):
            held += 1
        elif not clear:
            step.unchecked.append(f"{name}: quote {number} not found, the page is missing, too large or not UTF-8")
        elif all(any(word in view for view in seen) for word in map(compact, quote.split())):
            step.unchecked.append(f"{name}: quote {number}: its words stand in the stored page, but apart")
        else:
            step.failed.append(f"{name}: quote {number}, {shown(quote, 60)!r}, is nowhere in the stored page")
    step.proved.append(f"{name}: {held} quotes stand at their offsets and in the stored page")


def compact(text: str) -> str:
    """Text without white space and unseen characters, so that line breaks and mark-up do not part the words."""
    return "".join(text.translate(UNSEEN).split())


def views(data: bytes) -> tuple[list[str], bool]:
    """A stored page as compact text, read as words only, with mark-up, and with JSON escapes undone; is it UTF-8?"""
    try:
        page, is_utf8 = data.decode("utf-8"), True
    except UnicodeDecodeError:
        page, is_utf8 = data.decode("cp1252", "replace"), False
    words, position = [], 0
    while (opened := page.find("<", position)) >= 0 and (closed := page.find(">", opened)) >= 0:
        words.append(page[position:opened])
        position = closed + 1
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), html.unescape(page))
    plain = re.sub(r"\\[nrt]", " ", plain).replace('\\"', '"').replace("\\/", "/")
    plain = plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    readings = ["".join([*words, page[position:]]), page, plain]
    return [compact(html.unescape(reading)) for reading in readings], is_utf8
