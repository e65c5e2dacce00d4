"""A saved copy of the partner directory, or its address, in; a dated snapshot in the data directory out."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from classifiers import directory_import
from classifiers.directory import Directory
from classifiers.errors import BadDirectory
from crawler import clock
from desk import fetching
from desk.providers import CAPTURE, FOLDER, ROWS


def take(what: str, data_dir: Path, captured_at: str = "") -> Directory:
    """Imports a file or an address. ``captured_at`` (RFC 3339) is when a file was saved, its own time by default.

    Raises BadDirectory for a copy without rows or with a time to come, and what fetching raises for an address.
    """
    if what.startswith(("http://", "https://")):
        page = fetching.fetch(what, data_dir)
        source, body, moment = page.url, page.body, clock.now()
    else:
        path = Path(what)
        if not path.is_file():
            raise BadDirectory(f"{what}: there is no such file; give a saved copy of the partner directory, or its URL")
        source, body = path.name, path.read_bytes()
        moment = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
    if captured_at:
        moment = _moment(captured_at)
    if moment > clock.now():
        raise BadDirectory(f"{source}: captured {moment.isoformat()}, which is still to come; say the right time")
    read = directory_import.read(body, source=source, captured_at=moment)
    _keep(data_dir / FOLDER / f"{moment:%Y%m%dT%H%M%SZ}-{read.sha256[:12]}", read, body)
    return read


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadDirectory(f"{text}: no date; write 2026-11-24 or 2026-11-24T08:00:00+00:00") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _keep(folder: Path, read: Directory, body: bytes) -> None:
    """Writes both files, each whole or not at all; the rows last, since they make the snapshot count."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = json.dumps(read.to_dict(), ensure_ascii=False, indent=1).encode()
    for name, content in ((CAPTURE, body), (ROWS, rows)):
        unfinished = folder / f".{name}.part"
        unfinished.write_bytes(content)
        os.replace(unfinished, folder / name)
