"""Timestamps besides those over manifests: of each archive as it was closed, and renewed ones over older proofs."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from evidence.verifier.archives import opened_archive, pieces
from evidence.verifier.folder import Folder
from evidence.verifier.forms import digest_of, moment, parsed
from evidence.verifier.layout import OTS_FILE
from evidence.verifier.run import Run
from evidence.verifier.timestamps import MAX_PROOF_BYTES, check_token
from evidence.verifier.words import Bad, Step, shown

WARC_TIME_FORMAT, RENEWAL_FORMAT = "offsignal-warc-time-1", "offsignal-renewal-1"
#: Magic bytes, major version 1, and the tag of SHA-256, as every detached proof over such a digest begins.
OTS_HEAD = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94\x01\x08"
WARC_FOLDER = re.compile(r"warc-time/[a-z0-9-]{1,41}")


def check_archive_times(run: Run, step: Step) -> None:
    """The token over each exhibit's WARC, asked for before the exhibit was sealed; or why there is none."""
    for prefix, manifest in run.exhibits.items():
        name = f"{prefix}warc-time.json"
        if f"{prefix}capture.wacz" not in run.folder.files:
            continue
        if name not in run.folder.files:
            step.absent.append(f"{prefix}capture.wacz: not stamped by itself, only with the manifest")
            continue
        with step.noting(f"{name}: "):
            archive_time(run, prefix, moment(manifest["captured_at"]), step)


def archive_time(run: Run, prefix: str, captured: datetime, step: Step) -> None:
    """One exhibit's ``warc-time.json``: it names the WARC inside capture.wacz, and its token holds."""
    record = run.folder.manifest(f"{prefix}warc-time.json", WARC_TIME_FORMAT)
    warc, token = record["warc"], record["token"]
    with opened_archive(run, f"{prefix}capture.wacz") as package:
        if warc["path"] not in package.namelist():
            raise Bad(f"names {shown(warc['path'])}, which is not in capture.wacz")
        digest = digest_of(pieces(run, package, warc["path"]))
    if digest != warc["sha256"]:
        raise Bad(f"{shown(warc['path'])} in capture.wacz has another SHA-256 than the one that was stamped")
    if "folder" not in token:
        told = f"no authority stamped it when it was closed: {shown(token['reason'])}"
        step.unchecked.append(f"{prefix}capture.wacz: {told}")
        return
    if not WARC_FOLDER.fullmatch(token["folder"]):
        raise Bad(f"names the odd folder {shown(token['folder'])}")
    over = (f"{warc['path']} of {prefix}capture.wacz", digest, ["-digest", digest])
    check_token(run, f"{prefix}{token['folder']}/", over, captured, step)


def check_renewals(run: Run, step: Step) -> None:
    """Every renewal of every exhibit: its list is of the proofs that lie there, and its tokens are over the list.

    OpenTimestamps proofs, which also come later, are looked at here too.
    """
    for prefix in run.exhibits:
        with step.noting(""):
            check_ots(run, prefix, step)
        numbers = sorted({name.split("/")[0] for name in run.folder.below(f"{prefix}renewals/")})
        if numbers != [f"{number:04d}" for number in range(1, len(numbers) + 1)]:
            step.failed.append(f"{prefix}renewals: they are not numbered 0001, 0002 and so on")
            continue
        for number in numbers:
            with step.noting(f"{prefix}renewals/{number}: "):
                renewal(run, prefix, number, step)


def check_ots(run: Run, prefix: str, step: Step) -> None:
    """An OpenTimestamps proof over the manifest: its first bytes name the digest; the rest is for that program."""
    name, digest = prefix + OTS_FILE, run.folder.digest(f"{prefix}manifest.json")
    if name not in run.folder.files:
        return
    if not run.folder.read(name, MAX_PROOF_BYTES).startswith(OTS_HEAD + bytes.fromhex(digest)):
        raise Bad(f"{name}: not an OpenTimestamps proof over {prefix}manifest.json")
    command = f"ots --no-bitcoin verify -f {prefix}manifest.json {name}"
    step.commands.append(command)
    step.unchecked.append(f"{name}: names the digest of the manifest; which Bitcoin block it leads to says: {command}")


def renewal(run: Run, prefix: str, number: str, step: Step) -> None:
    """One renewal (RFC 4998 section 5.2): the older proofs existed when the new token was made."""
    where = f"{prefix}renewals/{number}/"
    listing = run.folder.manifest(f"{where}renewal.json", RENEWAL_FORMAT)
    own = {"exhibit_id": run.exhibits[prefix]["exhibit_id"]}
    own["manifest_sha256"] = run.folder.digest(f"{prefix}manifest.json")
    for key, value in own.items():
        if listing[key] != value:
            raise Bad(f"renewal.json: its {key} is that of another exhibit")
    paths = {row["path"]: row["sha256"] for row in listing["proofs"]}
    for path, digest in paths.items():
        if path not in older(run.folder, prefix, number) or run.folder.digest(prefix + path) != digest:
            raise Bad(f"renewal.json: {shown(path)} is not the proof that was renewed")
    for authority in sorted({name.split("/")[0] for name in run.folder.below(where)} - {"renewal.json"}):
        with step.noting(f"{authority}: "):
            name = f"{where}renewal.json"
            over = (name, run.folder.digest(name), ["-data", name])
            check_token(run, f"{where}{authority}/", over, moment(listing["made_at"]), step)
            in_time(run, prefix, paths, moment(proof_facts(run, f"{where}{authority}/")["gen_time"]), step)


def in_time(run: Run, prefix: str, paths: dict[str, str], at: datetime, step: Step) -> None:
    """A renewal that came after a signer's certificate had ended is said to have come late."""
    for path in paths:
        if path.endswith("/result.json"):
            end = moment(proof_facts(run, (prefix + path).removesuffix("result.json"))["signer_not_after"])
            if end < at:
                told = f"{prefix}{path}: its signer's certificate had ended on {end:%Y-%m-%d} before it was renewed"
                step.unchecked.append(told)


def proof_facts(run: Run, where: str) -> dict[str, Any]:
    """What ``result.json`` of a proof says."""
    facts: dict[str, Any] = parsed(run.folder.read(f"{where}result.json", MAX_PROOF_BYTES), "result.json")
    return facts


def older(folder: Folder, prefix: str, number: str) -> set[str]:
    """The paths a renewal of that number may list: the proofs over the manifest, and earlier renewals."""
    earlier = {f"renewals/{name}" for name in folder.below(f"{prefix}renewals/") if name.split("/")[0] < number}
    return {f"proofs/{name}" for name in folder.below(f"{prefix}proofs/")} | earlier
