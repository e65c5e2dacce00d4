"""What a certificate is made from: checked facts about a case's exhibits. Records only; :mod:`examine` fills them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.case import Case


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file: its size and SHA-256 as sealed, and as computed anew from the vault just now.

    ``at`` is the capture's time, or for a timestamp file the time it was received.
    """

    path: str
    what: str
    derived_from: str
    size: int
    sha256: str
    size_now: int
    sha256_now: str
    at: datetime

    @property
    def matches(self) -> bool:
        """Whether nothing changed since sealing."""
        return (self.size, self.sha256) == (self.size_now, self.sha256_now)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """One X.509 certificate of a token's chain."""

    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """One RFC 3161 token over an exhibit's manifest, verified anew just now.

    ``trusted_list`` is the reference the settings give for a qualified authority, else empty.
    ``clock_difference_ms`` is the authority's time minus this machine's when it answered, None where not kept.
    """

    authority: str
    url: str
    practice: bool
    trusted_list: str
    gen_time: datetime
    serial: str
    policy: str
    asked_at: datetime
    clock_difference_ms: int | None
    chain: tuple[CertificateFacts, ...]
    root: CertificateFacts


@dataclass(frozen=True, slots=True)
class Touch:
    """One entry of the custody log that concerns the case; ``number`` counts all entries of the log from 1."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    purpose: str


@dataclass(frozen=True, slots=True)
class ExhibitFacts:
    """One exhibit that passed every check.

    ``problems`` are errors and missing parts of its capture in sentences, ``explanation`` what the person who makes
    the certificate says of them; ``attempts`` are visits before it that came to nothing. ``failed_stamps`` are
    authorities that gave no token, with the reason.
    """

    number: int
    exhibit_id: str
    url: str
    captured_at: datetime
    manifest_sha256: str
    accepted_by: str
    accepted_at: datetime
    record: Mapping[str, Any]
    files: tuple[FileFacts, ...]
    proof_files: tuple[FileFacts, ...]
    tokens: tuple[TokenFacts, ...]
    failed_stamps: tuple[str, ...]
    problems: tuple[str, ...]
    explanation: str
    attempts: tuple[str, ...]

    @property
    def practice_only(self) -> bool:
        """Whether all its tokens come from practice authorities and prove nothing."""
        return bool(self.tokens) and all(token.practice for token in self.tokens)


@dataclass(frozen=True, slots=True)
class Regularity:
    """How regularly this system sealed captures: how many, on how many days, from when to when."""

    captures: int
    days: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Matter:
    """Everything one certificate is made from.

    ``head`` is the custody log's head that was verified, as manifests spell it. ``initials`` and ``first_number`` make
    exhibit marks; ``program`` is name, version and commit of what made the certificate; ``hash_report`` the SHA-256 of
    ``hash_report.csv``; ``copied`` says that the exhibits were copied beside the certificate, and the files read back.
    """

    form: str
    generation: str
    case: Case
    exhibits: tuple[ExhibitFacts, ...]
    touches: tuple[Touch, ...]
    head: Mapping[str, Any]
    regularity: Regularity
    program: str
    made_by: str
    purpose: str
    made_at: datetime
    initials: str
    first_number: int
    hash_report: str
    copied: bool
