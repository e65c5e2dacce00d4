"""Pin-cites: each quote of a claims.json led back to the body as sent, its record, its element and its picture.

Quote -> ``text.txt`` -> slices of the decoded body -> SHA-256 of the body -> the record of that ID in ``capture.wacz``;
quote -> element of ``dom.html``; quote -> crop -> the same pixels of the whole screenshot.
"""

from __future__ import annotations

from typing import Any

from evidence.verifier.paths import MAX_READ_CHARS, elements
from evidence.verifier.pixels import Region, TooMuch, part_digests, png_head
from evidence.verifier.quotes import MAX_PAGE_BYTES, compact, reads_as, views
from evidence.verifier.records import warcs
from evidence.verifier.run import Run
from evidence.verifier.words import Bad, Step, shown

PINNED_FORMAT = "offsignal-claims-2"
MAX_SPANS, MAX_CROPS = 1000, 500
PIN_KEYS = {"record", "record_id", "payload_sha256", "body", "dom", "css", "crop"}
TEXT_CODECS = """
utf-8 utf-16-le utf-16-be cp866 cp874 koi8-r koi8-u mac-roman mac-cyrillic gbk gb18030 big5hkscs shift_jis euc_jp
iso2022_jp euc_kr cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 iso8859-2 iso8859-3 iso8859-4
iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16
"""
CODECS = frozenset(TEXT_CODECS.split())


def check_pins(run: Run, prefix: str, stated: dict[str, Any], step: Step) -> None:
    """The pins of every claim and identifier in one claims.json, whose quotes are checked before."""
    name, rows = f"{prefix}claims.json", [*stated["claims"], *stated["identifiers"]]
    if stated.get("format") != PINNED_FORMAT:
        if any("pin" in row for row in rows):
            raise Bad(f"has pins, and is not of the format {PINNED_FORMAT}")
        step.absent.append(f"{name}: of an earlier format, whose quotes carry no pins")
        return
    for number, row in enumerate(rows, 1):
        if set(row["pin"]) != PIN_KEYS or row["pin"]["record"] != "capture.wacz":
            raise Bad(f"the pin of quote {number} has other parts than a pin has")
    for check in (check_bodies, check_document, check_crops):
        with step.noting(f"{name}: "):
            check(run, prefix, stated, step)


def why_not(value: Any) -> str:
    """The reason why a part of a pin is not there; empty for one that is."""
    if isinstance(value, dict) and "reason" in value:
        if set(value) != {"value", "reason"} or value["value"] is not None or not value["reason"]:
            raise Bad("a part of a pin is missing without a reason")
        return str(value["reason"])
    return ""


def pinned(stated: dict[str, Any], part: str) -> list[tuple[int, str, dict[str, Any]]]:
    """The quotes whose pin has the part: number, quote and pin."""
    rows = enumerate([*stated["claims"], *stated["identifiers"]], 1)
    return [(number, row["quote"], row["pin"]) for number, row in rows if not why_not(row["pin"][part])]


def check_bodies(run: Run, prefix: str, stated: dict[str, Any], step: Step) -> None:
    """Quote -> slices of the body as sent -> digest of the body -> record of that ID."""
    rows = pinned(stated, "body")
    for row in [*stated["claims"], *stated["identifiers"]]:
        pin = row["pin"]
        if why_not(pin["body"]) and (pin["record_id"] is not None or pin["payload_sha256"] is not None):
            raise Bad("a quote that is not in the body as sent is pinned to its record")
    if not rows:
        step.absent.append(f"{prefix}claims.json: no quote is pinned to the body as sent; the pins say why")
        return
    about, path = stated["body"], f"{prefix}body.bin"
    if about["codec"] not in CODECS or about["path"] != "body.bin" or not 0 <= about["skip_bytes"] <= 3:
        raise Bad("says no readable way to decode the body")
    data, digest = run.folder.read(path, MAX_PAGE_BYTES * 2), run.folder.digest(path)
    text, kept = data[about["skip_bytes"] :].decode(about["codec"], "replace"), bodies_of(run, prefix)
    for number, quote, pin in rows:
        spans = pin["body"].get("spans", [[pin["body"]["start"], pin["body"]["end"]]])
        if not 0 < len(spans) <= MAX_SPANS or not all(0 <= a < b <= len(text) for a, b in spans):
            raise Bad(f"the pin of quote {number} points out of the body")
        if [min(a for a, _ in spans), max(b for _, b in spans)] != [pin["body"]["start"], pin["body"]["end"]]:
            raise Bad(f"the pin of quote {number} has slices that are not those from its start to its end")
        if not reads_as([text[a:b] for a, b in spans], quote):
            raise Bad(f"quote {number} is not what stands at its place in the body")
        if pin["payload_sha256"] != digest:
            raise Bad(f"the pin of quote {number} names another digest than that of body.bin")
        if kept.get(pin["record_id"]) != digest:
            raise Bad(f"the pin of quote {number} names the record {shown(pin['record_id'])}, which has another body")
    step.proved.append(f"{prefix}claims.json: {len(rows)} quotes led back to the body, its digest and its record")


def bodies_of(run: Run, prefix: str) -> dict[str, str]:
    """The digests of the bodies in the exhibit's archive, by record ID; none when there is no archive."""
    name = f"{prefix}capture.wacz"
    found = warcs(run, name) if name in run.folder.files else []
    return {record["id"]: record["payload"] for record in found if record["type"] in ("response", "conversion")}


def check_document(run: Run, prefix: str, stated: dict[str, Any], step: Step) -> None:
    """Quote -> element of the document as the browser had it."""
    path, rows = f"{prefix}dom.html", pinned(stated, "css")
    anchored = pinned(stated, "dom")
    for number, _, pin in anchored:
        if pin["dom"]["path"] != "dom.html" or pin["dom"]["sha256"] != run.folder.digest(path):
            raise Bad(f"the pin of quote {number} names another digest than that of dom.html")
    if not rows:
        return
    page = run.folder.read(path, MAX_PAGE_BYTES).decode("utf-8", "replace")
    try:
        places = elements(page, [pin["css"] for _, _, pin in rows])
    except ValueError as error:
        raise Bad(str(error)) from None
    if sum(end - start for start, end in places.values()) > MAX_READ_CHARS:
        step.unchecked.append(f"{prefix}claims.json: the elements of its quotes are larger than this check reads")
        return
    read: dict[str, list[str]] = {}
    for number, quote, pin in rows:
        if pin["css"] not in places:
            raise Bad(f"the path of quote {number} leads to no element of dom.html")
        if pin["css"] not in read:
            start, end = places[pin["css"]]
            read[pin["css"]] = views(page[start:end].encode("utf-8", "replace"))[0]
        if not any(compact(quote) in view for view in read[pin["css"]]):
            raise Bad(f"the element that the path of quote {number} leads to does not hold it")
    step.proved.append(f"{prefix}claims.json: {len(rows)} quotes stand in the elements that their paths lead to")


def check_crops(run: Run, prefix: str, stated: dict[str, Any], step: Step) -> None:
    """Quote -> crop -> the same pixels of the screenshot. Crops that no pin names have no place."""
    rows = pinned(stated, "crop")
    wanted: dict[str, Region] = {}
    for number, _, pin in rows:
        crop = pin["crop"]
        left, top, across, down = crop["region"]
        x, y, width, height = crop["rect"]
        if crop["of"] != "full.png" or not crop["path"].startswith("crops/"):
            raise Bad(f"the crop of quote {number} is not one of full.png in the folder crops")
        if not (left <= x < x + width <= left + across and top <= y < y + height <= top + down):
            raise Bad(f"the rectangle of quote {number} does not lie in its crop")
        if run.folder.digest(prefix + crop["path"]) != crop["sha256"]:
            raise Bad(f"{crop['path']} has not the digest that the pin of quote {number} names")
        if wanted.setdefault(crop["path"], (left, top, across, down)) != (left, top, across, down):
            raise Bad(f"{crop['path']} is two parts of full.png at once")
    for path in run.folder.below(f"{prefix}crops/"):
        if f"crops/{path}" not in wanted:
            raise Bad(f"crops/{path} is a crop that no quote names")
    if len(wanted) > MAX_CROPS:
        raise Bad("more crops than this check reads")
    if wanted:
        compare_pixels(run, prefix, wanted, step)


def compare_pixels(run: Run, prefix: str, wanted: dict[str, Region], step: Step) -> None:
    """Each crop, all of it, against its part of the screenshot."""
    try:
        with run.folder.open(f"{prefix}full.png") as stream:
            digests = part_digests(stream, list(wanted.values()))
        for (path, (_, _, across, down)), digest in zip(wanted.items(), digests):
            with run.folder.open(prefix + path) as stream:
                if png_head(stream)[:2] != (across, down):
                    raise Bad(f"{path} is not of the size that its pin says")
            with run.folder.open(prefix + path) as stream:
                if part_digests(stream, [(0, 0, across, down)]) != [digest]:
                    raise Bad(f"{path} does not show what full.png shows there")
    except TooMuch as error:
        step.unchecked.append(f"{prefix}claims.json: {len(wanted)} crops not held against full.png: {error}")
    else:
        step.proved.append(f"{prefix}claims.json: {len(wanted)} crops have the very pixels of full.png")
