"""What is installed, reachable and misconfigured, and what to do about it. Every check ends in a finding."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from classifiers import pictures
from classifiers.judge import Judge
from crawler import sources as known_sources
from crawler import unprivileged
from crawler.browser import find_chromium
from crawler.egress import Guard
from crawler.errors import OffsignalError
from desk import providers
from desk.settings import Settings, load_settings

FREE_BYTES = 5 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. ``level``: ok, warning or problem; ``do`` says what to do about it, empty when all is well."""

    what: str
    level: str
    says: str
    do: str = ""


def examine(data_dir: Path, *, offline: bool = False) -> list[Finding]:
    """Every finding about this machine and this data directory. ``offline`` leaves out what needs the network."""
    findings = [_python(), _openssl(), _fonts(), _model(), _pictures()]
    try:
        settings = load_settings(data_dir)
    except OffsignalError as error:
        return [*findings, Finding("settings", "problem", str(error), "mend what is named")]
    findings += [
        Finding("settings", "ok", f"{data_dir / 'offsignal.toml'} is well formed"),
        _browser(settings),
        _disk(data_dir),
        _providers(data_dir),
        *_sources(settings),
        *_authorities(settings, data_dir, offline),
    ]
    return findings


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "ok", f"Python {version}")


def _openssl() -> Finding:
    try:
        version = subprocess.run(["openssl", "version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return Finding(
            "openssl", "problem", "not found", "install the package openssl: it checks timestamps independently"
        )
    return Finding("openssl", "ok", version.stdout.strip())


def _fonts() -> Finding:
    missing = [name for name, code in (("Devanagari", "hi"), ("Arabic", "ar")) if not _has_font(code)]
    if missing:
        return Finding(
            "fonts",
            "warning",
            f"none for {' and '.join(missing)}",
            "install fonts-noto-core: screenshots would show boxes",
        )
    return Finding("fonts", "ok", "Latin, Devanagari and Arabic")


def _has_font(code: str) -> bool:
    try:
        listing = subprocess.run(["fc-list", f":lang={code}", "family"], capture_output=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(listing.stdout.strip())


def _model() -> Finding:
    try:
        return Finding("classifier", "ok", Judge().model_id)
    except OffsignalError as error:
        return Finding("classifier", "problem", str(error), "run 'make train'")


def _pictures() -> Finding:
    reader = pictures.engine()
    if not reader:
        return Finding(
            "pictures",
            "warning",
            "no text reader: pages whose offer stands in a picture go to a person unread, only QR codes are read",
            "run scripts/system.sh, or install tesseract-ocr",
        )
    missing = [name for name in pictures.LANGUAGES if name not in reader.rpartition(" ")[2].split("+")]
    if missing:
        packages = " ".join(f"tesseract-ocr-{name}" for name in missing)
        return Finding("pictures", "warning", f"{reader}; not {', '.join(missing)}", f"install {packages}")
    return Finding("pictures", "ok", reader)


def _browser(settings: Settings) -> Finding:
    try:
        path = find_chromium(settings.capture.chromium)
        said = subprocess.run(
            [str(path), "--version"], capture_output=True, text=True, timeout=30, check=True
        ).stdout.strip()
    except (OffsignalError, OSError, subprocess.SubprocessError) as error:
        return Finding("browser", "problem", str(error), "run scripts/system.sh, or set capture.chromium")
    if os.geteuid() == 0 and (reason := unprivileged.why_not()):
        return Finding(
            "browser",
            "warning",
            f"{said}; its sandbox is off: {reason}",
            "install util-linux, or run the night as an ordinary user",
        )
    return Finding("browser", "ok", f"{said}, run as nobody" if os.geteuid() == 0 else said)


def _disk(data_dir: Path) -> Finding:
    free = shutil.disk_usage(data_dir).free
    said = f"{free / 2**30:.0f} GiB free"
    if not os.access(data_dir, os.W_OK):
        return Finding("disk", "problem", f"{data_dir} cannot be written", "change its owner or its permissions")
    if free < FREE_BYTES:
        return Finding("disk", "warning", said, "a night of captures may need more: free some space")
    return Finding("disk", "ok", said)


def _providers(data_dir: Path) -> Finding:
    level, said = providers.state(data_dir)
    wanted = "run 'offsignal providers import' with a fresh copy of the partner directory" if level != "ok" else ""
    return Finding("authorised providers", level, said, wanted)


def _sources(settings: Settings) -> Iterator[Finding]:
    if not any(source.enabled for source in settings.sources.values()):
        yield Finding("sources", "problem", "none is enabled", "enable one in offsignal.toml")
    for name, source in settings.sources.items():
        what = f"source {name}"
        if name not in known_sources.names():
            yield Finding(what, "problem", "no such source", f"the sources are {', '.join(known_sources.names())}")
        elif not source.enabled:
            yield Finding(what, "ok", "switched off")
        elif source.token_env and not os.environ.get(source.token_env):
            yield Finding(what, "problem", "no key", f"set the environment variable {source.token_env}")
        elif not (source.seeds or source.queries):
            yield Finding(what, "warning", "nothing to search", f"give sources.{name} seeds or queries")
        else:
            yield Finding(what, "ok", source.endpoint or f"{len(source.seeds)} seeds")


def _authorities(settings: Settings, data_dir: Path, offline: bool) -> Iterator[Finding]:
    authorities = settings.timestamp.authorities
    if not authorities:
        yield Finding("timestamps", "problem", "no authority", "name at least one: exhibits stay unsealed without")
    elif len(authorities) < settings.timestamp.wanted:
        yield Finding(
            "timestamps", "problem", f"{settings.timestamp.wanted} wanted, {len(authorities)} named", "name more"
        )
    if authorities and (real := sum(not authority.practice for authority in authorities)) < 2:
        told = f"{real} that are no practice ones: what one authority says rests on it alone"
        yield Finding("timestamps", "warning", told, "name two of different houses")
    if authorities and (real := sum(not authority.practice for authority in authorities)) < 2:
        told = f"{real} that are no practice ones: what one authority says rests on it alone"
        yield Finding("timestamps", "warning", told, "name two of different houses")
    for authority in authorities:
        what = f"authority {authority.name}"
        if authority.practice:
            yield Finding(
                what, "warning", "a practice authority: its time proves nothing", "name public ones for real use"
            )
        if not authority.root.startswith("builtin:") and not (data_dir / authority.root).is_file():
            yield Finding(what, "problem", f"its root {authority.root} is not there", "put the PEM file there")
        if not offline:
            yield _reachable(what, authority.url, settings)


def _reachable(what: str, url: str, settings: Settings) -> Finding:
    """Whether the authority's server answers at all, through the egress guard."""
    with Guard(settings.egress) as guard, httpx.Client(proxy=guard.url, timeout=10, trust_env=False) as client:
        try:
            return Finding(what, "ok", f"{urlsplit(url).hostname} answers ({client.get(url).status_code})")
        except httpx.HTTPError as error:
            return Finding(
                what, "problem", f"{url}: {error or type(error).__name__}", "check the address and the network"
            )
