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
    ("layout", "nothing is missing, and nothing was added", check_layout),
    ("seal", "the seal comes out again, byte for byte", check_seal),
    ("manifest", "every file is the one that the bundle's manifest lists", check_manifest),
    ("exhibits", "every file of an exhibit is the one that its own manifest lists", check_exhibits),
    ("exhibit-times", "each exhibit existed when a timestamp authority says it did", check_exhibit_times),
    ("bundle-time", "the bundle existed when a timestamp authority says it did", check_bundle_time),
    ("archive-times", "each web archive was stamped by itself as it was closed", check_archive_times),
    ("renewals", "older timestamps were renewed before they aged", check_renewals),
    ("archives", "each web archive (WACZ) holds exactly what it lists", check_archives),
    ("records", "every record in the web archives (WARC) is as it was written", check_records),
    ("claims", "every quoted claim and identifier stands on the captured page", check_claims),
    ("custody", "the custody log was not rewritten, and a person accepted each exhibit", check_custody),
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
