"""Append-only tables: a table in, the triggers out that refuse every UPDATE, DELETE and REPLACE of its rows."""

from __future__ import annotations

from sqlite_utils import Database


def append_only(db: Database, table: str, same: str) -> None:
    """Makes ``table`` append-only. ``same`` is the SQL condition by which a row would take the place of ``NEW``.

    Both are fixed words of a migration, never data. REPLACE needs its own trigger: SQLite deletes the old row without
    firing those of DELETE (https://sqlite.org/lang_conflict.html).
    """
    db.executescript(f"""
        CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only: no update'); END;
        CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only: no delete'); END;
        CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
            WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
            BEGIN SELECT RAISE(ABORT, '{table} is append-only: no replace'); END;
    """)  # noqa: S608  # fixed names
