"""What the report says of a capture record: ``capture.json`` in, labelled facts and honest limits out.

The record is :mod:`evidence.capture_record`'s. A field that could not be had holds ``{"value": null, "reason": …}``:
here it becomes "not recorded" with the reason where a reader would look for it, and is left out elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta, timezone
from typing import Any

from crawler import clock

ROBOTS = {
    "allowed": "robots.txt allows this address",
    "none": "the site has no robots.txt",
    "unreachable": "robots.txt could not be reached",
    "refused": "robots.txt forbids this address",
}


def facts_of(capture: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Label and value of each fact, in the order they are shown; what the record does not hold is left out."""
    network, collection = capture["network"], capture["collection"]
    target, context = capture["target"], capture["context"]
    browser, width_height = collection["browser"], " × ".join(map(str, collection["viewport"]))
    rows = (
        ("Address reached", _reached(capture)),
        ("Way there", _way(target["redirect_chain"])),
        ("Captured", f"{_time(collection['started_at'])} to {_time(collection['ended_at'])[11:]} UTC"),
        ("Answer", _answer(capture)),
        ("Server", f"{_told(capture['server_ip'])}, port {_told(network['port'])}"),
        ("Connection", _connection(network["tls"])),
        ("Certificate SHA-256", _plain(network["tls"].get("sha256"))),
        ("Robots", _robots(network["robots"])),
        ("Language", _plain(target["language"])),
        ("Seller, as stated", _plain(target["seller_name_shown"])),
        ("Published, as stated", _plain(target["publish_date_shown"])),
        ("Found by", f"source {context['found_by']}, {_time(context['seen_at'])} UTC"),
        ("Browser", f"{browser['product']} {browser['version']}, {width_height} pixels, {collection['locale']}"),
        ("User agent", _plain(collection["user_agent"])),
        ("Collector", f"{_plain(collection['operator_name'])}, machine {_told(collection['host_name'])}"),
    )
    return tuple((label, value) for label, value in rows if value)


def cover_of(capture: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Label and value of each fact on the cover of a printed exhibit, in the order they are shown."""
    collection, network = capture["collection"], capture["network"]
    browser = collection["browser"]
    rows = (
        ("Address requested", str(capture["url"])),
        ("Address reached", str(capture["url_final"])),
        ("Way there", _way(capture["target"]["redirect_chain"])),
        ("Captured, UTC", f"{_time(collection['started_at'])} to {_time(collection['ended_at'])[11:]}"),
        ("Captured, local", local_time(collection)),
        ("HTTP status", f"{capture['status']} {network['status_text']}"),
        ("Server", f"{_told(capture['server_ip'])}, port {_told(network['port'])}"),
        ("Connection", _connection(network["tls"])),
        ("Collected by", _collector(collection)),
        ("Machine", f"{_told(collection['host_name'])}, {_told(collection.get('os'))}"),
        ("Browser", f"{browser['product']} {browser['version']}"),
    )
    return tuple((label, value) for label, value in rows if value)


def local_time(collection: Mapping[str, Any]) -> str:
    """The begin of the capture by the collecting machine's own clock, with its zone as the record has it."""
    zone = _plain(collection.get("timezone_of_host"))
    found = re.fullmatch(r"(.*?)\s*([+-])(\d\d):?(\d\d)", zone)
    if not found:
        return f"not known: the zone of the collecting machine is {_told(collection.get('timezone_of_host'))}"
    offset = timedelta(hours=int(found[3]), minutes=int(found[4])) * (-1 if found[2] == "-" else 1)
    moment = clock.parse(collection["started_at"]).astimezone(timezone(offset))
    told = f"UTC{found[2]}{found[3]}:{found[4]}"
    return f"{moment:%Y-%m-%d %H:%M:%S} {told}{f' ({found[1]})' if found[1].isalpha() and found[1] != 'UTC' else ''}"


def _collector(collection: Mapping[str, Any]) -> str:
    organisation = _plain(collection.get("organisation"))
    who = _told(collection["operator_name"]) + (f", {organisation}" if organisation else "")
    return f"a program under the responsibility of {who}"


def limits_of(capture: Mapping[str, Any]) -> tuple[str, ...]:
    """Sentences a reader should know before relying on this exhibit, made from its facts."""
    return tuple(dict.fromkeys([*_limits(capture), *map(str, capture["limits"])]))


def _limits(capture: Mapping[str, Any]) -> Iterator[str]:
    collection, network = capture["collection"], capture["network"]
    for row in capture["missing"]:
        yield f"The capture is partial: {row['what']}: {row['reason']}."
    if capture["status"] != 200:
        yield f"The server answered {capture['status']}, so this shows what it said instead of the page."
    decision = _plain(network["robots"]["decision"])
    if decision != "allowed":
        yield f"About robots.txt: {ROBOTS.get(decision, _told(network['robots']['decision']))}."
    made, answered = collection["requests"]["made"], collection["requests"]["answered"]
    if made > answered:
        yield f"{made - answered} of {made} requests of the page were not answered; the picture may lack parts."
    if tried := [name for name, values in collection["page_tried"].items() if values]:
        yield f"The page tried to open {', '.join(tried)}; they were not let through."
    if capture["server_ip"] == "127.0.0.1":
        yield "The page came from this very machine: it is a practice page and shows how the program works."


def _plain(value: Any) -> str:
    """The value as text; empty for one that could not be had."""
    return "" if value is None or isinstance(value, Mapping) else str(value)


def _told(value: Any) -> str:
    """The value as text, or "not recorded" with the reason."""
    if isinstance(value, Mapping):
        return f"not recorded ({value.get('reason', 'no reason given')})"
    return _plain(value) or "not recorded"


def _time(text: str) -> str:
    return f"{clock.parse(text):%Y-%m-%d %H:%M:%S}"


def _reached(capture: Mapping[str, Any]) -> str:
    return "" if capture["url_final"] == capture["url"] else str(capture["url_final"])


def _way(chain: list[Mapping[str, Any]]) -> str:
    """The redirects, each with its status; empty when there were none."""
    if len(chain) < 2:
        return ""
    return " → ".join(f"{hop['url']} ({_told(hop['status'])})" for hop in chain)


def _answer(capture: Mapping[str, Any]) -> str:
    network = capture["network"]
    kind = next((value for name, value in network["response_headers"] if name.lower() == "content-type"), "no type")
    sizes = {row["path"]: row["bytes"] for row in capture["content"]["files"]}
    size = f", {sizes['body.bin']:,} bytes" if "body.bin" in sizes else ""
    return f"{capture['status']} {network['status_text']}, {network['http_version']}, {kind}{size}"


def _connection(tls: Mapping[str, Any]) -> str:
    """What vouches for the server, in words."""
    if "protocol" not in tls:
        return str(tls["reason"])
    trusted = {True: "trusted by the browser", False: "NOT trusted by the browser"}
    state = trusted.get(tls["trusted_by_browser"], "trust not recorded")
    valid = f"valid {_plain(tls['not_before'])[:10]} to {_plain(tls['not_after'])[:10]}"
    return f"{_told(tls['protocol'])}; {_told(tls['subject'])}, issued by {_told(tls['issuer'])}, {valid}, {state}"


def _robots(robots: Mapping[str, Any]) -> str:
    decision = _plain(robots["decision"])
    said = ROBOTS.get(decision, decision) or _told(robots["decision"])
    return f"{said}; asked {_time(robots['decided_at'])} UTC"
