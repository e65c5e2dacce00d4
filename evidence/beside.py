"""What an exhibit has beside the page itself: the apps it offers and what the registry says of its domain. One hook.

In: what a capture saw. Out: files laid down in the draft's directory, each with its role for the record, and what was
tried and is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from crawler.config import CollectorSettings
from crawler.egress import Guard
from crawler.exchange import Exchange
from evidence.app_identifiers import APPS
from evidence.app_offers import APK_TYPE, offers
from evidence.apps import FOLDER, NOTE, AppKeeper
from evidence.config import CaptureSettings
from evidence.digest import canonical_json
from evidence.guarded_fetch import Fetcher
from evidence.host_facts import software
from evidence.page_archive import storable
from evidence.rdap import RDAP, NoRegistry, Registry

#: name -> role, media type, and what it was made from
ROLES = {
    RDAP: ("what the registry has on record for the domain, or why it is not known", "application/json", ""),
    APPS: (
        "app packages that the page offers, and what they say of themselves",
        "application/json",
        "",
    ),
    NOTE: ("warning", "text/plain; charset=utf-8", ""),
}


@dataclass(frozen=True, slots=True)
class Beside:
    """Names of the files that were laid down, and what was tried and is missing: ``(what, reason)``."""

    files: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]


def role_of(name: str) -> tuple[str, str, str]:
    """Role, media type and origin of a file that this module lays down. Raises KeyError for any other."""
    if name.startswith(f"{FOLDER}/") and name != NOTE:
        return "app package as it was offered; NEVER RUN", APK_TYPE, ""
    return ROLES[name]


def lay_down(
    directory: Path,
    html: str,
    url: str,
    got: Iterable[Exchange],
    downloads: Iterable[str],
    *,
    settings: CaptureSettings,
    collector: CollectorSettings,
    guard: Guard,
    registry: Registry | None = None,
) -> Beside:
    """Lays down ``rdap.json`` always, and ``apps.json`` with ``apps/`` where the page at ``url`` offers packages.

    ``html`` is the document as it stood in the end; ``got`` are the page's exchanges; ``downloads`` the recorder's
    notes. Raises OSError when the directory cannot be written, StoreError when the casebook cannot.
    """
    known = registry or NoRegistry("this capture was made without asking a registry")
    content = known.look_up(urlsplit(url).hostname or "")
    (directory / RDAP).write_bytes(canonical_json(storable(dict(content))))
    fetcher = Fetcher(guard, f"{software()} (+{collector.contact})", "apps")
    kept = AppKeeper(settings, fetcher, directory).keep(offers(html, url, got, downloads))
    return Beside((RDAP, *kept.files), kept.missing)
