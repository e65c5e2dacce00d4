"""Opens ``casebook.db``, the one SQLite file of a data directory (WAL), and brings its tables up to date.

Each package owns its tables and declares its own named migrations; whoever opens the casebook passes the sets it
needs, lowest package first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from crawler.errors import StoreError

BUSY_TIMEOUT_S = 30.0


def open_casebook(path: Path, migrations: Iterable[Migrations]) -> Database:
    """The casebook at ``path``, created when missing, WAL on, with every given migration applied.

    Raises StoreError with a sentence for a file that is not a database, a locked one, or a full disk.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        db = Database(connection)
        for migration_set in migrations:
            migration_set.apply(db)
        return db
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"the casebook {path} cannot be opened: {error}; is the disk full, or the file in use?") from error
