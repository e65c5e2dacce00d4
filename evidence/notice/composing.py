"""Puts a notice's data together: facts, terms, what counsel gave and confirmed in; the draft's data (plain JSON) out.

The data is what approvals are bound to and what the lint holds a finished document against. No score, label or
reviewer's note is in it, and no settlement text: that belongs in a letter of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from crawler import clock
from evidence.chronology import STATEMENT
from evidence.decision import one_line
from evidence.digest import canonical_json, sha256_hex
from evidence.errors import NotAllowed
from evidence.exhibit import Exhibits
from evidence.notice.acts import Act, Facts
from evidence.notice.deadline import Deadline, zone_of
from evidence.notice.letter import Given
from evidence.notice.lookup import LookUp
from evidence.notice.pins import Terms
from evidence.notice.registry import REGIONS, codes, suggest
from evidence.notice.wording import words

FORMAT = "offsignal-notice-1"
STATEMENT_CLAUSE = "faq-bulk:statement"
DEMANDS = "abcdefghijk"
UNDERTAKEN = "abcdefg"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose: language, region, confirmed codes, clauses beside the codes' own and those left out."""

    language: str
    region: str
    codes: tuple[str, ...]
    clauses: tuple[str, ...]
    demands: str
    day: date
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuses what the data files do not know."""
        words(self.language)
        if self.region not in REGIONS:
            raise NotAllowed(f"there is no region {self.region!r}: choose of {', '.join(REGIONS)}")
        if unknown := [code for code, _ in self.coded() if code not in codes()]:
            raise NotAllowed(f"there is no finding code {unknown[0]!r}: the codes are {', '.join(codes())}")
        if not self.demands or set(self.demands) - set(DEMANDS):
            raise NotAllowed(f"--demands {self.demands!r}: give letters of {DEMANDS}")

    def coded(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The confirmed codes, each with the acts that counsel ties it to; none when the claims decide.

        Raises NotAllowed for acts that are no numbers.
        """
        parts = [code.partition("=") for code in self.codes]
        if bad := [acts for _, _, acts in parts if acts and not all(one.isdecimal() for one in acts.split("+"))]:
            raise NotAllowed(f"--code: {bad[0]!r} names no acts: tie a code to acts as BRAND_MISUSE=1+2")
        return tuple((name, tuple(int(one) for one in acts.split("+") if one)) for name, _, acts in parts)


def compose(
    notice_id: str,
    case: tuple[str, str],
    facts: Facts,
    given: Given,
    choice: Choice,
    deadline: Deadline,
    terms: Terms,
    lookups: Sequence[LookUp],
    exhibits: Exhibits,
) -> dict[str, Any]:
    """The data of one draft. ``case`` is ID and name. Raises NotAllowed without an act or a confirmed code."""
    if not facts.acts:
        why = "; ".join(facts.left_out) or "no exhibit is accepted"
        raise NotAllowed(f"{case[0]} has no act that a notice could state: {why}")
    if not choice.codes:
        hint = ", ".join(suggest([kind for act in facts.acts for kind in act.types])) or "none"
        raise NotAllowed(f"counsel must confirm at least one finding code with --code; the claims suggest: {hint}")
    matter = given.letter.matter or case[0]
    return {
        "format": FORMAT,
        "notice_id": notice_id,
        "case_id": case[0],
        "language": choice.language,
        "region": choice.region,
        "date": choice.day.isoformat(),
        "matter": one_line(matter, "the matter", 200),
        "subject": given.letter.subject,
        "sender": given.sender.model_dump(),
        "client": given.client.model_dump(),
        "recipients": [one.model_dump(mode="json") for one in given.recipients]
        or [{"name": case[1], "role": "vendor"}],
        "recipients_given": bool(given.recipients),
        "service_methods": list(given.letter.service_methods),
        "identifiers": [asdict(one) | {"exhibits": list(one.exhibits)} for one in facts.identifiers],
        "registrations": [one.model_dump(mode="json", by_alias=True) for one in given.registrations],
        "acts": [_act(act, deadline.zone) for act in facts.acts],
        "left_out": list(facts.left_out),
        "in_favour": list(facts.in_favour),
        "breaches": _breaches(facts, choice, terms),
        "statutes": list(given.letter.statutes),
        "statement_date": STATEMENT.date().isoformat(),
        "statement": _clauses(STATEMENT_CLAUSE, facts.acts, choice, terms),
        "earlier_letters": [one.model_dump(mode="json") for one in given.earlier_letters],
        "demands": "".join(sorted(set(choice.demands))),
        "deadline": _deadline(deadline),
        "contact": given.letter.contact or given.sender.contact,
        "exhibits": [_exhibit(number, one, exhibits) for number, one in enumerate(facts.exhibits, 1)],
        "lookups": [one.to_dict() for one in lookups],
    }


def digest(data: dict[str, Any]) -> str:
    """SHA-256 of the draft's data in canonical JSON: what approvals name."""
    return sha256_hex(canonical_json(data))


def _act(act: Act, zone: str) -> dict[str, Any]:
    local = act.at.astimezone(zone_of(zone))
    return {
        "number": act.number,
        "exhibit_number": act.exhibit_number,
        "exhibit_id": act.exhibit_id,
        "url": act.url,
        "url_final": act.url_final,
        "at": clock.iso(act.at),
        "local": local.isoformat(timespec="seconds"),
        "zone": zone,
        "manifest_sha256": act.manifest_sha256,
        "quotes": [asdict(quote) | {"also": list(quote.also)} for quote in act.quotes],
    }


def _breaches(facts: Facts, choice: Choice, terms: Terms) -> list[dict[str, Any]]:
    rows = []
    for place, (name, tied) in enumerate(choice.coded()):
        code = codes()[name]
        acts = [act for act in facts.acts if (act.number in tied if tied else code.any_of & act.types)]
        refs = dict.fromkeys((*code.clauses, *(choice.clauses if place == 0 else ())))
        kept = [ref for ref in refs if ref not in choice.without]
        clauses = [row for ref in kept for row in _clauses(ref, acts or facts.acts, choice, terms)]
        rows.append(
            {
                "code": name,
                "label": code.label.get(choice.language, code.label["en"]),
                "acts": [act.number for act in acts],
                "also": list(code.also),
                "clauses": clauses,
            }
        )
    return rows


def _clauses(ref: str, acts: Sequence[Act], choice: Choice, terms: Terms) -> list[dict[str, Any]]:
    """One row for each version of the clause that was in force when one of the acts was done."""
    registry = terms.registry
    known = registry.known(ref)
    document = registry.document(known[0].document)
    rows: dict[str, dict[str, Any]] = {}
    for act in acts:
        version = registry.in_force(document.id, choice.region, act.at.date())
        clause = registry.clause(ref, version.effective) if version else None
        key = clause.effective.isoformat() if clause else ""
        row = rows.setdefault(key, _clause(ref, document.title, document.url, known[-1].part))
        row["acts"].append(act.number)
        if clause is None or row["effective"]:
            continue
        pin = terms.pin_of(clause, choice.region)
        row |= {"effective": key, "part": clause.part, "paraphrase": clause.words(choice.language)}
        row["translated"] = choice.language in clause.paraphrase
        row["capture"] = pin and {
            "exhibit_id": pin.exhibit_id,
            "captured_at": clock.iso(pin.captured_at),
            "url": pin.url,
            "manifest_sha256": pin.manifest_sha256,
            "words": pin.words,
            "start": pin.start,
            "other_address": pin.other_address,
        }
    return list(rows.values())


def _clause(ref: str, title: str, url: str, part: str) -> dict[str, Any]:
    return {
        "ref": ref,
        "title": title,
        "url": url,
        "part": part,
        "effective": "",
        "paraphrase": "",
        "translated": True,
        "capture": None,
        "acts": [],
    }


def _deadline(deadline: Deadline) -> dict[str, Any]:
    return {
        "local": deadline.moment.isoformat(timespec="minutes"),
        "utc": clock.iso(deadline.utc),
        "zone": deadline.zone,
        "rule": deadline.rule,
        "notes": list(deadline.notes),
    }


def _exhibit(number: int, exhibit: Any, exhibits: Exhibits) -> dict[str, Any]:
    return {
        "number": number,
        "exhibit_id": exhibit.exhibit_id,
        "url": exhibit.url,
        "captured_at": clock.iso(exhibit.captured_at),
        "manifest_sha256": exhibit.manifest_sha256,
        "sealed": exhibit.sealed,
        "practice_only": exhibit.practice_only,
        "files": [{"path": f.path, "sha256": f.sha256} for f in exhibits.files(exhibit.exhibit_id)],
    }
