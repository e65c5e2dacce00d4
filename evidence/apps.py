"""Keeps the app packages that a captured page offers: offers in, inert files and ``apps.json`` out.

A package is fetched only where the settings allow it (``capture.fetch_apps``), as a program that says who it is, with
robots.txt obeyed on every hop, and streamed into a file of a name that no system opens by itself. It is evidence of
what was offered and is never run, installed or unpacked; what it says of itself is read by :mod:`evidence.apk_reading`
in a process with limits. The download is not in ``capture.wacz``, which is what the browser saw: its hops stand in
``apps.json``, and the body is the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.apk_reading import read_package
from evidence.app_identifiers import APPS, CERTIFICATE_KIND
from evidence.app_keys import shared_key
from evidence.app_offers import APK_TYPE, Offer
from evidence.config import CaptureSettings
from evidence.digest import canonical_json, sha256_file
from evidence.guarded_fetch import Fetched, Fetcher
from evidence.host_facts import unknown
from evidence.page_archive import storable
from evidence.robots_gate import RobotsGate

FORMAT = "offsignal-apps-1"
FOLDER, NOTE = "apps", "apps/NEVER-RUN.txt"
SUFFIX = ".apk.quarantined"
MAX_APPS = 3
MAX_LISTED = 50
DOWNLOAD_S = 110.0
WARNING = (
    "NEVER RUN. The files in apps/ are app packages as their makers offered them. They are kept as evidence, may be "
    "harmful, and are never to be opened, installed or run outside of an isolated laboratory. Their names end in "
    f"{SUFFIX} so that nothing opens them by mistake; the bytes are unaltered."
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What was laid down: file names in the exhibit, and what was tried and is missing, with its reason."""

    files: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]


class AppKeeper:
    """Fetches and reads the packages of one exhibit into its directory."""

    def __init__(self, settings: CaptureSettings, fetcher: Fetcher, directory: Path) -> None:
        self._settings, self._fetcher, self._directory = settings, fetcher, directory
        self._gate = RobotsGate(fetcher)
        self._files: list[str] = []
        self._missing: list[tuple[str, str]] = []

    def keep(self, offered: Sequence[Offer]) -> Kept:
        """Lays down ``apps.json`` and what could be had of the offers; nothing at all when there are none.

        Never raises for what pages and servers do. OSError passes through when the directory cannot be written.
        """
        if not offered:
            return Kept((), ())
        rows = [self._offer(offer, number) for number, offer in enumerate(offered[:MAX_LISTED], 1)]
        content = {
            "format": FORMAT,
            "warning": WARNING,
            "settings": {
                "fetch_apps": self._settings.fetch_apps,
                "max_app_bytes": self._settings.max_app_bytes,
                "max_apps": MAX_APPS,
            },
            "offers": rows,
            "robots": self._gate.asked,
            "offers_not_listed": max(len(offered) - MAX_LISTED, 0),
            "identifiers": _identifiers(rows),
        }
        (self._directory / APPS).write_bytes(canonical_json(storable(content)))
        if self._files:
            (self._directory / NOTE).write_text(WARNING + "\n", "utf-8")
            self._files.append(NOTE)
        return Kept((APPS, *self._files), tuple(self._missing))

    def _offer(self, offer: Offer, number: int) -> dict[str, Any]:
        row: dict[str, Any] = {"url": offer.url[:2083], "found": list(offer.found)}
        if number > MAX_APPS:
            return {**row, **_without(f"only the first {MAX_APPS} offers of a page are kept")}
        if offer.answer is not None and offer.answer.body and not offer.answer.truncated:
            path = self._place(offer.answer.body)
            return {
                **row,
                **self._told(path),
                "chain": unknown("it came with the page; see its record in capture.wacz"),
            }
        if not self._settings.fetch_apps:
            return {**row, **_without("the settings do not allow fetching apps (capture.fetch_apps)")}
        return {**row, **self._fetch(offer)}

    def _fetch(self, offer: Offer) -> dict[str, Any]:
        folder = self._directory / FOLDER
        folder.mkdir(exist_ok=True)
        draft = folder / "download"
        with draft.open("wb") as sink:
            got = self._fetcher.fetch(
                offer.url,
                sink,
                limit=self._settings.max_app_bytes,
                seconds=DOWNLOAD_S,
                gate=self._gate,
                accept=f"{APK_TYPE},*/*;q=0.1",
            )
        chain = [hop.to_dict() for hop in got.hops]
        reason = _fault(got, draft)
        if reason:
            draft.unlink()
            if not any(folder.iterdir()):
                folder.rmdir()
            self._missing.append((FOLDER, f"{offer.url[:300]}: {reason}"))
            return {**_without(reason), "chain": chain or unknown("nothing was fetched")}
        digest = sha256_file(draft)
        path = folder / f"{digest}{SUFFIX}"
        draft.rename(path)
        return {**self._told(path), "chain": chain}

    def _place(self, body: bytes) -> Path:
        (self._directory / FOLDER).mkdir(exist_ok=True)
        path = self._directory / FOLDER / f"{hashlib.sha256(body).hexdigest()}{SUFFIX}"
        if not path.exists():  # the same bytes from another address: they are there, and no longer to be written
            path.write_bytes(body)
        return path

    def _told(self, path: Path) -> dict[str, Any]:
        """A kept package: its place and digest, and what it says of itself."""
        path.chmod(0o400)
        name = f"{FOLDER}/{path.name}"
        if name not in self._files:
            self._files.append(name)
        facts = read_package(path)
        app = unknown(str(facts["problem"])) if "problem" in facts else _marked(facts)
        file = {"path": name, "bytes": path.stat().st_size, "sha256": path.name.removesuffix(SUFFIX)}
        return {"file": file, "app": app}


def _without(reason: str) -> dict[str, Any]:
    """An offer of which nothing is kept."""
    nothing = unknown("there is no file to read")
    return {"file": unknown(reason), "app": nothing, "chain": unknown("nothing was fetched")}


def _marked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """``facts`` with a word on each certificate whose key everybody has."""
    signing = facts["signing"]
    rows = [{**row, "shared_key": shared_key(row)} for row in signing["certificates"]]
    return {**facts, "signing": {**signing, "certificates": rows}}


def _identifiers(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [
        {"kind": CERTIFICATE_KIND, "value": certificate["sha256"], "app_sha256": row["file"]["sha256"]}
        for row in rows
        for certificate in row["app"].get("signing", {}).get("certificates", ())
        if certificate["verified"] and not certificate["shared_key"]
    ]


def _fault(got: Fetched, path: Path) -> str:
    """Why what was fetched is not kept as an app; empty when it is. A page that says "gone" is no app."""
    if got.problem:
        return got.problem
    if got.last is None or got.last.status is None or not 200 <= got.last.status < 300:
        return f"the server answered {got.last.status if got.last else 'nothing'}"
    kind = got.last.header("content-type").partition(";")[0].strip().lower()
    with path.open("rb") as stream:
        is_zip = stream.read(2) == b"PK"
    return "" if is_zip or kind == APK_TYPE else f"what came is no app package, but {kind[:80] or 'of no type'}"
