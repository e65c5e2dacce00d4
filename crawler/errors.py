"""Errors of the crawler, and the base every package's errors share.

    OffsignalError                 anything a user can act on; carries the exit code
    ├── SettingsError              offsignal.toml or the environment is wrong: what, where (file, line, key), what to do
    ├── StoreError                 the casebook or the spool cannot be written or read
    │   └── Busy                   another run holds the lock
    └── CrawlError
        ├── UnknownSource          a source name that no spider file declares
        ├── BadURL                 not an http(s) URL that can be fetched
        ├── EgressRefused          the egress guard said no: address, port, size, time
        └── BrowserFailed          the browser is missing, does not start, crashed, or a page took it down

Every message is one sentence that says what, where and what to do. Only the command line turns errors into exit codes.
"""

from __future__ import annotations


class OffsignalError(Exception):
    """Base of every error that a user can act on. ``exit_code`` is what the command line ends with."""

    exit_code = 1


class SettingsError(OffsignalError):
    """Raised by the settings loader; the message names the file, the line and the key."""

    exit_code = 3


class StoreError(OffsignalError):
    """Raised when the casebook, the spool or the vault cannot be read or written (disk full, locked, corrupt)."""

    exit_code = 4


class Busy(StoreError):
    """Raised when another run holds the data directory; the message says which process, since when."""

    exit_code = 5


class CrawlError(OffsignalError):
    """Base of the crawler's own errors."""


class UnknownSource(CrawlError):
    """Raised for a source name that no spider declares; the message lists the known ones."""

    exit_code = 2


class BadURL(CrawlError):
    """Raised for text that is not an absolute http or https URL with a host."""

    exit_code = 2


class EgressRefused(CrawlError):
    """Raised or recorded when the egress guard refuses a connection; ``reason`` is kept with the sighting."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: the egress guard refused it: {reason}")
        self.url = url
        self.reason = reason


class BrowserFailed(CrawlError):
    """Raised by :mod:`crawler.browser`; the message says which page and what happened, in one sentence."""
