"""Opens ``casebook.db``, the one SQLite file of a data directory (WAL), and brings its tables up to date.

Each package owns its tables and declares its own named migrations; whoever opens the casebook passes the sets it
needs, lowest package first.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
        with _one_opener(path):
            connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            db = Database(connection)
            for migration_set in migrations:
                migration_set.apply(db)
        return db
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"the casebook {path} cannot be opened: {error}; is the disk full, or the file in use?"
        ) from error


@contextmanager
def _one_opener(path: Path) -> Iterator[None]:
    """Opening is one process at a time: two that made a new casebook's tables at once would trip over each other."""
    with path.with_name(f"{path.name}.opening").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def writing(db: Database) -> Iterator[Database]:
    """One write transaction: the write lock is taken before the first read, so nothing read in it can be stale.

    Inside an open transaction it is a savepoint of that one: an error undoes this block and passes on. Raises
    StoreError when another process holds the lock for longer than the busy timeout, or the disk is full.
    """
    if db.conn.in_transaction:
        with db.atomic():
            yield db
        return
    try:
        db.conn.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise StoreError(f"the casebook cannot be written: {error}; is another program holding it?") from error
    try:
        yield db
        db.conn.execute("COMMIT")
    except sqlite3.OperationalError as error:
        db.rollback()
        raise StoreError(f"the casebook cannot be written: {error}; is the disk full?") from error
    except BaseException:
        db.rollback()
        raise
