"""Exports a case: its bundle, given or built for the purpose, handed to the evidence package's exporter."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from crawler.egress import Guard
from desk import bundling
from desk.workspace import Workspace
from evidence.exports.exporting import Exported, Exporter
from evidence.exports.load_files import Profile
from evidence.timestamp import Stamper


def export(
    workspace: Workspace,
    case_id: str,
    target: Path,
    form: str,
    *,
    by: str,
    purpose: str,
    bundle: Path | None = None,
    profile: Profile | None = None,
) -> Exported:
    """Exports the case's bundle; without ``bundle`` one is built beside ``target`` and removed afterwards.

    Raises what :meth:`evidence.exports.exporting.Exporter.export` and :func:`desk.bundling.seal` raise.
    """
    settings = workspace.settings
    if bundle is None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-bundle-", dir=target.parent) as name:
            built = bundling.seal(workspace, case_id, Path(name) / "bundle", by=by, purpose=purpose)
            return export(
                workspace, case_id, target, form, by=by, purpose=purpose, bundle=built.directory, profile=profile
            )
    with Guard(settings.egress) as guard:
        stamper = Stamper(settings.timestamp, workspace.data_dir, guard.url)
        exporter = Exporter(workspace.db, stamper, settings.bates, shutil.which("openssl"))
        return exporter.export(bundle, target, form, case_id=case_id, by=by, purpose=purpose, profile=profile)
