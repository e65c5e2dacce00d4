"""The part of a capture record that says who collected, how, and what to beware of: facts in, JSON values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crawler import clock
from crawler.config import CollectorSettings
from crawler.sighting import Sighting
from evidence.claims_file import Findings
from evidence.config import CaptureSettings
from evidence.host_facts import host_facts, tool_facts, unknown
from evidence.page_capture import PageCapture
from evidence.page_recorder import Seen

MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class Known:
    """Everything a record is made from."""

    exhibit_id: str
    sighting: Sighting
    collector: CollectorSettings
    settings: CaptureSettings
    browser: Mapping[str, Any]
    page: PageCapture
    main: Seen
    embedded: Mapping[str, Any]
    findings: Findings | None
    dns: Sequence[Mapping[str, Any]]


def collection(known: Known) -> dict[str, Any]:
    """Who collected, with what, when, and what the program and the page did meanwhile."""
    page, recorder = known.page, known.page.recorder
    seen, notes = recorder.seen, recorder.notes
    return {
        "operator_name": known.collector.operator,
        "organisation": known.collector.organisation or unknown("not set"),
        "contact": known.collector.contact,
        "operator_role": unknown("stated by the person on the certificate"),
        **host_facts(),
        "tool": tool_facts(),
        "browser": dict(known.browser),
        "user_agent": page.user_agent,
        "viewport": list(known.settings.viewport),
        "locale": known.settings.locale,
        "timezone_of_page": "UTC",
        "timezone_of_host": clock.now().astimezone().strftime("%Z %z"),
        "physical_location": unknown("stated by the person on the certificate"),
        "virtual_identity": "none",
        "login_used": False,
        "forms_submitted": False,
        "profile": "fresh, without cookies, cache, extensions or service workers",
        "scripts_run": list(page.scripts_run),
        "started_at": clock.iso(page.started_at),
        "ended_at": clock.iso(page.ended_at),
        "clock": unknown("not measured here; each timestamp's result.json has the difference to the authority's time"),
        "bounds": known.settings.model_dump(exclude={"chromium"}),
        "page_height_px": page.height_px if page.height_px is not None else unknown("not measured"),
        "requests": {
            "made": len(seen),
            "answered": sum(entry.exchange is not None for entry in seen),
            "refused_by_guard": sum(entry.refused for entry in seen),
        },
        "failures": [failure(one) for one in seen if one.failure and not one.refused][:MAX_LISTED],
        "page_tried": {
            "dialogs": notes.dialogs,
            "popups": notes.popups,
            "downloads": notes.downloads,
            "sockets": notes.sockets,
        },
    }


def privacy(findings: Findings | None) -> dict[str, Any]:
    """What is known here of the legal basis and of personal data in the exhibit."""
    kept = unknown("kept by the operator, outside of the program")
    kinds = sorted({one.kind for one in findings.identifiers}) if findings else []
    return {
        "lawful_basis_ref": kept,
        "assessment_ref": kept,
        "purpose": "evidence of a public offer",
        "data_categories_found": kinds,
        "retention_date": kept,
        "legal_hold": kept,
        "access_class": kept,
    }


def failure(entry: Seen) -> dict[str, str]:
    """A request that came to nothing, with its reason."""
    return {"url": entry.url[:2000], "reason": entry.failure}


def limits(known: Known) -> list[str]:
    """Sentences that whoever relies on this capture must know, made from its facts."""
    found = []
    exchange = known.main.exchange
    if exchange is not None and exchange.url.startswith("http:"):
        found.append("The page came over plain HTTP: somebody on the way could have altered it.")
    state = known.page.recorder.tap.certificates
    if error := state.get("certificateNetworkError"):
        found.append(f"The server's certificate did not hold: {error}.")
    elif str(state.get("state", "")).startswith("insecure"):
        found.append("The browser did not trust the server's certificate.")
    if not all(entry.exact for entry in known.page.recorder.seen if entry.exchange):
        found.append("Some texts in the web archive are what the browser decoded, encoded again, not the bytes sent.")
    if known.page.recorder.notes.sockets:
        found.append("The page opened web sockets; what went through them is not recorded.")
    if not known.browser.get("sandbox", True):
        found.append("The browser's sandbox was off, because the program ran as root.")
    return found
