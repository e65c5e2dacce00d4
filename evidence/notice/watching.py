"""After service: on which days the addresses of a notice are looked at again, and what looks like a reoffence.

Days are counted from the service, or before it from the letter's date: the day before, the day after, a week after,
the deadline, 30 and 90 days after. A day that was missed stays due until its look is made. A reoffence is the same
strong identifier with a claim that was not in the notice, after service: a suggestion for a person to record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from classifiers.judgement import Claim, Identifier
from crawler import clock
from crawler.sighting import url_key
from evidence.notice.acts import NOT_QUOTED
from evidence.notice.deadline import zone_of
from evidence.notice.ledger import APPROVED, CLOSED, WITHDRAWN, Notice, Notices, Service
from evidence.suggestion import strong_key

DAYS = (-1, 1, 7, 30, 90)


@dataclass(frozen=True, slots=True)
class Due:
    """One look that is due: since when (``day`` begins in the notice's time zone), and why."""

    notice_id: str
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Watched:
    """A page seen after service, as the morning report has it. ``claims`` are those of its latest judgement."""

    sighting_id: str
    url: str
    seen_at: datetime
    claims: tuple[Claim, ...]
    identifiers: tuple[Identifier, ...]
    exhibit_id: str


@dataclass(frozen=True, slots=True)
class Reoffence:
    """Same identifier, new claim, after service. ``exhibit_id`` is empty while nothing is preserved yet."""

    notice_id: str
    case_id: str
    served_at: datetime
    kind: str
    value: str
    url: str
    seen_at: datetime
    sighting_id: str
    exhibit_id: str
    new_claims: tuple[tuple[str, str], ...]
    same_address: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        times = {"served_at": clock.iso(self.served_at), "seen_at": clock.iso(self.seen_at)}
        return (
            asdict(self) | times | {"new_claims": [{"type": kind, "quote": quote} for kind, quote in self.new_claims]}
        )


def schedule(pivot: date, deadline: date, zone: str) -> tuple[tuple[str, datetime], ...]:
    """The looks of a notice by name, each with the moment its local day begins; earliest first."""
    named = {f"{days:+d} d": pivot + timedelta(days=days) for days in DAYS} | {"deadline": deadline}
    begins = {name: datetime.combine(day, time(0), tzinfo=zone_of(zone)) for name, day in named.items()}
    return tuple(sorted(begins.items(), key=lambda one: one[1]))


def due(notices: Notices, now: datetime) -> tuple[tuple[str, Due], ...]:
    """Every address of an approved or served notice with the latest look that is due; empty for closed matters."""
    services = {service.notice_id: service for service in notices.services()}
    found: list[tuple[str, Due]] = []
    for notice in notices.all():
        state, service = notices.state(notice.id), services.get(notice.id)
        if state in (CLOSED, WITHDRAWN) or (service is None and state != APPROVED):
            continue
        reached = [(name, since) for name, since in _schedule(notice, service) if since <= now]
        reached = reached if service else reached[:1]  # before service only the day before it is known
        if reached:
            name, since = reached[-1]
            found += [(url, Due(notice.id, name, since)) for url in addresses(notice)]
    return tuple(found)


def addresses(notice: Notice) -> tuple[str, ...]:
    """The addresses a notice speaks of, as they were asked for and as they were in the end."""
    urls = [url for act in notice.data["acts"] for url in (act["url"], act["url_final"])]
    return tuple({url_key(url): url for url in reversed(urls)}.values())[::-1]


def reoffences(notices: Notices, watched: Iterable[Watched]) -> tuple[Reoffence, ...]:
    """What looks like a reoffence among pages seen after a service; one for each notice and page."""
    pages, found = tuple(watched), []
    for service in notices.services():
        notice = notices.get(service.notice_id)
        if notices.state(notice.id) == CLOSED:
            continue
        shown = _identifiers(notice.data)
        said = {(url_key(act["url_final"]), q["words"]) for act in notice.data["acts"] for q in act["quotes"]}
        own = {url_key(url) for url in addresses(notice)}
        for page in pages:
            if page.seen_at <= service.served_at:
                continue
            here = url_key(page.url)
            fresh = [c for c in page.claims if c.type not in NOT_QUOTED and (here, c.quote) not in said]
            shared = next((key for one in page.identifiers if (key := strong_key(one)) in shown), None)
            if fresh and shared:
                quotes = tuple((str(claim.type), claim.quote) for claim in fresh)
                found.append(
                    Reoffence(
                        *(notice.id, notice.case_id, service.served_at, shared[0], shared[1], page.url, page.seen_at),
                        sighting_id=page.sighting_id,
                        exhibit_id=page.exhibit_id,
                        new_claims=quotes,
                        same_address=here in own,
                    )
                )
    return tuple(found)


def _schedule(notice: Notice, service: Service | None) -> Sequence[tuple[str, datetime]]:
    deadline = datetime.fromisoformat(notice.data["deadline"]["local"]).date()
    zone = notice.data["deadline"]["zone"]
    pivot = service.served_at.astimezone(zone_of(zone)).date() if service else date.fromisoformat(notice.data["date"])
    return schedule(pivot, deadline, zone)


def _identifiers(data: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """The strong identifiers of a notice. A reading that the page left open ties nothing together."""
    rows = (one for one in data["identifiers"] if one["basis"] == "shown")
    keys = (strong_key(Identifier(one["kind"], one["value"], one["quote"], -1, -1, "")) for one in rows)
    return frozenset(key for key in keys if key is not None)
