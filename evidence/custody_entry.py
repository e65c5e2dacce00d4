"""One entry of the custody log and the head of its tree: rows of ``casebook.db`` in, records and the hashed bytes out.

The leaf of an entry is SHA-256(0x00 || the entry's content as RFC 8785 bytes), as :mod:`evidence.merkle` says. The
content has nine fields; ``seq`` counts from 1, so the entry ``seq`` is leaf ``seq - 1`` of the tree. Each entry carries
a random ``salt``: the digest of an entry that is not shown tells nothing to somebody who guesses its words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any

from crawler import clock
from evidence import merkle
from evidence.digest import canonical_json

COLUMNS = "seq, at, actor, action, subject, purpose, facts, key, salt, leaf"


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the tree: how many entries it is over, and its root in hex; ``EMPTY`` for an empty log."""

    size: int
    root: str

    def to_dict(self) -> dict[str, Any]:
        """``{"size", "root"}`` as manifests carry it."""
        return {"size": self.size, "root": self.root}


EMPTY = Head(0, merkle.EMPTY_ROOT.hex())


@dataclass(frozen=True, slots=True)
class Entry:
    """One touch: who (``actor``) did what (``action``) to which ``subject``, when, why (``purpose``), with which facts.

    ``facts`` is a JSON object with ASCII names and no fractions, which every program spells alike. ``key`` is what
    made the entry idempotent, else empty. ``leaf`` is the digest of all that, in hex.
    """

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    purpose: str
    facts: Mapping[str, Any]
    key: str
    salt: str
    leaf: str

    @property
    def index(self) -> int:
        """Its place among the leaves of the tree, which count from 0."""
        return self.seq - 1

    def content(self) -> dict[str, Any]:
        """What the leaf is over: everything but the leaf."""
        return {
            "seq": self.seq,
            "at": clock.iso(self.at),
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "purpose": self.purpose,
            "facts": dict(self.facts),
            "key": self.key,
            "salt": self.salt,
        }


def entry_from(row: tuple[Any, ...]) -> Entry:
    """The record of a row in the order of ``COLUMNS``. Raises ValueError for facts or a time that cannot be read."""
    seq, at, actor, action, subject, purpose, facts, key, salt, leaf = row
    return Entry(seq, clock.parse(at), actor, action, subject, purpose, json.loads(facts), key, salt, leaf)


def leaf_of_row(row: tuple[Any, ...]) -> bytes:
    """The leaf digest of a stored row, from its text as it stands: ``facts`` is stored as RFC 8785 text already.

    The same bytes as canonical_json(entry.content()), ten times as fast. Raises TypeError for a column that is no text.
    """
    seq, at, actor, action, subject, purpose, facts, key, salt = row[:9]
    text = encode_basestring
    spelled = (
        f'{{"action":{text(action)},"actor":{text(actor)},"at":{text(at)},"facts":{facts},"key":{text(key)},'
        f'"purpose":{text(purpose)},"salt":{text(salt)},"seq":{seq},"subject":{text(subject)}}}'
    )
    return merkle.leaf_hash(spelled.encode("utf-8"))


def spelled_facts(facts: Mapping[str, Any]) -> str:
    """Facts as RFC 8785 text. Raises ValueError for what plain sorting or another printer would spell otherwise."""
    text = canonical_json(dict(facts)).decode()
    _plain(json.loads(text))
    return text


def _plain(value: Any) -> None:
    if isinstance(value, float):
        raise ValueError(f"custody facts hold no fractions: write {value} as text")
    if isinstance(value, dict) and (names := [name for name in value if not name.isascii()]):
        raise ValueError(f"custody facts have ASCII names, not {names[0]!r}")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _plain(part)
