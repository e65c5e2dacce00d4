"""The records of the notices' ledger: a draft, an event, a service. Nothing else is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a notice's history. ``facts`` are plain values; what they hold depends on ``kind``."""

    seq: int
    notice_id: str
    kind: str
    by: str
    at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """One draft. ``data`` is what :mod:`evidence.notice.composing` made."""

    id: str
    case_id: str
    draft_sha256: str
    data: dict[str, Any]
    drafted_by: str
    drafted_at: datetime


@dataclass(frozen=True, slots=True)
class Service:
    """That a notice was served: the pivot of everything after it. ``proof_sha256`` is of the file that proves it."""

    notice_id: str
    case_id: str
    served_at: datetime
    method: str
    proof_sha256: str
    recorded_by: str
    docx_sha256: str
