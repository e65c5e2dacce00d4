"""The evidence package's part of ``offsignal.toml``."""

from __future__ import annotations

from pydantic import Field

from crawler.config import Section


class AuthoritySettings(Section):
    """One RFC 3161 timestamp authority.

    ``root`` is a PEM file with the root certificate this authority must chain to: a path (relative to the data
    directory), or ``builtin:NAME`` for one that ships with the program. ``practice`` marks an authority that proves
    nothing to a stranger; the mark is shown wherever its time is shown. ``trusted_list`` says where an EU trusted list
    has it as a provider of qualified timestamps (member state, provider, service); empty: not known to be qualified.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
    url: str
    root: str
    practice: bool = False
    trusted_list: str = Field(default="", max_length=500)


class CalendarSettings(Section):
    """One OpenTimestamps calendar; needs the extra ``offsignal[ots]``. Beside the authorities, never in their place."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
    url: str


class TimestampSettings(Section):
    """Which authorities stamp the manifests. ``wanted`` tokens make an exhibit sealed; all are asked for theirs.

    Every night checks the proofs of all exhibits of the cases and of ``check_sample`` others. ``warn_days`` before
    the certificate of an authority's signer ends the report says so; ``renew_days`` before, what rests on it is
    stamped anew.
    """

    authorities: tuple[AuthoritySettings, ...] = ()
    calendars: tuple[CalendarSettings, ...] = ()
    wanted: int = Field(default=1, ge=1)
    timeout_s: float = Field(default=20.0, gt=0, le=120)
    check_sample: int = Field(default=20, ge=0)
    warn_days: float = Field(default=90.0, ge=0)
    renew_days: float = Field(default=60.0, ge=0)


class RecordSettings(Section):
    """What only the operator knows and every capture record states. Empty: the record says that it was not set."""

    operator_role: str = ""
    physical_location: str = Field(default="", description="where the collecting machine stands")
    make_model_serial: str = Field(default="", description="of the machine, as its custodian states them")
    cloud_id: str = Field(default="", description="instance and region of a machine that is rented")
    egress_ip: str = Field(default="", description="the address servers see; no third party is asked for it")
    egress_country: str = ""
    proxy_or_vpn: str = Field(default="", description="what stands between this machine and the internet")
    purpose: str = "evidence of a public offer"
    lawful_basis_ref: str = Field(default="", description="where the legal basis is written down")
    assessment_ref: str = Field(default="", description="legitimate-interest or data-protection impact assessment")
    retention_days: int | None = Field(default=None, ge=1)
    legal_hold: str = Field(default="", description="the matter whose hold suspends deletion")
    access_class: str = Field(default="", description="who may see exhibits, in the words of the house")


class CaptureSettings(Section):
    """Bounds of one browser capture. Times in seconds, sizes in bytes, lengths in CSS pixels."""

    chromium: str = Field(default="", description="path of the browser; empty: Playwright's own, else the system's")
    page_timeout_s: float = Field(default=45.0, gt=0, le=600)
    settle_s: float = Field(default=1.0, ge=0, le=30, description="quiet time waited for after the load event")
    max_page_bytes: int = Field(default=64 * 2**20, ge=2**20, description="all bodies of one page together")
    max_height_px: int = Field(default=16_000, ge=800)
    max_requests: int = Field(default=2_000, ge=1, description="of one page, pictures and scripts included")
    max_documents: int = Field(default=20, ge=1, description="of the main frame, redirects and reloads included")
    max_browser_bytes: int = Field(default=3 * 2**30, ge=2**28, description="memory of the whole browser")
    max_crops: int = Field(default=40, ge=0, le=400, description="pieces of the picture of one page that show a quote")
    viewport: tuple[int, int] = (1280, 800)
    locale: str = "en-GB"
    fetch_apps: bool = Field(default=False, description="fetch the app packages that a page offers; never run")
    record: RecordSettings = RecordSettings()
    max_app_bytes: int = Field(default=100 * 2**20, ge=2**20, description="the largest app package that is kept")
    rdap: bool = Field(default=True, description="ask the registry about the page's domain")
    rdap_timeout_s: float = Field(default=15.0, gt=0, le=120)
    rdap_age_days: int = Field(default=7, ge=0, le=365, description="how long a registry's answer is used again")
    rdap_bootstrap: str = Field(default="https://data.iana.org/rdap/dns.json", description="IANA's list (RFC 9224)")


class BatesSettings(Section):
    """How the pages of bundles are numbered: ``prefix`` and a counter of at least ``width`` digits.

    The prefix ends in a letter, a hyphen or an underscore, so that no two prefixes can spell the same number.
    """

    prefix: str = Field(default="OFS", pattern=r"^[A-Z](?:[A-Z0-9_-]{0,14}[A-Z_-])?$")
    width: int = Field(default=7, ge=4, le=12)


class NoticeSettings(Section):
    """Bounds of notices. An exhibit that is older than ``max_exhibit_age_days`` is captured anew before it is cited."""

    max_exhibit_age_days: int = Field(default=30, ge=1, le=3650)


class CustodySettings(Section):
    """The custody log. ``origin`` is its name in signed checkpoints, when its first key is made: one for each log.

    An address that the organisation holds, without scheme (``firm.example/custody-1``); empty: made of its name.
    """

    origin: str = Field(default="", pattern=r"^[!-*,-~]{0,100}$")
