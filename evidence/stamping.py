"""Asks authorities for an exhibit's timestamps and keeps what they answer: exhibits in, stamps and custody entries out.

A stamp is over the bytes of ``manifest.json``. What fails is kept with its reason and asked for again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from crawler import clock
from crawler.casebook import writing
from crawler.errors import StoreError
from evidence import store
from evidence.exhibit import Custody, Exhibit, Exhibits
from evidence.store import StampRow
from evidence.timestamp import Stamper, StampResult, StampState

#: After so many failures in a row to reach an authority the rest of the exhibits do not wait for it.
GIVE_UP_AFTER = 2
NO_ANSWER = frozenset({StampState.SLOW, StampState.UNREACHABLE})


@dataclass(frozen=True, slots=True)
class Stamped:
    """What stamping gave: ``exhibits`` that were waiting, those of them that became ``sealed``, tokens and failures."""

    exhibits: int = 0
    sealed: int = 0
    tokens: int = 0
    failures: int = 0


def stamp(
    exhibit: Exhibit, exhibits: Exhibits, stamper: Stamper, custody: Custody, *, skip: Collection[str] = ()
) -> tuple[StampResult, ...]:
    """Asks every configured authority that has not stamped the exhibit and is not in ``skip``; keeps every answer.

    Raises StoreError when the manifest is damaged or nothing can be written; never for what an authority does.
    """
    manifest = exhibits.vault.read(exhibit.manifest_sha256)
    results = tuple(stamper.stamp(manifest, skip={*exhibit.stamped_by, *skip}))
    for result in results:
        _keep(exhibit, exhibits, custody, result)
    return results


def stamp_pending(exhibits: Exhibits, stamper: Stamper, custody: Custody) -> Stamped:
    """Asks for every token that a configured authority has not given yet, for unsealed exhibits first.

    An authority that does not answer is not waited for twice; of sealed exhibits one that fails in whatever way is
    not asked again and again. A sealed exhibit whose manifest is damaged is left to the check of proofs.
    """
    silent: dict[str, int] = {}
    failing: dict[str, int] = {}
    waiting = exhibits.unsealed()
    asked, tokens, failures = len(waiting), 0, 0
    for exhibit in (*waiting, *_lacking(exhibits, stamper)):
        counts = failing if exhibit.sealed else silent
        given_up = [name for name, times in counts.items() if times >= GIVE_UP_AFTER]
        if exhibit.sealed and not _readable(exhibits, exhibit):
            continue
        results = stamp(exhibit, exhibits, stamper, custody, skip=given_up)
        asked += exhibit.sealed and bool(results)
        for result in results:
            name, verified = result.authority, result.state is StampState.VERIFIED
            tokens, failures = tokens + verified, failures + (not verified)
            silent[name] = silent.get(name, 0) + 1 if result.state in NO_ANSWER else 0
            failing[name] = 0 if verified else failing.get(name, 0) + 1
    return Stamped(asked, len(waiting) - len(exhibits.unsealed()), tokens, failures)


def _lacking(exhibits: Exhibits, stamper: Stamper) -> tuple[Exhibit, ...]:
    """The sealed exhibits that a configured authority has not stamped, by time of capture."""
    names = {authority.name for authority in stamper.settings.authorities}
    return tuple(one for one in exhibits.list() if one.sealed and names.difference(one.stamped_by))


def _readable(exhibits: Exhibits, exhibit: Exhibit) -> bool:
    try:
        exhibits.vault.read(exhibit.manifest_sha256)
    except StoreError:
        return False
    return True


def _keep(exhibit: Exhibit, exhibits: Exhibits, custody: Custody, result: StampResult) -> None:
    files = {name: exhibits.vault.put(data) for name, data in result.files().items()}
    row = _row(exhibit.exhibit_id, result, files)
    with writing(exhibits.db):
        if result.state is StampState.VERIFIED and result.authority in exhibits.get(exhibit.exhibit_id).stamped_by:
            return  # another process was faster; one token of an authority is enough
        store.add_stamp(exhibits.db, row)
        about = {"authority": row.authority, "practice": row.practice, "manifest_sha256": exhibit.manifest_sha256}
        if result.token is not None:
            custody.record("stamped", exhibit.exhibit_id, {**about, "gen_time": row.gen_time, "serial": row.serial})
        else:
            custody.record("stamp_failed", exhibit.exhibit_id, {**about, "state": row.state, "reason": row.reason})


def _row(exhibit_id: str, result: StampResult, files: dict[str, str]) -> StampRow:
    whose = (exhibit_id, result.authority, result.url, result.practice, str(result.state), result.reason)
    token = result.token
    if token is None:
        return StampRow(*whose, result.asked_at)
    times = (clock.iso(token.gen_time), token.serial, token.policy, token.signer, clock.iso(token.signer_not_after))
    return StampRow(*whose, result.asked_at, *times, files)
