"""The crawler's part of ``offsignal.toml``, and the strict reader the other packages use for theirs.

A settings file is read once, checked whole, and becomes one frozen object. A wrong key, type or value gives one
sentence with the file, the line and the key.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from crawler.errors import SettingsError

SETTINGS_FILE = "offsignal.toml"
DATA_VARIABLE = "OFFSIGNAL_DATA"
OVERRIDE = re.compile(r"OFFSIGNAL_([A-Z]+)__([A-Z0-9_]+)")


class Section(BaseModel):
    """Base of every settings section: frozen, and an unknown key is an error, not a shrug."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CollectorSettings(Section):
    """Who collects. It is shown to every server in the user agent and written into every capture record."""

    contact: str = Field(min_length=3, description="an address a webmaster can write to: e-mail or https URL")
    operator: str = Field(min_length=1, description="the named person responsible for the collection")
    organisation: str = ""

    @field_validator("contact")
    @classmethod
    def _reachable(cls, value: str) -> str:
        if not re.match(r"https?://\S+\.\S+|[^@\s]+@[^@\s]+\.[^@\s]+$", value):
            raise ValueError("must be an e-mail address or an http(s) URL that a webmaster can write to")
        return value

    @field_validator("contact", "operator", "organisation")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if re.search(r"[\x00-\x1f\x7f]", value):
            raise ValueError("must be one line without control characters")
        return value


class CrawlSettings(Section):
    """How politely and how far a night crawls. Times in seconds, sizes in bytes."""

    delay_s: float = Field(default=1.0, ge=0, description="pause between two requests to one host")
    per_host: int = Field(default=1, ge=1, le=8, description="requests at once to one host")
    concurrent: int = Field(default=16, ge=1, le=256, description="requests at once in all")
    timeout_s: float = Field(default=30.0, gt=0, le=300)
    max_body_bytes: int = Field(default=16 * 2**20, ge=1024)
    max_redirects: int = Field(default=5, ge=0, le=20)
    max_pages_per_host: int = Field(default=60, ge=1)
    max_depth: int = Field(default=2, ge=0, le=10)
    retries: int = Field(default=2, ge=0, le=10)
    render: bool = Field(default=True, description="load pages that are empty without JavaScript in the browser")


class EgressSettings(Section):
    """The one door out. Private, loopback and special addresses are always refused, except a pinned name and port.

    ``pinned`` maps ``"name:port"`` to ``"address:port"``: how the sample web on loopback is reached. Nothing else
    may point inward.
    """

    ports: tuple[int, ...] = (80, 443, 8080, 8443)
    pinned: Mapping[str, str] = Field(default_factory=dict)
    connect_timeout_s: float = Field(default=10.0, gt=0, le=120)
    max_connection_bytes: int = Field(default=128 * 2**20, ge=2**20)
    max_connection_s: float = Field(default=120.0, gt=0)

    @field_validator("pinned")
    @classmethod
    def _pairs(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        for pair in (*value.keys(), *value.values()):
            host, _, port = pair.rpartition(":")
            if not host or not port.isdigit() or not 0 < int(port) < 65536:
                raise ValueError(f"{pair!r} is not name:port")
        return value


class SourceSettings(Section):
    """What one source searches. Which of these a source reads is told by its spider's docstring."""

    enabled: bool = True
    endpoint: str = ""
    seeds: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    token_env: str = ""
    budget_pages: int = Field(default=200, ge=1)
    floor: int = Field(default=0, ge=0, description="fewer sightings than this is an error in the report")
    ceiling: int = Field(default=100_000, ge=1, description="more sightings than this is a warning in the report")
    terms_url: str = ""


class CrawlerSettings(Section):
    """Everything the crawler reads from ``offsignal.toml``."""

    collector: CollectorSettings
    crawl: CrawlSettings = CrawlSettings()
    egress: EgressSettings = EgressSettings()
    sources: Mapping[str, SourceSettings] = Field(default_factory=dict)


SectionT = TypeVar("SectionT", bound=Section)


def read_table(path: Path) -> dict[str, Any]:
    """The whole settings file as a table, with OFFSIGNAL_SECTION__KEY variables laid over it.

    Raises SettingsError for a missing, unreadable or malformed file.
    """
    try:
        return _with_environment(tomllib.loads(path.read_text("utf-8")), os.environ)
    except FileNotFoundError:
        raise SettingsError(f"{path}: there is no settings file; run 'offsignal init' to make one") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error


def build(model: type[SectionT], table: Mapping[str, Any], path: Path) -> SectionT:
    """``table`` as a checked, frozen ``model``. Raises SettingsError naming file, line and key of the first fault."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        keys = [str(part) for part in fault["loc"]]
        what = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            what = "there is no such setting"
        line = _line_of(path, keys)
        where = f"{path}:{line}" if line else str(path)
        raise SettingsError(f"{where}: {'.'.join(keys)}: {what}") from error


def load(data_dir: Path) -> CrawlerSettings:
    """The crawler's settings of a data directory; sections that belong to other packages are left to them."""
    path = data_dir / SETTINGS_FILE
    table = read_table(path)
    own = {key: value for key, value in table.items() if key in CrawlerSettings.model_fields}
    return build(CrawlerSettings, own, path)


def data_dir_from_environment() -> Path:
    """The data directory named by OFFSIGNAL_DATA, else ``data`` below the working directory."""
    return Path(os.environ.get(DATA_VARIABLE) or "data")


def _with_environment(table: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """``OFFSIGNAL_CRAWL__DELAY_S=2`` sets ``crawl.delay_s``; the value is read as TOML, else taken as text."""
    for name, value in environment.items():
        if match := OVERRIDE.fullmatch(name):
            section, key = match[1].lower(), match[2].lower()
            try:
                parsed = tomllib.loads(f"value = {value}")["value"]
            except tomllib.TOMLDecodeError:
                parsed = value
            table.setdefault(section, {})[key] = parsed
    return table


def _line_of(path: Path, keys: list[str]) -> int | None:
    """The 1-based line on which ``keys`` is set, or its nearest table header; None when neither is found."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return None
    header, best = "", None
    for number, line in enumerate(lines, 1):
        if match := re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?", line):
            header = match[1].replace('"', "")
            if header and ".".join(keys).startswith(header):
                best = number
            continue
        if match := re.match(r"""\s*["']?([^"'=\s]+)["']?\s*=""", line):
            full = f"{header}.{match[1]}" if header else match[1]
            dotted = ".".join(part for part in keys if not part.isdigit())
            if full == dotted or (header and dotted == full) or ".".join(keys) == full:
                return number
    return best
