"""Step 8: the WARC records inside a WACZ; length and digests of each, and index and page list that point to them."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from typing import Any

from evidence.verifier.archives import opened_archive, pieces
from evidence.verifier.bodies import codings_of, unpacked_digest
from evidence.verifier.folder import READ_BYTES
from evidence.verifier.forms import MAX_JSON_BYTES, parsed
from evidence.verifier.run import Run
from evidence.verifier.words import Bad, Step, shown

MAX_HEAD_BYTES, MAX_RECORD_BYTES = 1 << 20, 256 << 20
BODY_TYPES = ("response", "conversion")


def check_records(run: Run, step: Step) -> None:
    """Every record of every exhibit's WACZ; ``body.bin`` is the page's body, as sent or unpacked."""
    for prefix in run.exhibits:
        name = f"{prefix}capture.wacz"
        if name in run.folder.files:
            with step.noting(f"{name}: "):
                found = warcs(run, name)
                body = f"{prefix}body.bin"
                check_unpacked(found, name, step)
                if body in run.folder.files:
                    check_body(found, run.folder.digest(body), run.capture(prefix), body)
                step.proved.append(f"{name}: block and payload digests of {len(found)} records hold")


def check_body(found: list[dict[str, Any]], digest: str, capture: dict[str, Any], body: str) -> None:
    """``body.bin`` is what the main document's own address answered, not what some other address did.

    That is the address reached; a page may rename itself afterwards (``history.pushState``), so the last answered hop
    of the redirect chain, which is what was asked for, counts as well.
    """
    kept = {record["url"] for record in found if record["type"] in BODY_TYPES and record["payload"] == digest}
    if not kept:
        raise Bad(f"{body} is not the body of any response in it")
    hops = capture.get("target", {}).get("redirect_chain", [])
    answered = [hop["url"] for hop in hops if isinstance(hop["status"], int)]
    main = {url.partition("#")[0] for url in (capture["url_final"], *answered[-1:])}
    if not main & {url.partition("#")[0] for url in kept}:
        raise Bad(f"{body} is the body of {shown(min(kept))}, not of the page, {shown(capture['url_final'])}")


def check_unpacked(found: list[dict[str, Any]], name: str, step: Step) -> None:
    """Every ``conversion`` is its response's body, unpacked; raises Bad for one that is not."""
    responses = {record["id"]: record for record in found if record["type"] == "response"}
    unread = 0
    for record in found:
        if record["type"] == "conversion":
            of = responses.get(record["refers"])
            if of is None or of["url"] != record["url"]:
                raise Bad(f"an unpacked body of {shown(record['url'])} belongs to no response in it")
            if not of["unpacked"] or of["cut"]:
                unread += 1
            elif of["unpacked"] != record["payload"]:
                raise Bad(f"the unpacked body of {shown(record['url'])} is not what its response unpacks to")
    if unread:
        told = "packed in a way Python cannot read, or cut short; the unpacked form was not recomputed"
        step.unchecked.append(f"{name}: {unread} bodies: {told}")


def warcs(run: Run, name: str) -> list[dict[str, Any]]:
    """Every record of the WARC files in a WACZ, digests recomputed; index and page list must point to them."""
    found: list[dict[str, Any]] = []
    with opened_archive(run, name) as package:
        names = sorted(info.filename for info in package.infolist())
        for path in [path for path in names if path.startswith("archive/")]:
            offset = 0
            for packed, digest, data in members(pieces(run, package, path)):
                run.unpacked += len(data)
                try:
                    record = warc_record(data)
                except Bad as error:
                    raise Bad(f"{path}: the record at byte {offset}: {error}") from None
                found.append({**record, "place": (path[8:], offset, packed), "member": digest})
                offset += packed
        indexes = [info for info in package.infolist() if info.filename.startswith("indexes/")]
        if sum(info.file_size for info in indexes) > MAX_JSON_BYTES:
            raise Bad("indexes/: unpack to more than this check reads: a zip bomb?")
        index = b"".join(piece for info in indexes for piece in pieces(run, package, info.filename))
        pages = b"".join(pieces(run, package, "pages/pages.jsonl"))
    point(found, index, pages)
    if len({record["id"] for record in found}) != len(found):
        raise Bad("two records of one ID")
    return found


def members(packed_pieces: Iterator[bytes]) -> Iterator[tuple[int, str, bytes]]:
    """Each gzip member of a stream: packed length, SHA-256 of the packed bytes, unpacked bytes."""
    data = next(packed_pieces, b"")
    while data:
        unpacker, packed, digest, unpacked = zlib.decompressobj(wbits=31), 0, hashlib.sha256(), bytearray()
        while not unpacker.eof:
            if not data:
                raise Bad("it ends inside a record")
            unpacked += unpacker.decompress(data, READ_BYTES)
            left = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            digest.update(data[: len(data) - len(left)])
            packed += len(data) - len(left)
            if len(unpacked) > MAX_RECORD_BYTES:
                raise Bad(f"a record unpacks to more than {MAX_RECORD_BYTES} bytes: a bomb?")
            data = left or next(packed_pieces, b"")
        yield packed, digest.hexdigest(), bytes(unpacked)


def warc_record(data: bytes) -> dict[str, Any]:
    """One WARC record (ISO 28500), its length and digests checked: type, id, url and the payload's SHA-256."""
    start = data.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES) + 4
    version, *lines = data[: max(start - 4, 0)].decode("utf-8", "replace").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = fields.get("content-length", "")
    if version != "WARC/1.1" or len(fields) != len(lines) or not re.fullmatch(r"\d{1,12}", length):
        raise Bad("not a WARC record, or one with a header given twice")
    end = start + int(length)
    if data[end:] != b"\r\n\r\n":
        raise Bad("its block has not the declared length")
    kind, url, body = fields.get("warc-type", ""), fields.get("warc-target-uri", ""), start
    if kind in ("response", "request"):
        body = data.find(b"\r\n\r\n", start, min(end, start + MAX_HEAD_BYTES)) + 4
        if body < start:
            raise Bad(f"{shown(url)}: its HTTP head does not end")
    digests = [hashlib.sha256(memoryview(data)[begin:end]).hexdigest() for begin in (start, body)]
    for name, digest in zip(("warc-block-digest", "warc-payload-digest"), digests):
        if fields.get(name, "" if kind != "warcinfo" else f"sha256:{digest}") != f"sha256:{digest}":
            raise Bad(f"{kind} {shown(url)}: its {name} is missing or does not hold")
    head, packed = data[start:body], kind == "response" and bool(codings_of(data[start:body]))
    return {
        "type": kind,
        "id": fields.get("warc-record-id", ""),
        "url": url,
        "payload": digests[1],
        "refers": fields.get("warc-refers-to", ""),
        "cut": "warc-truncated" in fields,
        "unpacked": unpacked_digest(head, data[body:end]) if packed else digests[1],
    }


def point(records: list[dict[str, Any]], index: bytes, pages: bytes) -> None:
    """Raises Bad unless every line of index and page list points to a record, and every response is in the index."""
    there = {record["place"]: record for record in records}
    indexed = set()
    for line in filter(None, index.split(b"\n")):
        row = parsed(line.split(b" ", 2)[2], "the index")
        place = (row["filename"], int(row["offset"]), int(row["length"]))
        record = there.get(place, {})
        digests = (f"sha256:{record.get('payload')}", f"sha256:{record.get('member')}")
        if record.get("url") != row["url"] or (row["digest"], row["recordDigest"]) != digests:
            raise Bad(f"the index points to {shown(place)} for {shown(row['url'])}, and that is not there")
        indexed.add(place)
    for place, record in there.items():
        if record["type"] == "response" and place not in indexed:
            raise Bad(f"the index leaves out the response at {shown(place)}")
    stored = {record["url"] for record in records if record["type"] == "response"}
    rows = [parsed(line, "pages.jsonl") for line in filter(None, pages.split(b"\n"))][1:]
    if not rows or not {row["url"] for row in rows} <= stored:
        raise Bad("pages.jsonl names no page, or one that no response holds")
