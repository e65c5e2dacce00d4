"""OpenTimestamps for exhibits: asks for proofs that are missing and for the rest of those that are pending."""

from __future__ import annotations

from dataclasses import dataclass

from crawler import clock
from crawler.casebook import writing
from evidence import proof_tables
from evidence.exhibit import Custody, Exhibit, Exhibits
from evidence.ots import Calendars, OtsState, Proof
from evidence.proof_tables import OtsRow

MAX_ASKED = 500
"""A round's exhibits; what is left over is asked for in the next one."""
GIVE_UP_AFTER = 3
"""After so many exhibits in a row for which no calendar did anything the others do not wait for them."""


@dataclass(frozen=True, slots=True)
class OtsRound:
    """What a round gave, in numbers of exhibits. ``told`` is what the calendars said last when they did not serve."""

    submitted: int = 0
    confirmed: int = 0
    waiting: int = 0
    told: tuple[str, ...] = ()


def look_after(exhibits: Exhibits, calendars: Calendars, custody: Custody) -> OtsRound:
    """Submits what has no proof and upgrades what is pending. Raises StoreError; never for what a calendar does."""
    if not calendars.calendars:
        return OtsRound()
    known = proof_tables.ots_proofs(exhibits.db)
    todo = [one for one in exhibits.list() if _wants(known.get(one.exhibit_id))]
    submitted = confirmed = silent = 0
    told: tuple[str, ...] = ()
    for exhibit in todo[:MAX_ASKED]:
        row = known.get(exhibit.exhibit_id)
        manifest = exhibits.vault.read(exhibit.manifest_sha256)
        proof = (
            calendars.submit(manifest)
            if row is None
            else calendars.upgrade(exhibits.vault.read(row.proof_sha256), manifest)
        )
        grown = proof.state is OtsState.CONFIRMED or (row is None and proof.state is OtsState.PENDING)
        if grown:
            _keep(exhibits, custody, exhibit, proof)
        submitted += row is None and grown
        confirmed += proof.state is OtsState.CONFIRMED
        told = proof.told or told
        silent = 0 if grown or _only_early(proof) else silent + 1
        if silent == GIVE_UP_AFTER:
            break
    waiting = sum(_wants(row) for row in proof_tables.ots_proofs(exhibits.db).values())
    return OtsRound(submitted, confirmed, waiting, told)


def _wants(row: OtsRow | None) -> bool:
    return row is None or row.state == OtsState.PENDING


def _only_early(proof: Proof) -> bool:
    """Whether the calendars answered that the digest is not anchored yet, which is how every proof begins."""
    return bool(proof.told) and all(one.endswith("not anchored yet") for one in proof.told)


def _keep(exhibits: Exhibits, custody: Custody, exhibit: Exhibit, proof: Proof) -> None:
    digest = exhibits.vault.put(proof.data)
    with writing(exhibits.db):
        row = OtsRow(exhibit.exhibit_id, clock.now(), str(proof.state), proof.blocks, digest)
        proof_tables.add_ots(exhibits.db, row)
        facts = {"state": row.state, "blocks": list(row.blocks), "proof_sha256": digest}
        custody.record("opentimestamps", exhibit.exhibit_id, facts)
