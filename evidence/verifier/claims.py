"""The claims step: every quote stands at its offsets in the text of the page, in the page as stored, and at its pin."""

from __future__ import annotations

from evidence.verifier.forms import MAX_JSON_BYTES, parsed
from evidence.verifier.pins import check_pins
from evidence.verifier.quotes import MAX_PAGE_BYTES, MAX_QUOTE_CHARS, MAX_QUOTES, compact, views
from evidence.verifier.run import Run
from evidence.verifier.words import Bad, Step, shown


def check_claims(run: Run, step: Step) -> None:
    """The claims.json of every exhibit."""
    for prefix in run.exhibits:
        name = f"{prefix}claims.json"
        lacking = [part for part in ("claims.json", "text.txt") if prefix + part not in run.folder.files]
        with step.noting(f"{name}: "):
            if not lacking:
                check_quotes(run, prefix, name, step)
            elif len(lacking) == 1 and not run.says_why_missing(prefix, lacking[0]):
                raise Bad(f"{lacking[0]} is missing beside its other half, and capture.json does not say why")
            elif lacking == ["text.txt"]:
                step.unchecked.append(f"{name}: its text.txt was not captured, capture.json says why")
            else:
                step.absent.append(f"{name}: this exhibit states no claims")


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
    check_pins(run, prefix, stated, step)
