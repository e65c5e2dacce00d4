"""Seals a case into a bundle: the evidence package's builder, fed from the settings."""

from __future__ import annotations

import shutil
from pathlib import Path

from classifiers.errors import JudgeError
from crawler.egress import Guard
from crawler.errors import CrawlError, StoreError
from crawler.sighting import Sighting
from desk import checkpointing
from desk.judging import to_document
from desk.workspace import Workspace
from evidence.bundle import STANDARD, Bundle, Bundler, Options
from evidence.exhibit import Exhibits
from evidence.report_facts import Collector
from evidence.report_pdf import print_all
from evidence.timestamp import Stamper


def seal(
    workspace: Workspace,
    case_id: str,
    out_dir: Path,
    *,
    by: str,
    purpose: str = "hand-over to counsel",
    options: Options = STANDARD,
) -> Bundle:
    """Builds the bundle of a case at ``out_dir``. Raises what :meth:`evidence.bundle.Bundler.build` raises."""
    settings = workspace.settings
    with Guard(settings.egress) as guard:
        bundler = Bundler(
            workspace.db,
            Exhibits(workspace.db, workspace.vault),
            Stamper(settings.timestamp, workspace.data_dir, guard.url),
            lambda jobs: print_all(jobs, chromium=settings.capture.chromium),
            Collector(settings.collector.operator, settings.collector.organisation),
            shutil.which("openssl"),
            settings.bates,
            lambda sighting: _text(sighting, workspace.spool_dir),
            signer=checkpointing.signer(workspace),
        )
        return bundler.build(case_id, out_dir, by=by, purpose=purpose, options=options)


def _text(sighting: Sighting, spool_dir: Path) -> str | None:
    """The text of a look as the spool keeps it; None when there is none, or the spool cannot be read any more."""
    try:
        made = to_document(sighting, spool_dir)
    except (CrawlError, StoreError, JudgeError):
        return None
    return None if made is None else made.extracted.text
