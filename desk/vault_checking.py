"""``offsignal verify --vault``: a data directory in, its vault's report out, with talk and a custody entry."""

from __future__ import annotations

from pathlib import Path

from desk.talk import progress, say
from desk.workspace import open_workspace
from evidence.exhibit import Exhibits
from evidence.vault_check import VaultReport, check_vault

RECORD = "vault-check.json"


def check(data_dir: Path, *, resume: bool) -> VaultReport:
    """Checks the vault of a data directory; the custody log says that it was read, and what was found.

    Raises what opening the data directory raises, and StoreError when the record of the check cannot be written.
    """
    with open_workspace(data_dir) as workspace, progress() as shown:
        task = shown.add_task("reading every blob", total=256)
        try:
            report = check_vault(
                Exhibits(workspace.db, workspace.vault),
                workspace.data_dir / RECORD,
                resume=resume,
                told=lambda done, total: shown.update(task, completed=done, total=total),
            )
        except KeyboardInterrupt:
            say(f"stopped; 'offsignal verify --vault --resume' goes on from {workspace.data_dir / RECORD}")
            raise
        workspace.custody.append(
            "vault_checked",
            "vault",
            actor=workspace.machine,
            purpose="to find what was damaged or lost",
            facts={
                "blobs": report.blobs,
                "bytes": report.bytes,
                "exhibits": report.exhibits,
                "problems": len(report.problems),
                "begun_at": report.begun_at,
            },
        )
    return report


def lines(report: VaultReport) -> list[str]:
    """The report for a person."""
    told = f"{report.blobs:,} blobs of {report.bytes / 1e9:,.2f} GB and {report.exhibits} exhibits"
    if not report.problems and not report.blobs:
        return ["NOTHING HERE  the vault of this data directory is empty, so nothing is proved"]
    if not report.problems:
        return [f"PROVED  {told}: every blob is what its name says, every exhibit is what its manifest lists"]
    return [f"FAILED  {told}: {len(report.problems)} problems", *(f"  {text}" for text in report.problems)]
