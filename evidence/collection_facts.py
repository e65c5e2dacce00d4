"""The part of a capture record that says who collected, how, and what to beware of: facts in, JSON values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crawler import clock
from crawler.config import CollectorSettings
from crawler.egress import Door
from crawler.sighting import Sighting
from evidence.claims_file import Findings
from evidence.clock_facts import clock_facts
from evidence.config import CaptureSettings
from evidence.earlier import Earlier
from evidence.host_facts import host_facts, tool_facts, unknown
from evidence.page_archive import Kept
from evidence.page_capture import PageCapture
from evidence.page_exchanges import Seen
from evidence.page_robots import RobotsAsker

MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class Around:
    """What a visit was made with, as far as the record needs it. ``browser``: :func:`crawler.browser.browser_facts`."""

    sighting: Sighting
    door: Door
    robots: RobotsAsker
    browser: Mapping[str, Any]
    earlier: Earlier | None


@dataclass(frozen=True, slots=True)
class Known:
    """Everything a record is made from. ``kept``: where each request's exchange lies, by ``id`` of its entry."""

    exhibit_id: str
    around: Around
    collector: CollectorSettings
    settings: CaptureSettings
    page: PageCapture
    main: Seen
    embedded: Mapping[str, Any]
    findings: Findings | None
    dns: Sequence[Mapping[str, Any]]
    kept: Mapping[int, Kept]

    @property
    def sighting(self) -> Sighting:
        """What led to the capture."""
        return self.around.sighting


def stated(value: str, setting: str) -> Any:
    """What the operator has set, or that it was not set, and where it is set."""
    return value or unknown(f"not set; capture.record.{setting} in offsignal.toml states it")


def collection(known: Known) -> dict[str, Any]:
    """Who collected, with what, when, and what the program and the page did meanwhile."""
    page, recorder, own = known.page, known.page.recorder, known.settings.record
    seen, notes = recorder.seen, recorder.notes
    host = host_facts()
    return {
        "operator_name": known.collector.operator,
        "organisation": known.collector.organisation or unknown("not set"),
        "contact": known.collector.contact,
        "operator_role": stated(own.operator_role, "operator_role"),
        **host,
        "make_model_serial": own.make_model_serial or host["make_model_serial"],
        "cloud_id": stated(own.cloud_id, "cloud_id"),
        "tool": tool_facts(),
        "browser": dict(known.around.browser),
        "browser_memory_peak_bytes": page.memory_bytes or unknown("the system does not tell"),
        "user_agent": page.user_agent,
        "viewport": list(known.settings.viewport),
        "locale": known.settings.locale,
        "timezone_of_page": "UTC",
        "timezone_of_host": clock.now().astimezone().strftime("%Z %z"),
        "physical_location": stated(own.physical_location, "physical_location"),
        "virtual_identity": "none",
        "login_used": False,
        "forms_submitted": False,
        "profile": "fresh, without cookies, cache, extensions or service workers",
        "scripts_run": list(page.scripts_run),
        "started_at": clock.iso(page.started_at),
        "ended_at": clock.iso(page.ended_at),
        "clock": clock_facts(),
        "bounds": known.settings.model_dump(exclude={"chromium", "record"}),
        "page_height_px": page.height_px if page.height_px is not None else unknown("not measured"),
        "requests": {
            "made": len(seen),
            "answered": sum(entry.exchange is not None for entry in seen),
            "recorded_on_the_wire": sum(entry.wire is not None for entry in seen),
            "refused_by_guard": sum(entry.refused for entry in seen),
            "not_of_the_page_log": len(recorder.wire.left),
        },
        "failures": [failure(one) for one in seen if one.failure and not one.refused][:MAX_LISTED],
        "page_tried": {
            "dialogs": notes.dialogs,
            "popups": notes.popups,
            "downloads": notes.downloads,
            "sockets": notes.sockets,
        },
    }


def privacy(known: Known) -> dict[str, Any]:
    """The legal basis as the operator has set it, and what personal data the exhibit was found to hold."""
    own, findings = known.settings.record, known.findings
    until: Any = unknown("not set; capture.record.retention_days in offsignal.toml states it")
    if own.retention_days is not None:
        until = clock.iso(known.page.started_at + timedelta(days=own.retention_days))[:10]
    return {
        "lawful_basis_ref": stated(own.lawful_basis_ref, "lawful_basis_ref"),
        "assessment_ref": stated(own.assessment_ref, "assessment_ref"),
        "purpose": own.purpose,
        "data_categories_found": sorted({one.kind for one in findings.identifiers}) if findings else [],
        "retention_date": until,
        "legal_hold": {"on": True, "matter": own.legal_hold}
        if own.legal_hold
        else {"on": False, "matter": unknown("none was set when this was captured; see the case for later holds")},
        "access_class": stated(own.access_class, "access_class"),
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
    answered = [entry for entry in known.page.recorder.seen if entry.exchange]
    if told := sum(entry.wire is None for entry in answered):
        found.append(
            f"{told} of {len(answered)} answers could not be recorded on the wire and are kept as the browser told "
            "them; urn:pageinfo: in the web archive says which, and why."
        )
    if not all(entry.exact for entry in answered):
        found.append("Some texts in the web archive are what the browser decoded, encoded again, not the bytes sent.")
    if known.page.recorder.notes.sockets:
        found.append("The page opened web sockets; what went through them is not recorded.")
    if not known.around.browser.get("sandbox", True):
        found.append(f"The browser's sandbox was off: {known.around.browser.get('sandbox_off_because', '')}.")
    if isinstance(clock_facts()["source"], dict):
        found.append("This machine's clock could not be compared with a time server; the timestamps bound the time.")
    return found
