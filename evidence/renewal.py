"""Renews timestamps before they age: exhibits whose proofs end soon in, a new token over the old proofs out.

An RFC 3161 token is as good as the certificate of its signer; when that has ended, only somebody who knows that the
token existed before can rely on it. So, as in the time-stamp renewal of RFC 4998 section 5.2, a list of all proofs so
far (``renewal.json``, each file with its SHA-256) is stamped anew while the old signer's certificate still holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from crawler import clock
from crawler.casebook import writing
from evidence import proof_tables, store
from evidence.digest import canonical_json
from evidence.exhibit import Custody, Exhibit, Exhibits
from evidence.proof_tables import Renewal
from evidence.timestamp import StampResult, StampState

FORMAT = "offsignal-renewal-1"


class Stamps(Protocol):
    """Who stamps: :class:`evidence.timestamp.Stamper`."""

    def stamp(self, data: bytes) -> Sequence[StampResult]:
        """One result for every authority; none of them raises."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The signer's certificate of an authority ends at ``at``; ``exhibits`` proofs rest on it and are not renewed."""

    authority: str
    at: datetime
    exhibits: int


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a round of renewing gave. ``reason`` is empty, or why exhibits that need it were not renewed."""

    renewed: int = 0
    left: int = 0
    reason: str = ""


def endings(exhibits: Exhibits, before: datetime) -> tuple[Ending, ...]:
    """Which authorities' signers end before a moment while exhibits still rest on them, the soonest first."""
    found: dict[tuple[str, str], int] = {}
    for exhibit in exhibits.list():
        for authority, end in _resting(exhibits, exhibit):
            if clock.parse(end) < before:
                found[authority, end] = found.get((authority, end), 0) + 1
    rows = [Ending(authority, clock.parse(end), number) for (authority, end), number in found.items()]
    return tuple(sorted(rows, key=lambda one: (one.at, one.authority)))


def renew(exhibits: Exhibits, stamper: Stamps, custody: Custody, before: datetime) -> Renewed:
    """Renews every exhibit whose proofs rest on a signer that ends before that moment.

    A token that ends no later than the old ones renews nothing: then nothing is kept and the rest is not asked for.
    Raises StoreError when the vault or the casebook cannot be written; never for what an authority does.
    """
    todo = [one for one in exhibits.list() if any(clock.parse(end) < before for _, end in _resting(exhibits, one))]
    for done, exhibit in enumerate(todo):
        content = _list(exhibits, exhibit)
        results = stamper.stamp(content)
        good = [result for result in results if result.token and result.token.signer_not_after >= before]
        if not good:
            return Renewed(done, len(todo) - done, _why_not(results))
        _keep(exhibits, custody, exhibit, content, good)
    return Renewed(len(todo))


def horizon(days: float) -> datetime:
    """The moment in so many days."""
    return clock.now() + timedelta(days=days)


def _resting(exhibits: Exhibits, exhibit: Exhibit) -> list[tuple[str, str]]:
    """Authority and end of the signer of every token that the exhibit's proof rests on: those of the last renewal."""
    renewed = proof_tables.renewals(exhibits.db, exhibit.exhibit_id)
    if renewed:
        last = max(one.number for one in renewed)
        return [(one.authority, one.signer_not_after) for one in renewed if one.number == last]
    stamps = store.stamps(exhibits.db, exhibit.exhibit_id)
    return [(one.authority, one.signer_not_after) for one in stamps if one.state == StampState.VERIFIED]


def _list(exhibits: Exhibits, exhibit: Exhibit) -> bytes:
    """``renewal.json``: every proof of the exhibit so far, and the manifest they are over."""
    files: dict[str, str] = {}
    for stamp in store.stamps(exhibits.db, exhibit.exhibit_id):
        if stamp.state == StampState.VERIFIED:
            files |= {f"proofs/{stamp.authority}/{name}": digest for name, digest in stamp.files.items()}
    files |= proof_tables.renewal_files(exhibits.db, exhibit.exhibit_id)
    content: Mapping[str, Any] = {
        "format": FORMAT,
        "exhibit_id": exhibit.exhibit_id,
        "manifest_sha256": exhibit.manifest_sha256,
        "made_at": clock.iso(clock.now()),
        "proofs": [{"path": path, "sha256": files[path]} for path in sorted(files)],
    }
    return canonical_json(content)


def _keep(
    exhibits: Exhibits, custody: Custody, exhibit: Exhibit, content: bytes, results: Sequence[StampResult]
) -> None:
    digest = exhibits.vault.put(content)
    proofs = [({name: exhibits.vault.put(data) for name, data in one.files().items()}, one) for one in results]
    with writing(exhibits.db):
        earlier = proof_tables.renewals(exhibits.db, exhibit.exhibit_id)
        if {one.list_sha256 for one in earlier} != {row["sha256"] for row in _lists(content)}:
            return  # another process renewed it meanwhile
        number = max((one.number for one in earlier), default=0) + 1
        for files, result in proofs:
            if result.token is None:
                continue
            token = result.token
            times = (clock.iso(token.gen_time), token.serial, token.policy, token.signer)
            row = Renewal(
                *(exhibit.exhibit_id, number, digest, result.authority, result.url, result.practice),
                *times,
                signer_not_after=clock.iso(token.signer_not_after),
                files=files,
            )
            proof_tables.add_renewal(exhibits.db, row)
            facts = {"authority": result.authority, "number": number, "list_sha256": digest, "gen_time": row.gen_time}
            custody.record("proofs_renewed", exhibit.exhibit_id, facts)


def _lists(content: bytes) -> list[dict[str, str]]:
    """The rows of ``renewal.json`` that are earlier lists."""
    return [row for row in json.loads(content)["proofs"] if row["path"].endswith("/renewal.json")]


def _why_not(results: Sequence[StampResult]) -> str:
    told = []
    for result in results:
        if result.token is None:
            told.append(f"{result.authority}: {result.reason}")
        else:
            end = f"{result.token.signer_not_after:%Y-%m-%d}"
            told.append(f"{result.authority}: it still signs with a certificate that ends on {end}")
    return "; ".join(told) if told else "no authority is configured"
