"""What the morning report says of a night: casebook in, one dictionary of plain JSON values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from classifiers.judgement import Claim, Judgement
from crawler import clock
from crawler.store import Issues, SourceRuns
from desk import checkpointing, elusion, looks, notice_watch, placing, proofs
from desk.changes import Change, Findings, Look, best_per_address, compare
from desk.nights import Night, Nights
from desk.operators import operators
from desk.workspace import Workspace
from evidence.exhibit import Exhibits


def compose(workspace: Workspace, night: Night, since: str) -> dict[str, Any]:
    """Everything the report says about a night, as plain JSON values."""
    db = workspace.db
    runs = looks.run_ids(db, night.night_id, since)
    tonight = looks.of_runs(db, runs)
    findings = compare(tonight, looks.earlier_offers(db, runs, night.started_at))
    review = [look for look in findings.review if not looks.dismissed(db, look)]
    exhibits = {one["sighting_id"]: one for one in _exhibits(workspace, tonight)}
    sources = [row for run in runs for row in _sources(workspace, run, tonight)]
    unsealed = Exhibits(db, workspace.vault).unsealed()
    data: dict[str, Any] = {
        "night": {
            "night_id": night.night_id,
            "started_at": night.started_at,
            "compared_with": _previous(Nights(db).all(), night),
        },
        "operator": workspace.settings.collector.operator,
        "new": [_offer(workspace, look, exhibits) for look in findings.new],
        "changed": [_changed(workspace, change, exhibits) for change in findings.changed],
        "same": [_offer(workspace, look, exhibits) for look in findings.same],
        "absent": [
            {"url": now.url, "seen_at": now.seen_at, "last_seen": before.seen_at, "reason": now.reason}
            for now, before in findings.absent
        ],
        "review": [_offer(workspace, look, exhibits) for look in review],
        "operators": _operators(workspace, tonight),
        "reoffences": notice_watch.morning_rows(db, tonight),
        "elusion": _elusion(workspace),
        "dismissed": len(findings.review) - len(review),
        "not_seen": [
            {"url": look.url, "state": look.state.value, "reason": look.reason, "source": look.source}
            for look in findings.not_seen
        ]
        + [
            {"url": look.url, "state": "not judged", "reason": look.reason, "source": look.source}
            for look in findings.not_judged
        ],
        "sources": sources,
        "exhibits": list(exhibits.values()),
        "unsealed": [{"exhibit_id": one.exhibit_id, "url": one.url} for one in unsealed],
        "model": _model(tonight),
        "written_at": clock.iso(clock.now()),
    }
    data["counts"] = _counts(tonight, findings, list(exhibits.values()), len(unsealed))
    data["counts"]["review"] = len(review)
    data["notices"] = _notices(workspace, night, data)
    return data


def _offer(workspace: Workspace, look: Look, exhibits: dict[str, dict[str, Any]]) -> dict[str, Any]:
    judged = look.judgement
    if judged is None:
        raise ValueError(f"{look.sighting_id} has no judgement")
    exhibit = exhibits.get(look.sighting_id)
    return {
        "sighting_id": look.sighting_id,
        "source": look.source,
        "url": look.url,
        "url_final": look.url_final,
        "title": look.title,
        "seen_at": look.seen_at,
        "first_seen": looks.first_offer(workspace.db, look.key),
        "label": judged.label.value,
        "probability": judged.probability,
        "decision": judged.decision.value,
        "supporting": look.supporting,
        "lang": judged.lang,
        "claims": [_claim(claim) for claim in varied(judged.claims)],
        "identifiers": [{"kind": one.kind, "value": one.value, "quote": one.quote} for one in judged.identifiers],
        "why": why(judged),
        "exhibit": exhibit,
        "image": f"{exhibit['exhibit_id']}.png" if exhibit and exhibit["viewport_sha256"] else "",
    }


def _operators(workspace: Workspace, tonight: Sequence[Look]) -> list[dict[str, Any]]:
    """Places whose offers share a number, a key or the very text."""
    seen = best_per_address(tonight)
    found = operators(
        [look for look in seen if look.offers],
        [look for look in seen if look.discarded],
        placing.fingerprints(workspace.db),
    )
    return [asdict(one) for one in found]


def _elusion(workspace: Workspace) -> dict[str, Any]:
    """This week's sample of what was discarded, as far as nobody has decided about it, and what all samples say."""
    week = elusion.draw(workspace.db, workspace.settings.judge.elusion_sample, clock.now())
    left = [
        {"sighting_id": look.sighting_id, "url": look.url, "title": look.title, "label": look.judgement.label.value}
        for look in elusion.waiting(workspace.db, week)
        if look.judgement is not None
    ]
    return {"week": week, "waiting": left, **asdict(elusion.estimate(workspace.db))}


def _changed(workspace: Workspace, change: Change, exhibits: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        **_offer(workspace, change.now, exhibits),
        "came": [_claim(claim) for claim in change.came],
        "went": [_claim(claim) for claim in change.went],
        "last_seen": change.before.seen_at,
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "type": claim.type.value,
        "quote": claim.quote,
        "start": claim.start,
        "end": claim.end,
        "field": claim.field,
    }


def varied(claims: Sequence[Claim]) -> list[Claim]:
    """The claims with one of each type first, so that the first few say the most; each group in the page's order."""
    first = list({claim.type: claim for claim in reversed(claims)}.values())[::-1]
    return [*first, *(claim for claim in claims if claim not in first)]


def why(judged: Judgement) -> str:
    """The sentence that decided the band: of the first rule that moved it, else of the strongest reason."""
    for reason in (*(r for r in judged.reasons if r.rule.startswith("route.")), *judged.reasons):
        return reason.sentence
    return ""


def _exhibits(workspace: Workspace, tonight: Sequence[Look]) -> list[dict[str, Any]]:
    """The exhibits captured from tonight's sightings."""
    store, rows = Exhibits(workspace.db, workspace.vault), []
    for look in tonight:
        exhibit = store.of_sighting(look.sighting_id)
        if exhibit is not None:
            files = {file.path: file.sha256 for file in store.files(exhibit.exhibit_id)}
            rows.append(
                {
                    "exhibit_id": exhibit.exhibit_id,
                    "sighting_id": look.sighting_id,
                    "url": exhibit.url,
                    "captured_at": clock.iso(exhibit.captured_at),
                    "state": exhibit.state.value,
                    "sealed": exhibit.sealed,
                    "missing": [dict(one) for one in exhibit.missing],
                    "proofs": [dict(one) for one in store.proofs(exhibit.exhibit_id)],
                    "viewport_sha256": files.get("viewport.png", ""),
                }
            )
    return rows


def _sources(workspace: Workspace, run: str, tonight: Sequence[Look]) -> list[dict[str, Any]]:
    issues = Issues(workspace.db)
    rows = []
    for ran in SourceRuns(workspace.db).of_run(run):
        options = workspace.settings.sources.get(ran.source)
        seen = [look for look in tonight if look.source == ran.source]
        offers = sum(look.offers and not look.supporting for look in seen)
        rows.append(
            {
                "source": ran.source,
                "run": run,
                "state": ran.state,
                "reason": ran.reason,
                "counts": dict(ran.counts),
                "sightings": len(seen),
                "floor": options.floor if options else 0,
                "ceiling": options.ceiling if options else 100_000,
                "offers": offers,
                "harvest_rate": offers / len(seen) if seen else 0.0,
                "skipped": _skipped(ran.counts),
                "issues": [
                    f"{one.what}{f' ({one.times} times)' if one.times > 1 else ''}"
                    for one in issues.of_run(run, ran.source)
                ],
            }
        )
    return rows


def _skipped(counts: Mapping[str, int]) -> str:
    """Addresses that were found and not visited, with the budget or limit that left them out; empty when none."""
    parts = [f"{n} left out by {name[9:]}" for name, n in sorted(counts.items()) if name.startswith("skipped: ") and n]
    return ", ".join(parts)


def _counts(
    tonight: Sequence[Look], found: Findings, exhibits: Sequence[dict[str, Any]], unsealed: int
) -> dict[str, int]:
    return {
        "sightings": len(best_per_address(tonight)),
        "new": sum(not look.supporting for look in found.new),
        "supporting": sum(look.supporting for look in found.new),
        "changed": len(found.changed),
        "same": len(found.same),
        "absent": len(found.absent),
        "not_seen": len(found.not_seen),
        "not_judged": len(found.not_judged),
        "exhibits_sealed": sum(one["sealed"] for one in exhibits),
        "exhibits_unsealed": unsealed,
    }


def _notices(workspace: Workspace, night: Night, data: dict[str, Any]) -> list[dict[str, str]]:
    """What needs a person first thing in the morning, worst first."""
    notices = []
    nights = Nights(workspace.db)
    for step in ("crawl", "recheck"):
        summary = nights.summary(night, step)
        if summary and "broken" in summary:
            notices.append(_notice("bad", f"The {step} broke: {summary['broken']}.", f"See logs/{night.night_id}.log."))
    for source in data["sources"]:
        if source["state"] in ("failed", "refused"):
            notices.append(_notice("bad", f"Source {source['source']}: {source['state']}.", source["reason"]))
        if source["sightings"] < source["floor"]:
            says = f"{source['sightings']} seen, at least {source['floor']} expected."
            notices.append(
                _notice("bad", f"Source {source['source']} is below its floor: {says}", "Has its layout changed?")
            )
        if source["sightings"] > source["ceiling"]:
            says = f"{source['sightings']} seen, at most {source['ceiling']} expected."
            notices.append(_notice("", f"Source {source['source']} is above its ceiling: {says}", ""))
    if data["unsealed"]:
        what = f"{len(data['unsealed'])} exhibits are unsealed: no timestamp yet."
        notices.append(
            _notice("bad", what, "They are tried again every night, or now with 'offsignal capture --pending'.")
        )
    if data["reoffences"]:
        what = f"{len(data['reoffences'])} pages look like a reoffence after a served notice."
        notices.append(_notice("bad", what, "See 'After a notice' below; a person records it."))
    notices += [_notice(*one) for one in proofs.notices(workspace, nights.summary(night, "proofs"))]
    notices += [_notice(*one) for one in checkpointing.notices(nights.summary(night, "checkpoint"))]
    practice = [a.name for a in workspace.settings.timestamp.authorities if a.practice]
    if practice:
        notices.append(
            _notice("", f"Timestamps by {', '.join(practice)} are PRACTICE ones.", "They prove nothing to a stranger.")
        )
    return notices


def _notice(level: str, what: str, do: str) -> dict[str, str]:
    return {"level": level, "what": what, "do": do}


def _previous(nights: Sequence[Night], night: Night) -> str:
    earlier = [one.night_id for one in nights if one.number < night.number]
    return earlier[-1] if earlier else ""


def _model(tonight: Sequence[Look]) -> str:
    return next((look.judgement.model for look in tonight if look.judgement), "none: nothing was judged")
