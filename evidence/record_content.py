"""The part of a capture record about what was taken: files, pictures, embedded metadata: facts in, JSON out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evidence.beside import role_of
from evidence.claims_file import CLAIMS, TEXT
from evidence.collection_facts import MAX_LISTED, Known
from evidence.digest import sha256_file, sha256_hex
from evidence.host_facts import unknown
from evidence.page_exchanges import Seen
from evidence.page_robots import ROBOTS
from evidence.page_visit import DOM, FULL_PNG, MHTML, PDF, VIEWPORT_PNG
from evidence.picture_facts import picture_facts
from evidence.pin_crops import CROP_ROLE, is_crop

WACZ, BODY = "capture.wacz", "body.bin"
#: What every whole exhibit has: name -> role, media type, and what it was made from.
EXPECTED = {
    WACZ: ("web archive of every exchange of the page", "application/wacz", ""),
    BODY: ("body of the main document, without its content coding", "application/octet-stream", WACZ),
    DOM: ("document as the browser had it after its scripts ran", "text/html; charset=utf-8", ""),
    VIEWPORT_PNG: ("picture of the first screen", "image/png", ""),
    FULL_PNG: ("picture of the whole page", "image/png", ""),
    MHTML: ("page with its parts in one file, by the browser", "multipart/related", ""),
    PDF: ("page as the browser prints it", "application/pdf", ""),
    TEXT: ("text of the page, which the claims point into", "text/plain; charset=utf-8", DOM),
    CLAIMS: ("claims and identifiers, each with its exact quote", "application/json", TEXT),
}
#: And what it has where there was such a thing.
ROLES = {**EXPECTED, ROBOTS: ("robots.txt of the address asked for, as it was answered", "text/plain", "")}
#: Names of the record's table, and the files that hold what they mean.
NAMED = {
    "html_raw": BODY,
    "dom_rendered": DOM,
    "screenshot_full": FULL_PNG,
    "screenshot_viewport": VIEWPORT_PNG,
    "pdf_print": PDF,
    "text_extracted": TEXT,
    "wacz": WACZ,
}
MEDIA_KINDS = frozenset({"image", "media"})
MEDIA_TYPES = ("image/", "video/", "audio/", "application/vnd.android.package-archive")
#: How many pictures are looked into, the largest first, and how much of each.
LOOKED_INTO = 20
LOOKED_BYTES = 4 << 20


def content(known: Known, directory: Path, files: Sequence[str]) -> dict[str, Any]:
    """Every file with its digest, what holds which part of the page, and the pictures, films and apps it showed."""
    rows = [_file(directory, name, files) for name in files]
    reasons = {one.what: one.reason for one in known.page.missing}
    named = {key: name if name in files else unknown(reasons.get(name, "not taken")) for key, name in NAMED.items()}
    findings = known.findings
    return {
        "files": rows,
        **named,
        "hash_algorithm": "SHA-256",
        "har": unknown(f"the exchanges are kept as WARC records in {WACZ}, which hold more than a HAR file can"),
        "media": media(known),
        "claims": len(findings.claims) if findings else 0,
        "identifiers": len(findings.identifiers) if findings else 0,
    }


def media(known: Known) -> list[dict[str, Any]]:
    """The pictures, films, sounds and app packages of the page, each with its digest and the record that holds it."""
    rows = []
    for entry in _media(known)[:MAX_LISTED]:
        exchange, kept = entry.exchange, known.kept[id(entry)]
        rows.append(
            {
                "url": entry.url[:2000],
                "mime": _mime(entry),
                "role": entry.kind,
                "bytes": len(exchange.body) if exchange else 0,
                "sha256": sha256_hex(exchange.body) if exchange else "",
                "record_id": kept.body.record_id,
                "derived_from": WACZ,
            }
        )
    return rows


def embedded(known: Known) -> dict[str, Any]:
    """What the page and its pictures say of themselves, as they say it."""
    pictures = [entry for entry in _media(known) if _mime(entry).startswith("image/")]
    pictures.sort(key=lambda entry: -len(entry.exchange.body if entry.exchange else b""))
    found = []
    for entry in pictures[:LOOKED_INTO]:
        body = entry.exchange.body if entry.exchange else b""
        if told := picture_facts(body[:LOOKED_BYTES]):
            found.append({"url": entry.url[:2000], "sha256": sha256_hex(body), **told})
    meta: Mapping[str, str] = known.embedded.get("meta", {})
    nothing = unknown(f"{len(pictures)} pictures, none of them says anything of itself")
    return {
        "meta": meta,
        "open_graph": {name: text for name, text in meta.items() if name.startswith(("og:", "product:", "article:"))},
        "json_ld": known.embedded.get("json_ld", []),
        "exif_xmp": found or nothing,
        "pdf_info": unknown("the page is no PDF; page.pdf is printed here and says nothing of the page's maker")
        if _mime(known.main) != "application/pdf"
        else unknown("a PDF is kept as bytes and not opened"),
        "apk": unknown("app packages are read in a process of their own; see apps.json where the exhibit has one"),
    }


def _file(directory: Path, name: str, files: Sequence[str]) -> dict[str, Any]:
    role, mime, source = CROP_ROLE if is_crop(name) else ROLES[name] if name in ROLES else role_of(name)
    source = BODY if name == TEXT and DOM not in files else source
    path = directory / name
    return {
        "path": name,
        "role": role,
        "mime": mime,
        "bytes": path.stat().st_size,
        "sha256": sha256_file(path),
        "derived_from": source or unknown("taken from the page directly"),
    }


def _media(known: Known) -> list[Seen]:
    return [
        entry
        for entry in known.page.recorder.seen
        if entry.exchange is not None and (entry.kind in MEDIA_KINDS or _mime(entry).startswith(MEDIA_TYPES))
    ]


def _mime(entry: Seen) -> str:
    headers = entry.exchange.response_headers if entry.exchange else ()
    value = next((text for name, text in headers if name.lower() == "content-type"), "")
    return value.partition(";")[0].strip().lower()
