"""Signing certificates of kept apps as identifiers: an exhibit's ``apps.json`` in, identifiers that quote it out."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlite_utils import Database

from classifiers.judgement import Identifier
from evidence.vault import Vault

APPS = "apps.json"
CERTIFICATE_KIND = "app_certificate"


def identifiers(data: bytes) -> tuple[Identifier, ...]:
    """The signing certificates in an exhibit's ``apps.json`` (its bytes), as identifiers that quote that file.

    ``field`` is ``apps.json``; the offsets are code points of that file. Only certificates whose signature holds over
    the package, and that are nobody's shared key, are among them. Raises ValueError for bytes that are no such file.
    """
    text = data.decode("utf-8")
    values = dict.fromkeys(str(row["value"]) for row in json.loads(text)["identifiers"])
    return tuple(
        Identifier(CERTIFICATE_KIND, value, value, start, start + len(value), APPS)
        for value in values
        if (start := text.find(value)) >= 0
    )


def by_exhibit(db: Database, vault: Vault) -> Mapping[str, tuple[Identifier, ...]]:
    """Those of every exhibit that has an ``apps.json``. Raises StoreError when a file is gone or damaged."""
    rows = db.query("select exhibit_id, sha256 from exhibit_files where path = ? order by exhibit_id", [APPS])
    return {row["exhibit_id"]: identifiers(vault.read(row["sha256"])) for row in rows}
