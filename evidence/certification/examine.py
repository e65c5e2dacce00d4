"""Reads and checks the exhibits of a certificate: a case and a choice in, checked facts or a refusal out.

Every file is read from the vault and hashed anew, the manifest is compared with the casebook and the custody log, and
each timestamp is verified again. What does not hold refuses the certificate: nobody could truthfully sign it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlite_utils import Database

from crawler import clock
from crawler.errors import StoreError
from evidence import store
from evidence.case import CaseExhibit, Cases
from evidence.certification import record as read
from evidence.certification.facts import ExhibitFacts, FileFacts, Touch
from evidence.certification.model import visible
from evidence.certification.problems import problems_of
from evidence.certification.tokens import proof_files, tokens_of, what_is
from evidence.custody import CustodyLog
from evidence.decision import Decisions
from evidence.digest import READ_BYTES, sha256_hex
from evidence.errors import CertificateRefused, NotAllowed, Unverified
from evidence.exhibit import MANIFEST, Exhibit, Exhibits
from evidence.history import concerns
from evidence.vault import Vault

MANIFEST_WHAT = "list of the exhibit's files with their sizes and digests, made at sealing; the timestamps are over it"


def check_custody(db: Database, case_id: str) -> Mapping[str, Any]:
    """The verified head of the custody log, as manifests spell it. Raises CertificateRefused when it does not hold."""
    log = CustodyLog(db)
    try:
        log.verify()
        Decisions(db).verify()
    except Unverified as error:
        raise CertificateRefused(
            "custody", case_id, f"no certificate: the custody log does not hold: {error}"
        ) from error
    return log.head().to_dict()


def touches(db: Database, case_id: str, exhibit_ids: frozenset[str]) -> tuple[Touch, ...]:
    """The custody entries about the case and those exhibits, oldest first; what concerns other cases stays out."""
    numbered = enumerate(CustodyLog(db).entries(), 1)
    return tuple(
        Touch(number, e.at, visible(e.actor), visible(e.action), visible(e.subject), visible(e.purpose))
        for number, e in numbered
        if concerns(e, case_id, exhibit_ids)
    )


def choose(db: Database, case_id: str, wanted: Sequence[str]) -> tuple[tuple[int, CaseExhibit], ...]:
    """The accepted exhibits a certificate is about, with their numbers; all of them when ``wanted`` is empty.

    ``wanted`` names exhibits by ID or number. Raises NotAllowed for a name the case does not know or a case without
    accepted exhibits, CertificateRefused for one that no person has accepted.
    """
    cases = Cases(db)
    accepted = dict(enumerate(cases.accepted(case_id), 1))
    if not accepted:
        raise NotAllowed(f"{case_id} has no accepted exhibit: a named person must accept one first")
    if not wanted:
        return tuple(accepted.items())
    numbers = {one.exhibit_id: number for number, one in accepted.items()} | {str(n): n for n in accepted}
    known = {one.exhibit_id for one in cases.exhibits(case_id)}
    for name in wanted:
        if name in known and name not in numbers:
            sentence = f"no certificate: {name} is in {case_id} but no person's standing decision accepts it"
            raise CertificateRefused("not_accepted", name, f"{sentence}; 'offsignal case accept' does")
        if name not in numbers:
            raise NotAllowed(
                f"{case_id} has no exhibit {name!r}: name one by its ID or its number 1 to {len(accepted)}"
            )
    return tuple((number, accepted[number]) for number in sorted({numbers[name] for name in wanted}))


def examine(
    exhibits: Exhibits, number: int, member: CaseExhibit, explanation: str, trusted_lists: Mapping[str, str]
) -> ExhibitFacts:
    """One exhibit's facts, every check passed. ``trusted_lists`` maps authorities to their trust-list references.

    Raises CertificateRefused naming the exhibit, the check and what would help; NotAllowed for a needless explanation.
    """
    exhibit, decision = exhibits.get(member.exhibit_id), member.decision
    if decision is None:
        raise CertificateRefused("not_accepted", member.exhibit_id, f"nobody has accepted {member.exhibit_id}")
    _same_as_logged(exhibits.db, exhibit)
    manifest_bytes = _bytes(exhibits.vault, exhibit.exhibit_id, MANIFEST, exhibit.manifest_sha256)
    manifest = _object(exhibit.exhibit_id, MANIFEST, manifest_bytes)
    record = _record(exhibits, exhibit, manifest)
    files = tuple(_files(exhibits, exhibit, manifest, record, len(manifest_bytes)))
    tokens = tokens_of(exhibits, exhibit, manifest_bytes, trusted_lists)
    problems = problems_of(record, tokens)
    if problems and not explanation:
        raise CertificateRefused("errors", exhibit.exhibit_id, _unexplained(number, exhibit.exhibit_id, problems))
    if explanation and not problems:
        raise NotAllowed(f"{exhibit.exhibit_id} has no error or missing part to explain: leave its --explain out")
    return ExhibitFacts(
        number=number,
        exhibit_id=exhibit.exhibit_id,
        url=visible(exhibit.url),
        captured_at=exhibit.captured_at,
        manifest_sha256=exhibit.manifest_sha256,
        accepted_by=visible(decision.decided_by),
        accepted_at=decision.decided_at,
        record=record,
        files=files,
        proof_files=proof_files(exhibits, exhibit),
        tokens=tokens,
        failed_stamps=_failed_stamps(exhibits, exhibit.exhibit_id),
        problems=problems,
        explanation=visible(explanation),
        attempts=_attempts(exhibits.db, exhibit.exhibit_id),
    )


def _same_as_logged(db: Database, exhibit: Exhibit) -> None:
    """The manifest is the one the custody log saw sealed: a casebook that was changed around the log is found here."""
    sealed = [
        e.facts.get("manifest_sha256") for e in CustodyLog(db).entries(exhibit.exhibit_id) if e.action == "sealed"
    ]
    if sealed != [exhibit.manifest_sha256]:
        logged = ", ".join(map(str, sealed)) or "nothing"
        raise CertificateRefused(
            "custody",
            exhibit.exhibit_id,
            f"no certificate: {exhibit.exhibit_id} names the manifest {exhibit.manifest_sha256}, the custody log "
            f"{logged}",
        )


def _record(exhibits: Exhibits, exhibit: Exhibit, manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    digests = {file.path: file.sha256 for file in exhibits.files(exhibit.exhibit_id)}
    name = "capture.json"
    if name not in digests:
        raise CertificateRefused("record", exhibit.exhibit_id, f"no certificate: {exhibit.exhibit_id} has no {name}")
    found = _object(exhibit.exhibit_id, name, _bytes(exhibits.vault, exhibit.exhibit_id, name, digests[name]))
    stated = [manifest.get("captured_at"), read.at(found, "captured_at") or clock.iso(exhibit.captured_at)]
    if stated != [clock.iso(exhibit.captured_at)] * 2:
        sentence = (
            f"no certificate: {exhibit.exhibit_id}: manifest, record and casebook disagree on the time of capture"
        )
        raise CertificateRefused(
            "record", exhibit.exhibit_id, f"{sentence}: {stated}, {clock.iso(exhibit.captured_at)}"
        )
    return found


def _files(
    exhibits: Exhibits, exhibit: Exhibit, manifest: Mapping[str, Any], record: Mapping[str, Any], size: int
) -> Iterator[FileFacts]:
    """Every file of the manifest, hashed anew, then the manifest itself."""
    listed = {row["path"]: (row["bytes"], row["sha256"]) for row in manifest.get("files", [])}
    known = {f.path: (f.bytes, f.sha256) for f in exhibits.files(exhibit.exhibit_id) if f.path != MANIFEST}
    if listed != known:
        sentence = f"no certificate: {exhibit.exhibit_id}: the casebook lists other files than the sealed manifest"
        raise CertificateRefused("hash", exhibit.exhibit_id, sentence)
    roles = {row.get("path"): row for row in read.rows(record, "content", "files") if isinstance(row, Mapping)}
    at = exhibit.captured_at
    for path, (length, digest) in sorted(listed.items()):
        size_now, digest_now = _hash(exhibits.vault, exhibit.exhibit_id, path, digest)
        row = roles.get(path, {})
        what, source = read.known(row, "role") or what_is(path), read.known(row, "derived_from")
        found = FileFacts(visible(path), what, source, length, digest, size_now, digest_now, at)
        if not found.matches:
            sentence = (
                f"no certificate: {exhibit.exhibit_id}: {path} was {length} bytes when sealed and is {size_now} now"
            )
            raise CertificateRefused("hash", exhibit.exhibit_id, sentence)
        yield found
    digest = exhibit.manifest_sha256
    yield FileFacts(
        MANIFEST, MANIFEST_WHAT, "", size, digest, *_hash(exhibits.vault, exhibit.exhibit_id, MANIFEST, digest), at
    )


def _hash(vault: Vault, exhibit_id: str, path: str, digest: str) -> tuple[int, str]:
    """Size and SHA-256 of the bytes that the vault gives now."""
    try:
        with vault.open(digest) as stream:
            found, size = sha256(), 0
            while piece := stream.read(READ_BYTES):
                found.update(piece)
                size += len(piece)
    except StoreError as error:
        raise _damaged(exhibit_id, path, error) from error
    if found.hexdigest() != digest:
        raise _damaged(exhibit_id, path, StoreError(f"its bytes have the digest {found.hexdigest()}"))
    return size, found.hexdigest()


def _bytes(vault: Vault, exhibit_id: str, path: str, digest: str) -> bytes:
    try:
        data = vault.read(digest)
    except StoreError as error:
        raise _damaged(exhibit_id, path, error) from error
    if sha256_hex(data) != digest:
        raise _damaged(exhibit_id, path, StoreError(f"its bytes have the digest {sha256_hex(data)}"))
    return data


def _damaged(exhibit_id: str, path: str, error: StoreError) -> CertificateRefused:
    sentence = f"no certificate: {exhibit_id}: {path} does not have the digest it was sealed with: {error}"
    return CertificateRefused("hash", exhibit_id, sentence)


def _object(exhibit_id: str, name: str, data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise CertificateRefused("record", exhibit_id, f"no certificate: {exhibit_id}: {name} is not a JSON object")
    return value


def _unexplained(number: int, exhibit_id: str, problems: tuple[str, ...]) -> str:
    more = f" and {len(problems) - 4} more" if len(problems) > 4 else ""
    return (
        f"no certificate: exhibit {number} ({exhibit_id}) was captured with errors that nobody has explained: "
        f"{'; '.join(problems[:4])}{more}. If they do not affect what it shows, say why with "
        f'--explain {exhibit_id}="…": the words are printed in the certificate and logged under your name'
    )


def _failed_stamps(exhibits: Exhibits, exhibit_id: str) -> tuple[str, ...]:
    rows = (row for row in exhibits.stamps(exhibit_id) if row.state != "verified")
    return tuple(visible(f"{clock.iso(r.asked_at)} {r.authority}: {r.state}: {r.reason}") for r in rows)


def _attempts(db: Database, exhibit_id: str) -> tuple[str, ...]:
    rows = (one for one in store.events(db, exhibit_id) if str(one.state) in ("failed", "refused"))
    return tuple(visible(f"{clock.iso(one.at)} {one.state}: {one.reason}") for one in rows)
