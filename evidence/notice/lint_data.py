"""Holds a draft's data against the house as it is now: exhibits, terms, look-up, deadline, recipients. Findings out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from classifiers.providers import Standing
from crawler import clock
from evidence.errors import EvidenceError
from evidence.exhibit import Exhibit, Exhibits
from evidence.notice.acts import StruckOf, check_manifest
from evidence.notice.findings import Finding, Level
from evidence.notice.lookup import LookUp

BRAND_CODES = frozenset({"BRAND_MISUSE"})
THREATS = {
    "IN": "India, Trade Marks Act 1999, section 142: a groundless threat of proceedings can be answered in court",
    "UK": "United Kingdom, Intellectual Property (Unjustified Threats) Act 2017: an unjustified threat is actionable",
    "US": "United States, 17 U.S.C. 512(f): a knowing misstatement in a takedown notice makes liable",
}
INDIRECT = frozenset({"reseller", "customer"})
PUBLISHED = frozenset({"host", "platform"})


@dataclass(frozen=True, slots=True)
class House:
    """What the data is held against. ``accepted`` are the case's accepted exhibits in order; ``lookups`` are of now."""

    exhibits: Exhibits
    accepted: tuple[str, ...]
    struck: StruckOf
    lookups: tuple[LookUp, ...]
    max_age_days: int
    now: datetime
    override: str = ""


def check_data(data: Mapping[str, Any], house: House) -> Iterator[Finding]:
    """Every finding about the data."""
    yield from _exhibits(data, house)
    yield from _lookups(house)
    yield from _terms(data, house)
    yield from _letter(data, house)
    yield from _recipients(data)
    yield from _for_counsel(data)


def _exhibits(data: Mapping[str, Any], house: House) -> Iterator[Finding]:
    used = {act["exhibit_id"]: act for act in data["acts"]}
    for row in data["exhibits"]:
        name, place = row["exhibit_id"], f"exhibit {row['number']}"
        if name not in house.accepted:
            said = f"{name} is not accepted in {data['case_id']} now: a named person must accept it, or draft anew"
            yield Finding(Level.REFUSE, "exhibit-not-accepted", place, said)
            continue
        if house.accepted.index(name) + 1 != row["number"]:
            said = f"{name} has another number in the case now: draft anew, so that letter and bundle agree"
            yield Finding(Level.REFUSE, "exhibit-number", place, said)
        if broken := _broken(house.exhibits, name, row["manifest_sha256"]):
            yield Finding(Level.REFUSE, "exhibit-hash", place, broken)
            continue
        exhibit = house.exhibits.get(name)
        yield from _age(exhibit, place, house, cited=name in used)
        if not exhibit.sealed or exhibit.practice_only:
            said = "practice timestamps only" if exhibit.practice_only else "unsealed: fewer timestamps than wanted"
            yield Finding(
                Level.FINAL, "exhibit-unsealed", place, f"{name} has {said}".replace("has unsealed", "is unsealed")
            )
        struck = house.struck(name)
        for quote in used.get(name, {"quotes": ()})["quotes"]:
            if quote["index"] in struck:
                said = f"the claim was struck by a person after this was drafted: {quote['words'][:60]!r}"
                yield Finding(Level.REFUSE, "claim-struck", f"fact {quote['number']}", said)


def _broken(exhibits: Exhibits, name: str, manifest: str) -> str:
    try:
        exhibit = exhibits.get(name)
        check_manifest(exhibits, exhibit)
    except EvidenceError as error:
        return str(error)
    return "" if exhibit.manifest_sha256 == manifest else f"{name}: the draft names another manifest digest"


def _age(exhibit: Exhibit, place: str, house: House, *, cited: bool) -> Iterator[Finding]:
    age = house.now - exhibit.captured_at
    if cited and age > timedelta(days=house.max_age_days):
        limit = f"{house.max_age_days} is the most (notice.max_exhibit_age_days)"
        said = f"captured {age.days} days ago; {limit}: capture it anew"
        yield Finding(Level.REFUSE, "exhibit-age", place, said)


def _lookups(house: House) -> Iterator[Finding]:
    if not house.lookups:
        yield Finding(
            Level.REFUSE, "provider-missing", "directory", "no look-up in the directory of providers is on record"
        )
    for one in house.lookups:
        place = f"exhibit {one.exhibit_number}"
        said = (
            f"look-up in the directory of authorised providers: {one.standing.value.replace('_', ' ')} – {one.sentence}"
        )
        if one.blocks and not (one.standing is Standing.LISTED and house.override):
            rule = "provider-missing" if one.standing is Standing.NOT_CHECKED else f"provider-{one.standing.value}"
            yield Finding(Level.REFUSE, rule, place, said)
        elif one.standing is Standing.LISTED:
            yield Finding(Level.WARN, "provider-override", place, f"{said}; counsel goes on: {house.override}")
        elif one.stale:
            yield Finding(Level.WARN, "provider-stale", place, f"{said}; import a newer copy of the directory")
        elif one.standing is Standing.RESELLER_CLAIMED:
            yield Finding(
                Level.WARN, "provider-reseller", place, f"{said}; a reseller can be lawful without an entry of its own"
            )


def _terms(data: Mapping[str, Any], house: House) -> Iterator[Finding]:
    for breach in data["breaches"]:
        if not breach["acts"]:
            tie = f"--code {breach['code']}=1"
            said = f"no quoted claim suggests {breach['code']}: tie it to acts ({tie}), or leave it out"
            yield Finding(Level.REFUSE, "code-without-act", breach["code"], said)
        if not breach["clauses"]:
            yield Finding(
                Level.REFUSE, "code-without-clause", breach["code"], "a finding needs a clause or a registration"
            )
        for clause in breach["clauses"]:
            yield from _clause(clause, f"{breach['code']} {clause['ref']}", data["region"], house)
    for clause in data["statement"]:
        yield from _clause(clause, f"part 8 {clause['ref']}", data["region"], house)


def _clause(clause: Mapping[str, Any], place: str, region: str, house: House) -> Iterator[Finding]:
    if not clause["effective"]:
        acts = ", ".join(map(str, clause["acts"]))
        said = f"the registry knows no version in force when act {acts} was done in {region}"
        yield Finding(Level.FINAL, "terms-no-version", place, said)
    elif clause["capture"] is None:
        said = f"the version of {clause['effective']} is not pinned to a captured page: 'offsignal terms pin'"
        yield Finding(Level.FINAL, "terms-unpinned", place, said)
    else:
        yield from _capture(clause["capture"], place, house)
    if not clause["translated"]:
        yield Finding(Level.WARN, "terms-in-english", place, "no paraphrase in the letter's language: it is in English")


def _capture(capture: Mapping[str, Any], place: str, house: House) -> Iterator[Finding]:
    name = capture["exhibit_id"]
    if broken := _broken(house.exhibits, name, capture["manifest_sha256"]):
        yield Finding(Level.REFUSE, "terms-hash", place, broken)
        return
    text = house.exhibits.read(name, "text.txt").decode("utf-8")
    if text[capture["start"] :][: len(capture["words"])] != capture["words"]:
        yield Finding(Level.REFUSE, "terms-words", place, f"{name} does not hold the clause's words at their place")
    if capture["other_address"]:
        said = f"captured at {capture['url']}, another address than the document's: {capture['other_address']}"
        yield Finding(Level.WARN, "terms-address", place, said)


def _letter(data: Mapping[str, Any], house: House) -> Iterator[Finding]:
    deadline = data.get("deadline") or {}
    if not deadline.get("local") or not deadline.get("zone"):
        yield Finding(Level.REFUSE, "deadline-missing", "part 10", "the deadline has no date or no time zone")
    else:
        if clock.parse(deadline["utc"]) <= house.now:
            yield Finding(Level.REFUSE, "deadline-past", "part 10", f"the deadline {deadline['local']} is over")
        for note in deadline["notes"]:
            yield Finding(Level.WARN, "deadline-note", "part 10", note)
    brand = [breach["code"] for breach in data["breaches"] if breach["code"] in BRAND_CODES]
    if brand and not data["registrations"]:
        said = (
            "marks are asserted without a registration: add [[registrations]] to the sender file, or leave the code out"
        )
        yield Finding(Level.REFUSE, "mark-without-registration", "part 7", said)
    for name in ("name", "firm", "address", "authority"):
        if not data["sender"][name]:
            yield Finding(Level.FINAL, "blank", "part 1", f"sender.{name} is empty")
    for name in ("name", "about"):
        if not data["client"][name]:
            yield Finding(Level.FINAL, "blank", "part 5", f"client.{name} is empty")
    for name, value in (("subject", data["subject"]), ("contact", data["contact"])):
        if not value:
            yield Finding(Level.FINAL, "blank", "letter", f"letter.{name} is empty")
    if not data["service_methods"]:
        yield Finding(Level.FINAL, "blank", "part 3", "letter.service_methods is empty")
    if not data["recipients_given"]:
        said = "no recipient was given: the case's name stands in for a legal name"
        yield Finding(Level.FINAL, "recipient-assumed", "part 2", said)


def _recipients(data: Mapping[str, Any]) -> Iterator[Finding]:
    roles = {one["role"] for one in data["recipients"]}
    marks = bool(data["registrations"]) or any(one["code"] in BRAND_CODES for one in data["breaches"])
    region = data["region"]
    if roles & INDIRECT:
        said = "a threat to customers or resellers rather than to the maker is the classic groundless threat"
        for place in dict.fromkeys((region, *THREATS)):
            if place in THREATS:
                yield Finding(Level.WARN, "groundless-threat", "part 2", f"{said}; {THREATS[place]}")
    elif marks and region in THREATS:
        yield Finding(Level.WARN, "groundless-threat", "part 7", f"rights in marks are asserted; {THREATS[region]}")
    if roles & PUBLISHED:
        said = "a letter to a host or store publishes the statement to a third party: defamation, and 17 U.S.C. 512(f)"
        yield Finding(Level.WARN, "third-party", "part 2", said)


def _for_counsel(data: Mapping[str, Any]) -> Iterator[Finding]:
    for sentence in data["in_favour"]:
        yield Finding(Level.WARN, "in-favour", "for counsel", sentence)
    for sentence in data["left_out"]:
        yield Finding(Level.WARN, "left-out", "for counsel", sentence)


def worst(findings: Sequence[Finding], *, final: bool) -> bool:
    """Whether the findings stand against the step: any refusal, and in a final notice what may not be in one."""
    refused = {Level.REFUSE, Level.FINAL} if final else {Level.REFUSE}
    return any(finding.level in refused for finding in findings)
