"""Which key signed when: the custody log in, the keys out that it introduced, changed or gave up, in their order.

The log says of each key from which entry on it signs and at which entry it was retired. A checkpoint over ``size``
entries is believed from the key that stood at entry ``size``, and from no other.
"""

from __future__ import annotations

from dataclasses import dataclass

from evidence.custody import CustodyLog, Entry
from evidence.errors import KeyRefused, Unreadable, Unverified
from evidence.signed_note import Signer, VerifierKey, read_verifier

LOG = "custody-log"  #: the subject of entries that are about the log itself
INTRODUCED, ROTATED = "key_introduced", "key_rotated"


@dataclass(frozen=True, slots=True)
class KeyPeriod:
    """One key: the entry that introduced it, and the one that retired it, if any. ``lost`` is what was said then."""

    key: VerifierKey
    introduced: Entry
    retired: Entry | None = None
    lost: bool = False

    def stood_at(self, size: int) -> bool:
        """Whether this was the log's key when it had ``size`` entries."""
        return self.introduced.seq <= size and (self.retired is None or size < self.retired.seq)


def periods(log: CustodyLog) -> tuple[KeyPeriod, ...]:
    """Every key of the log in the order they stood. Raises Unverified when the entries do not fit together."""
    found: list[KeyPeriod] = []
    both = [*log.entries(LOG, action=INTRODUCED), *log.entries(LOG, action=ROTATED)]
    for entry in sorted(both, key=lambda one: one.seq):
        before = found[-1] if found else None
        new, old = str(entry.facts.get("vkey", "")), str(entry.facts.get("old_vkey", ""))
        if (before.key.vkey if before else "") != old:
            raise Unverified(f"custody entry {entry.seq}: replaces a key that was not the log's key then")
        try:
            key = read_verifier(new)
        except Unreadable as error:
            raise Unverified(f"custody entry {entry.seq}: {error}") from error
        if before:
            lost = entry.facts.get("old_key") == "lost"
            found[-1] = KeyPeriod(before.key, before.introduced, entry, lost)
        found.append(KeyPeriod(key, entry))
    return tuple(found)


def introduce(log: CustodyLog, signer: Signer, actor: str) -> VerifierKey:
    """Enters the log's first key, once; returns the key. Call it inside the log's batch.

    Raises KeyRefused when the log has another key: then it was rotated elsewhere, or this is the wrong one.
    """
    known = periods(log)
    if not known:
        facts = {"vkey": signer.verifier.vkey}
        log.append(INTRODUCED, LOG, actor=actor, purpose="to sign checkpoints of the log", facts=facts)
    elif known[-1].key != signer.verifier:
        raise KeyRefused(
            f"the custody log's key is {known[-1].key.vkey}, and this one is {signer.verifier.vkey}: put the right key "
            "back, or run 'offsignal custody rotate-key --lost' if it is gone"
        )
    return signer.verifier
