"""The directory of authorised providers as it stood on one day: rows, and the digest of the capture they came from.

A file is JSON: ``{"format": "offsignal-providers-1", "captured_at", "source", "sha256", "providers": [{"name",
"domains", "numbers", "tier", "services", "country", "profile"}]}``. Names that say nothing ("Business Messaging") are
kept, shown, and never matched.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from classifiers.errors import BadDirectory

FORMAT = "offsignal-providers-1"
STALE_DAYS = 30
_COMPANY = frozenset(
    """inc llc ltd limited pvt private plc gmbh ag sa sas srl bv nv oy ab as co corp corporation company ltda me eireli
    sl spa kft sro ooo pte pty fze fzco llp holdings holding group pt tbk""".split()  # noqa: SIM905  a list to be read
)
_GENERIC = frozenset(
    """whatsapp meta business messaging message messages messenger api cloud solution solutions service services
    technology technologies tech software systems system digital media marketing mobile communication communications
    connect chat chats bot bots bulk sms sender platform global international india brasil brazil data web net online
    the and of for one partner partners provider official home contact about pricing blog features login team welcome
    support help products product docs documentation faq group agency crm ai app apps smart fast easy my go plus pro
    wave spark infinity express direct link point hub center centre world star first best""".split()  # noqa: SIM905
)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Provider:
    """One row. ``domains`` are registrable, ``numbers`` E.164; what the directory does not tell is empty."""

    name: str
    domains: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    tier: str = ""
    services: tuple[str, ...] = ()
    country: str = ""
    profile: str = ""

    def entry(self) -> str:
        """The row in one line, as the directory's side of a comparison is quoted."""
        parts = (self.tier, self.country, ", ".join(self.domains), ", ".join(self.numbers))
        return "“" + " · ".join((self.name, *(part for part in parts if part))) + "”"


@dataclass(frozen=True, slots=True)
class Directory:
    """One snapshot. ``age_days`` is how old it was when loaded, None when the caller did not say what day it is."""

    providers: tuple[Provider, ...]
    captured_at: datetime
    source: str
    sha256: str
    age_days: int | None = None
    _domains: dict[str, list[Provider]] = field(default_factory=dict, repr=False, compare=False)
    _numbers: dict[str, list[Provider]] = field(default_factory=dict, repr=False, compare=False)
    _names: dict[str, list[Provider]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for provider in self.providers:
            for domain in provider.domains:
                self._domains.setdefault(domain, []).append(provider)
            for number in provider.numbers:
                self._numbers.setdefault(number, []).append(provider)
            if name := plain_name(provider.name):
                self._names.setdefault(name, []).append(provider)

    @classmethod
    def load(cls, path: Path, now: datetime | None = None) -> Directory:
        """Reads a file. ``now`` tells its age. Raises BadDirectory for one that is missing or of another shape."""
        try:
            table = json.loads(path.read_text("utf-8"))
            if table["format"] != FORMAT:
                raise ValueError(f"its format is {table['format']!r}, not {FORMAT!r}")
            rows = tuple(_provider(row) for row in table["providers"])
            captured = datetime.fromisoformat(table["captured_at"])
            if captured.tzinfo is None:
                raise ValueError("captured_at names no time zone")
            age = None if now is None else max(0, (now - captured).days)
            return cls(rows, captured, str(table["source"]), str(table["sha256"]), age)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadDirectory(f"{path}: no snapshot of the directory can be read: {error}; import it again") from error

    def to_dict(self) -> dict[str, Any]:
        """The JSON form that :meth:`load` reads."""
        return {
            "format": FORMAT,
            "captured_at": self.captured_at.isoformat(),
            "source": self.source,
            "sha256": self.sha256,
            "providers": [asdict(provider) for provider in self.providers],
        }

    @property
    def stale(self) -> bool:
        """Whether it is too old to be relied on."""
        return self.age_days is not None and self.age_days > STALE_DAYS

    def stamp(self) -> str:
        """Which snapshot this is and how old, for a reason's end."""
        said = f"directory as of {self.captured_at:%Y-%m-%d}, sha256 {self.sha256[:12]}"
        return f"{said}, {self.age_days} days old: capture it again" if self.stale else said

    def of_domain(self, domain: str) -> tuple[Provider, ...]:
        """The rows of a registrable domain."""
        return tuple(self._domains.get(domain, ()))

    def of_number(self, number: str) -> tuple[Provider, ...]:
        """The rows of an E.164 number."""
        return tuple(self._numbers.get(number, ()))

    def of_name(self, name: str) -> tuple[Provider, ...]:
        """The rows of a name as :func:`plain_name` gives it; () for a generic one."""
        return tuple(self._names.get(name, ())) if name else ()

    def named_in(self, text: str) -> Iterator[tuple[Provider, int, int]]:
        """Where whole names stand in a text, longest first at each place. Linear in the text for bounded names."""
        words = [(_folded(match[0]), match.start(), match.end()) for match in _WORD.finditer(text)]
        longest = max((name.count(" ") + 1 for name in self._names), default=0)
        starts = {name.partition(" ")[0] for name in self._names}
        for index, (word, start, _) in enumerate(words):
            if word not in starts:
                continue
            for size in range(min(longest, len(words) - index), 0, -1):
                name = " ".join(part[0] for part in words[index : index + size])
                if name in self._names and text[start : start + 1] == text[start : start + 1].upper():
                    for provider in self._names[name]:
                        yield provider, start, words[index + size - 1][2]
                    break


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """A name without its company form, case and accents; "" when nothing is left that could tell one from another."""
    words = [_folded(match[0]) for match in _WORD.finditer(name[:200])]
    while words and (words[-1] in _COMPANY or (len(words[-1]) == 1 and words[-1].isascii())):
        words.pop()  # "A.Ş.", "S. A." leave single letters
    telling = [word for word in words if word not in _GENERIC and word not in _COMPANY and not word.isdecimal()]
    return " ".join(words) if any(sum(map(str.isalpha, word)) >= 4 for word in telling) or len(telling) > 1 else ""


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word).casefold().replace("ı", "i")
    return "".join(char for char in plain if not unicodedata.combining(char))


def _provider(row: Mapping[str, Any]) -> Provider:
    domains, numbers, services = (tuple(map(str, row.get(name, ()))) for name in ("domains", "numbers", "services"))
    tier, country, profile = (str(row.get(name, "")) for name in ("tier", "country", "profile"))
    return Provider(str(row["name"]), domains, numbers, tier, services, country, profile)
