"""What a lint says: one finding a sentence, refused or warned about. Nothing else is here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """``refuse``: never. ``final``: not in a final notice, said as a warning before. ``warn``: counsel's to weigh."""

    REFUSE = "refuse"
    FINAL = "final"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``rule`` is its stable name, ``place`` where it stands (a part, a fact's number, an exhibit)."""

    level: Level
    rule: str
    place: str
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)
