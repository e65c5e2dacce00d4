"""A folder in, all steps out, in their order; each part adds its step to ``LOOKS``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from evidence.verifier.archives import check_archives
from evidence.verifier.claims import check_claims
from evidence.verifier.custody import check_custody
from evidence.verifier.later_times import check_archive_times, check_renewals
from evidence.verifier.layout import check_layout, check_seal
from evidence.verifier.manifests import check_exhibits, check_manifest
from evidence.verifier.records import check_records
from evidence.verifier.run import Run
from evidence.verifier.timestamps import check_bundle_time, check_exhibit_times
from evidence.verifier.words import Step

ONLY_OF_BUNDLES = ("seal", "manifest", "bundle-time")
LOOKS: tuple[tuple[str, str, Callable[[Run, Step], None]], ...] = (
    ("layout", "the files that belong there and no others", check_layout),
    ("seal", "the seal, recomputed byte for byte", check_seal),
    ("manifest", "the bundle's manifest and every file it lists", check_manifest),
    ("exhibits", "each exhibit's own manifest and files", check_exhibits),
    ("exhibit-times", "timestamps over the exhibits", check_exhibit_times),
    ("bundle-time", "timestamps over the bundle", check_bundle_time),
    ("archive-times", "timestamps over the web archives as they were closed", check_archive_times),
    ("renewals", "timestamps renewed before they aged", check_renewals),
    ("archives", "web archives (WACZ)", check_archives),
    ("records", "the records in the web archives (WARC)", check_records),
    ("claims", "quoted claims and identifiers", check_claims),
    ("custody", "the custody log", check_custody),
)


def verify(directory: Path, openssl: str | None = None) -> list[Step]:
    """All steps over a bundle or an exhibit. ``openssl`` is the path of that command; None leaves signatures out."""
    return check_all(Run(Path(os.path.abspath(directory)), openssl), len(LOOKS))


def check_all(run: Run, count: int) -> list[Step]:
    """The first ``count`` steps in order; none of them raises."""
    steps = []
    for number, (key, title, look) in enumerate(LOOKS[:count], 1):
        step = Step(number, key, title)
        steps.append(step)
        if not run.is_bundle and key in ONLY_OF_BUNDLES:
            step.absent.append("this is one exhibit by itself; a seal and a manifest of the whole come with a bundle")
            continue
        with step.noting(""):
            look(run, step)
        if not (step.failed or step.proved or step.unchecked or step.absent):
            step.absent.append("there is nothing of the kind in this folder")
    return steps
