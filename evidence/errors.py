"""Errors of the evidence package, grouped by what the reader should do.

OffsignalError
└── EvidenceError
    ├── Unreadable      cannot be understood at all (not a bundle, broken JSON, truncated archive)
    ├── Unverified      understood and not believed: a digest, token or chain does not hold
    │   └── BadToken    a timestamp token that proves nothing about the data; ``state`` says which check failed
    ├── CaptureFailed   the browser gave nothing that could be sealed; says at which step
    ├── Unavailable     an authority or the browser cannot be reached; try again later
    ├── ClockBehind     this machine's clock lies before the custody log's last entry; set it right, run again
    ├── CertificateRefused  a certificate about this exhibit would say what is not so; ``kind`` says which check failed
    ├── KeyRefused      the key that signs checkpoints is missing or others can read it; the message says what to do
    └── NotAllowed      the step is refused: an exhibit not accepted, a directory that exists, a missing name
"""

from __future__ import annotations

from crawler.errors import OffsignalError


class EvidenceError(OffsignalError):
    """Base of the evidence package's errors."""


class Unreadable(EvidenceError):
    """Raised by readers of bundles, exhibits, WARC and WACZ files."""


class Unverified(EvidenceError):
    """Raised where something was read and does not hold; the message names the file and the step."""


class BadToken(Unverified):
    """Raised by :func:`evidence.timestamp.verify_token`; ``state`` is the failed check, as stamps record it."""

    def __init__(self, state: str, sentence: str) -> None:
        super().__init__(sentence)
        self.state = state


class CaptureFailed(EvidenceError):
    """Raised by a capture that cannot be sealed even in part."""


class CaptureRefused(CaptureFailed):
    """Raised by a capture that must not be made, or that the egress guard did not let through."""


class Unavailable(EvidenceError):
    """Raised when an outside service does not answer; the work is queued, not lost."""


class ClockBehind(EvidenceError):
    """Raised by the custody log: time never goes backwards in it, so a clock that did must be set right first."""


class NotAllowed(EvidenceError):
    """Raised when a rule forbids the step; the message says which and what would allow it."""

    exit_code = 2


class CertificateRefused(EvidenceError):
    """Raised by :mod:`evidence.certification`: nobody could truthfully sign it; the message says why, and what helps.

    ``kind`` is one of "not_accepted", "hash", "custody", "timestamp", "errors", "record", "device"; ``subject`` the
    exhibit or case.
    """

    def __init__(self, kind: str, subject: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind, self.subject = kind, subject


class KeyRefused(EvidenceError):
    """Raised for a signing key that is missing, cannot be used, or that others on the machine can read."""

    exit_code = 3
