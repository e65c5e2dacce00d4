"""The custody log as a bundle carries it: the log in, the lines of ``custody.jsonl`` out.

The first line names the format, the case and the head. Then one line for every entry of the log from the first to
the head: in full with its hash when it is about the case or one of its exhibits, else its number and leaf digest
alone. So the whole chain recomputes, and what concerns other cases stays in the house.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.custody import CustodyLog, Entry, Head
from evidence.digest import canonical_json
from evidence.history import concerns

FORMAT = "offsignal-custody-1"


def extract(log: CustodyLog, case_id: str, exhibit_ids: frozenset[str], head: Head) -> Iterator[bytes]:
    """The lines of ``custody.jsonl`` up to ``head``, each ending in LF."""
    yield canonical_json({"format": FORMAT, "case": case_id, "head": head.to_dict()}) + b"\n"
    for entry in log.entries():
        if entry.seq > head.seq:
            return
        if concerns(entry, case_id, exhibit_ids):
            yield canonical_json({"entry": entry.content(), "hash": entry.hash}) + b"\n"
        else:
            yield canonical_json({"seq": entry.seq, "leaf": entry.leaf}) + b"\n"


def shown(log: CustodyLog, case_id: str, exhibit_ids: frozenset[str], head: Head) -> tuple[Entry, ...]:
    """The entries that :func:`extract` shows in full, for the report."""
    return tuple(e for e in log.entries() if e.seq <= head.seq and concerns(e, case_id, exhibit_ids))
