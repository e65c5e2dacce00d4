"""Proof health: sealed exhibits in, every file and every timestamp of them checked again, what is wrong out.

A vault decays unseen: a disk loses a bit, an authority's certificate ends. So every night checks all exhibits of the
cases and, of the rest, those that were not looked at for longest. What is found is kept and logged; nothing is mended.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from typing import Any

from crawler import clock
from crawler.casebook import writing
from crawler.errors import OffsignalError, StoreError
from evidence import proof_tables, store
from evidence.exhibit import MANIFEST, Custody, Exhibit, Exhibits
from evidence.proof_tables import Check
from evidence.timestamp import StampState
from evidence.timestamp_token import verify_token
from evidence.warc_time import RECORD, stamped_warc


def choose(exhibits: Exhibits, always: Collection[str], sample: int, salt: str) -> tuple[Exhibit, ...]:
    """Which exhibits to check: those in ``always``, and ``sample`` others, the longest unchecked first.

    Among those never checked ``salt`` (the night's name) draws the lot, so that nobody can tell which come next.
    """
    seen = proof_tables.last_checks(exhibits.db)
    every = exhibits.list()
    named = [one for one in every if one.exhibit_id in always]

    def age(one: Exhibit) -> tuple[str, str]:
        last = seen.get(one.exhibit_id)
        lot = sha256(f"{salt}\n{one.exhibit_id}".encode()).hexdigest()
        return ("" if last is None else clock.iso(last.at), lot)

    others = sorted((one for one in every if one.exhibit_id not in always), key=age)
    return (*named, *others[:sample])


def check(exhibits: Exhibits, custody: Custody, exhibit: Exhibit) -> Check:
    """Checks one exhibit whole and keeps the result, with a custody entry. What is wrong is in ``faults``."""
    files, tokens, faults = 0, 0, []
    for name, fault in _files(exhibits, exhibit):
        files += 1
        faults += [f"{name}: {fault}"] if fault else []
    for name, fault in _tokens(exhibits, exhibit):
        tokens += 1
        faults += [f"{name}: {fault}"] if fault else []
    found = Check(exhibit.exhibit_id, clock.now(), files, tokens, tuple(faults))
    with writing(exhibits.db):
        proof_tables.add_check(exhibits.db, found)
        facts = {"files": files, "tokens": tokens, "faults": list(found.faults)}
        custody.record("proofs_checked", exhibit.exhibit_id, facts)
    return found


def _files(exhibits: Exhibits, exhibit: Exhibit) -> Iterator[tuple[str, str]]:
    """Every file of the exhibit with what is wrong with it, empty when nothing is."""
    listed: dict[str, str] = {}
    for file in exhibits.files(exhibit.exhibit_id):
        fault = ""
        try:
            with exhibits.vault.open(file.sha256) as stream:
                if file.path == MANIFEST:
                    listed = {row["path"]: row["sha256"] for row in json.load(stream)["files"]}
                    fault = "" if file.sha256 == exhibit.manifest_sha256 else "it is not the one that was sealed"
        except (StoreError, ValueError, KeyError, TypeError) as error:
            fault = str(error)
        yield file.path, fault
    kept = {file.path: file.sha256 for file in exhibits.files(exhibit.exhibit_id) if file.path != MANIFEST}
    for path in sorted(listed.keys() ^ kept.keys()):
        yield path, "the sealed manifest and the casebook differ on whether it is part of the exhibit"
    for path in sorted(listed.keys() & kept.keys()):
        if listed[path] != kept[path]:
            yield path, "the casebook names another digest for it than the sealed manifest"


def _tokens(exhibits: Exhibits, exhibit: Exhibit) -> Iterator[tuple[str, str]]:
    """Every timestamp of the exhibit with what is wrong with it, empty when nothing is."""
    vault, db = exhibits.vault, exhibits.db
    for stamp in store.stamps(db, exhibit.exhibit_id):
        if stamp.state == StampState.VERIFIED:
            name = f"proofs/{stamp.authority}"
            yield name, _fault(exhibits, stamp.files, exhibit.manifest_sha256, stamp.gen_time)
    for one in proof_tables.renewals(db, exhibit.exhibit_id):
        name = f"renewals/{one.number:04d}/{one.authority}"
        yield name, _fault(exhibits, one.files, one.list_sha256, one.gen_time)
    paths = {file.path: file.sha256 for file in exhibits.files(exhibit.exhibit_id)}
    if RECORD in paths:
        try:
            record: dict[str, Any] = json.loads(vault.read(paths[RECORD]))
            if "folder" not in record["token"]:
                return
            folder = record["token"]["folder"]
            proof = {path.removeprefix(f"{folder}/"): digest for path, digest in paths.items() if folder in path}
            over = stamped_warc(vault.path(paths["capture.wacz"]))[1]
            yield folder, _fault(exhibits, proof, over, record["token"]["gen_time"])
        except (OffsignalError, OSError, ValueError, KeyError, TypeError) as error:
            yield RECORD, f"cannot be read: {error}"


def _fault(exhibits: Exhibits, proof: Mapping[str, str], over: str | bytes, gen_time: str) -> str:
    """What is wrong with a proof over those bytes (or the blob of that digest), empty when nothing is."""
    try:
        data = exhibits.vault.read(over) if isinstance(over, str) else over
        request, response, root = (exhibits.vault.read(proof[n]) for n in ("request.tsq", "response.tsr", "root.pem"))
        token = verify_token(request, response, data, root)
    except (OffsignalError, KeyError) as error:
        return str(error)
    return "" if clock.iso(token.gen_time) == gen_time else f"it says {clock.iso(token.gen_time)}, not {gen_time}"
