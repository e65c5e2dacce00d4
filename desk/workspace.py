"""An opened data directory: settings, casebook, vault. Everything the verbs and the night work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from classifiers import store as classifier_store
from crawler import store as crawler_store
from crawler.casebook import open_casebook
from desk import nights
from desk.settings import Settings, load_settings
from evidence import case, custody, rdap_store
from evidence import store as evidence_store
from evidence.custody import CustodyLog
from evidence.notice import tables as notice_tables
from evidence.vault import Vault


@dataclass(frozen=True, slots=True)
class Workspace:
    """One data directory, open."""

    data_dir: Path
    settings: Settings
    db: Database
    vault: Vault
    custody: CustodyLog

    @property
    def spool_dir(self) -> Path:
        """Where the raw exchanges lie."""
        return self.data_dir / "spool"

    @property
    def machine(self) -> str:
        """How the custody log names an automatic step: the program, and the person who answers for it."""
        return f"offsignal, run by {self.settings.collector.operator}"


@contextmanager
def open_workspace(data_dir: Path) -> Iterator[Workspace]:
    """Opens a data directory and closes it again. Raises SettingsError or StoreError with a sentence."""
    settings = load_settings(data_dir)
    db = open_casebook(
        data_dir / "casebook.db",
        (
            crawler_store.MIGRATIONS,
            classifier_store.MIGRATIONS,
            evidence_store.MIGRATIONS,
            custody.MIGRATIONS,
            case.MIGRATIONS,
            notice_tables.MIGRATIONS,
            rdap_store.MIGRATIONS,
            nights.MIGRATIONS,
        ),
    )
    try:
        yield Workspace(data_dir, settings, db, Vault(data_dir / "vault"), CustodyLog(db))
    finally:
        db.close()
