"""Steps 5 and 6: RFC 3161 tokens over the manifests; imprint and time by this program, signatures by openssl."""

from __future__ import annotations

import base64
import hashlib
import re
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from evidence.verifier.forms import moment, parsed
from evidence.verifier.openssl import ask_token
from evidence.verifier.run import PROOF_FILES, Run
from evidence.verifier.words import Bad, Step, shown

MAX_PROOF_BYTES, CLOCK_SLACK = 1 << 20, timedelta(minutes=5)
PRINTED_TIME = re.compile(r"Time stamp: ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.\d+)? (\d{4}) GMT")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BEGIN, END = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n"
CERTIFICATE = re.compile(BEGIN.strip() + rb"([A-Za-z0-9+/=\s]+)" + END.strip())


def check_exhibit_times(run: Run, step: Step) -> None:
    """Every token over an exhibit's manifest; one without a token is said to be UNSEALED."""
    sealed = {row["exhibit_id"]: row["sealed"] for row in run.bundle.get("exhibits", [])}
    for prefix, manifest in run.exhibits.items():
        name = shown(manifest["exhibit_id"])
        count = proofs(run, prefix, moment(manifest["captured_at"]), step)
        if run.is_bundle and sealed.get(manifest["exhibit_id"]) is not bool(count):
            step.failed.append(f"{prefix}proofs: folder and manifest.json differ on whether it is sealed")
        if not count:
            step.unchecked.append(f"{name} is UNSEALED: no authority stamped it, its time rests on our clock alone")


def check_bundle_time(run: Run, step: Step) -> None:
    """Every token over the bundle's manifest."""
    if not proofs(run, "", moment(run.whole()["created_at"]), step):
        step.unchecked.append("the bundle is UNSEALED: no authority has stamped its manifest")


def proofs(run: Run, prefix: str, before: datetime, step: Step) -> int:
    """Checks every proof below ``prefix`` over its manifest.json; returns how many there are."""
    names = sorted({name.split("/")[0] for name in run.folder.below(f"{prefix}proofs/")})
    for name in names:
        with step.noting(f"{prefix}proofs/{name}: "):
            over = f"{prefix}manifest.json"
            check_token(run, f"{prefix}proofs/{name}/", (over, run.folder.digest(over), ["-data", over]), before, step)
    return len(names)


def check_token(run: Run, where: str, over: tuple[str, str, list[str]], before: datetime, step: Step) -> None:
    """One proof in the folder ``where``: its token is over the right bytes, leads to the root beside it, and is later
    than ``before``.

    ``over`` is what it must be over: the name of that thing, its SHA-256 in hexadecimal, and the arguments that name it
    to a person who runs openssl in the folder that is checked. Raises Bad when the proof does not hold.
    """
    name, digest, named = over
    parts = {part: run.folder.read(where + part, MAX_PROOF_BYTES) for part in PROOF_FILES}
    facts = parsed(parts["result.json"], "result.json")
    if bytes.fromhex(digest) not in parts["response.tsr"]:
        raise Bad(f"response.tsr is a timestamp over other bytes, not over {name}")
    roots = [base64.b64decode(found) for found in CERTIFICATE.findall(parts["root.pem"])]
    told = f"root certificate SHA-256 {', '.join(hashlib.sha256(root).hexdigest() for root in roots)}"
    at = moment(facts["gen_time"])
    step.commands.append(f"openssl ts -reply -in {where}response.tsr -text")
    step.commands.append("openssl ts " + " ".join([*token_arguments(where, at, parts), *named]))
    if run.openssl is None:
        told = f"{where}: names the digest of {name}; {told}; openssl is not on this machine, so"
        step.unchecked.append(f"{told} neither SIGNATURE nor time is checked: run the two commands below where it is")
        return
    printed = by_openssl(run, parts, roots, digest)
    if printed < before - CLOCK_SLACK:
        raise Bad(f"it was made at {printed:%Y-%m-%d %H:%M:%S} UTC, before what it stamps says it was made")
    if at.replace(microsecond=0) != printed:
        raise Bad(f"result.json tells another time than the token, which says {printed:%Y-%m-%d %H:%M:%S} UTC")
    told = f"{where[:-1]}: {name} existed on {printed:%Y-%m-%d at %H:%M:%S} UTC; {told}"
    if facts.get("practice") or b"practice" in b"".join(roots).lower():
        step.unchecked.append(f"PRACTICE AUTHORITY, which proves nothing to a stranger: {told}")
    else:
        step.proved.append(told)


def by_openssl(run: Run, parts: dict[str, bytes], roots: list[bytes], digest: str) -> datetime:
    """The token's own time, once openssl found its signature, its chain at that time, and its query to hold."""
    with tempfile.TemporaryDirectory() as temporary:
        only_roots = b"".join(BEGIN + base64.encodebytes(root) + END for root in roots)
        for part, data in {**parts, "root.pem": only_roots}.items():
            Path(temporary, part).write_bytes(data)
        at = printed_time(ask_token(run, ["-reply", "-in", f"{temporary}/response.tsr", "-text"]))
        arguments = token_arguments(f"{temporary}/", at, parts)
        for end in (["-digest", digest], ["-queryfile", f"{temporary}/request.tsq"]):
            ask_token(run, [*arguments, *end])
    return at


def token_arguments(where: str, at: datetime, parts: dict[str, bytes]) -> list[str]:
    """The arguments of ``openssl ts`` that check a token, up to what it is over. ``at`` is the token's own time."""
    chain = ["-untrusted", f"{where}chain.pem"] if b"BEGIN CERTIFICATE" in parts["chain.pem"] else []
    token = ["-in", f"{where}response.tsr", "-CAfile", f"{where}root.pem"]
    return ["-verify", *token, *chain, "-attime", str(int(at.timestamp()))]


def printed_time(text: str) -> datetime:
    """The time in what ``openssl ts -reply -text`` prints; a token over anything but SHA-256 is refused."""
    found = PRINTED_TIME.search(text)
    if not found or found[1] not in MONTHS or "Hash Algorithm: sha256" not in text:
        raise Bad("response.tsr holds no time over a SHA-256 digest that openssl can print")
    day, hour, minute, second, year = (int(found[group]) for group in (2, 3, 4, 5, 6))
    return datetime(year, MONTHS.index(found[1]) + 1, day, hour, minute, second, tzinfo=timezone.utc)
