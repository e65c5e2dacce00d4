"""Seals a case into a bundle: the evidence package's builder, fed from the settings."""

from __future__ import annotations

import shutil
from pathlib import Path

from crawler.egress import Guard
from desk.workspace import Workspace
from evidence.bundle import Bundle, Bundler
from evidence.exhibit import Exhibits
from evidence.report_facts import Collector
from evidence.report_pdf import print_pdf
from evidence.timestamp import Stamper


def seal(
    workspace: Workspace, case_id: str, out_dir: Path, *, by: str, purpose: str = "hand-over to counsel"
) -> Bundle:
    """Builds the bundle of a case at ``out_dir``. Raises what :meth:`evidence.bundle.Bundler.build` raises."""
    settings = workspace.settings
    with Guard(settings.egress) as guard:
        bundler = Bundler(
            workspace.db,
            Exhibits(workspace.db, workspace.vault),
            Stamper(settings.timestamp, workspace.data_dir, guard.url),
            lambda page, target, footer: print_pdf(page, target, footer=footer, chromium=settings.capture.chromium),
            Collector(settings.collector.operator, settings.collector.organisation),
            shutil.which("openssl"),
        )
        return bundler.build(case_id, out_dir, by=by, purpose=purpose)
