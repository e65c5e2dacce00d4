"""The evidence package's part of ``offsignal.toml``."""

from __future__ import annotations

from pydantic import Field

from crawler.config import Section


class AuthoritySettings(Section):
    """One RFC 3161 timestamp authority.

    ``root`` is a PEM file with the root certificate this authority must chain to: a path (relative to the data
    directory), or ``builtin:NAME`` for one that ships with the program. ``practice`` marks an authority that proves
    nothing to a stranger; the mark is shown wherever its time is shown.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
    url: str
    root: str
    practice: bool = False


class TimestampSettings(Section):
    """Which authorities stamp the manifests. ``wanted`` tokens make an exhibit sealed.

    Every night checks the proofs of all exhibits of the cases and of ``check_sample`` others. ``warn_days`` before
    the certificate of an authority's signer ends the report says so; ``renew_days`` before, what rests on it is
    stamped anew.
    """

    authorities: tuple[AuthoritySettings, ...] = ()
    wanted: int = Field(default=1, ge=1)
    timeout_s: float = Field(default=20.0, gt=0, le=120)
    check_sample: int = Field(default=20, ge=0)
    warn_days: float = Field(default=90.0, ge=0)
    renew_days: float = Field(default=60.0, ge=0)


class CaptureSettings(Section):
    """Bounds of one browser capture. Times in seconds, sizes in bytes, lengths in CSS pixels."""

    chromium: str = Field(default="", description="path of the browser; empty: Playwright's own, else the system's")
    page_timeout_s: float = Field(default=45.0, gt=0, le=600)
    settle_s: float = Field(default=1.0, ge=0, le=30, description="quiet time waited for after the load event")
    max_page_bytes: int = Field(default=64 * 2**20, ge=2**20, description="all bodies of one page together")
    max_height_px: int = Field(default=16_000, ge=800)
    viewport: tuple[int, int] = (1280, 800)
    locale: str = "en-GB"
    fetch_apps: bool = Field(default=False, description="fetch the app packages that a page offers; never run")
    max_app_bytes: int = Field(default=100 * 2**20, ge=2**20, description="the largest app package that is kept")


class BatesSettings(Section):
    """How the pages of bundles are numbered: ``prefix`` and a counter of at least ``width`` digits.

    The prefix ends in a letter, a hyphen or an underscore, so that no two prefixes can spell the same number.
    """

    prefix: str = Field(default="OFS", pattern=r"^[A-Z](?:[A-Z0-9_-]{0,14}[A-Z_-])?$")
    width: int = Field(default=7, ge=4, le=12)
