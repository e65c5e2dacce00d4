"""Verifies a bundle or an exhibit directory for ``offsignal verify``: a directory in, a :class:`Report` out.

Its first steps are those of :mod:`evidence.verifier`, the program inside every bundle. Then, with this program's own
readers, which share no code with it:

    timestamps-again      rfc3161-client; and whether the root is one that ships with this program
    archives-again        every WACZ by :mod:`evidence.wacz_reader`, every index derived anew
    own-record            with a casebook: the heads that the manifests name stand in our custody log, unchanged

A report is returned whatever is found; it never raises for what is inside the directory.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crawler.errors import OffsignalError
from evidence.custody import CustodyLog
from evidence.custody_check import known_head
from evidence.errors import NotAllowed
from evidence.timestamp import PUBLIC_AUTHORITIES, load_root, verify_token
from evidence.verifier import as_text
from evidence.verifier import verify as run_verifier
from evidence.verifier.folder import Folder
from evidence.verifier.forms import MAX_JSON_BYTES
from evidence.verifier.records import MAX_RECORD_BYTES
from evidence.verifier.timestamps import CERTIFICATE, MAX_PROOF_BYTES
from evidence.verifier.words import NOT_PROVEN, Bad, Step, outcome
from evidence.wacz_reader import check_wacz
from evidence.zip_reader import ZipReader


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step: ``verdict`` and the lists of sentences are those of Step."""

    number: int
    key: str
    title: str
    verdict: str
    proved: tuple[str, ...]
    failed: tuple[str, ...]
    not_checked: tuple[str, ...]
    absent: tuple[str, ...]
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What verifying gave. ``outcome`` is "proved", "proved in part" (something stayed open) or "failed"."""

    directory: str
    steps: tuple[StepReport, ...]
    not_proven: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing failed; that is less than everything proved, which only ``outcome`` says."""
        return self.outcome != "failed"

    @property
    def outcome(self) -> str:
        """The one word over all steps."""
        return outcome(self._steps())

    def lines(self) -> list[str]:
        """The report for a person, in the words of the program inside the bundle."""
        return as_text(self._steps(), self.directory).splitlines()

    def _steps(self) -> list[Step]:
        steps = [Step(step.number, step.key, step.title) for step in self.steps]
        for step, told in zip(steps, self.steps, strict=True):
            step.proved, step.failed, step.unchecked = list(told.proved), list(told.failed), list(told.not_checked)
            step.absent, step.commands = list(told.absent), list(told.commands)
        return steps

    def to_dict(self) -> dict[str, Any]:
        """``{outcome, directory, steps: [one for each, by the names of StepReport], not_proven}``."""
        return {"outcome": self.outcome, **asdict(self)}


def verify(directory: Path, *, log: CustodyLog | None = None) -> Report:
    """All steps over ``directory``; step 13 only with the custody log of a casebook.

    Raises NotAllowed when there is no such directory.
    """
    if not directory.is_dir():
        raise NotAllowed(f"{directory} is not a directory: name a bundle or an exhibit")
    steps = run_verifier(directory, shutil.which("openssl"))
    folder = Folder(directory.absolute())
    more: list[tuple[str, str, Callable[[Folder, Step], None]]] = [
        ("timestamps-again", "the timestamps hold for a second program, and their roots are known to it", _timestamps),
        ("archives-again", "the web archives hold for a second program", _archives),
    ]
    if log is not None:
        more.append(
            (
                "own-record",
                "our own custody log holds what the bundle says of it",
                lambda folder, step: _record(folder, step, log),
            )
        )
    for number, (key, title, look) in enumerate(more, len(steps) + 1):
        step = Step(number, key, title)
        with step.noting(""):
            if not folder.files:
                folder.scan()
            look(folder, step)
        if not (step.failed or step.proved or step.unchecked):
            step.absent.append("there is nothing of the kind in this folder")
        steps.append(step)
    return Report(str(directory), tuple(map(_report, steps)), NOT_PROVEN)


def _report(step: Step) -> StepReport:
    lists = (tuple(step.proved), tuple(step.failed), tuple(step.unchecked), tuple(step.absent))
    return StepReport(step.number, step.key, step.title, step.verdict, *lists, tuple(step.commands))


def _below(folder: Folder, name: str) -> Iterator[str]:
    """The folders, as prefixes, that hold a file of this name."""
    return (path.removesuffix(name) for path in sorted(folder.files) if path == name or path.endswith(f"/{name}"))


def _timestamps(folder: Folder, step: Step) -> None:
    shipped = {_der(load_root(authority, folder.root)): authority.name for authority in PUBLIC_AUTHORITIES}
    for prefix in _below(folder, "response.tsr"):
        try:
            over = _stamped(folder, prefix)
            limit = MAX_PROOF_BYTES
            request, response, root = (
                folder.read(prefix + name, limit) for name in ("request.tsq", "response.tsr", "root.pem")
            )
            token = verify_token(request, response, over, root)
        except (OffsignalError, Bad) as error:
            step.failed.append(f"{prefix}response.tsr: {error}")
            continue
        told = f"{prefix[:-1]}: {token.gen_time:%Y-%m-%d %H:%M:%S} UTC, signed by {token.signer}"
        if name := shipped.get(_der(root)):
            step.proved.append(f"{told}; its root is the one of {name} that ships with this program")
        else:
            step.unchecked.append(f"{told}; its root is NOT one that ships with this program: compare its fingerprint")


def _stamped(folder: Folder, prefix: str) -> bytes:
    """What the proof in the folder ``prefix`` is over: a manifest, a checkpoint, a WARC, or the list of a renewal.

    Raises Bad or an OffsignalError when it is not there.
    """
    above, kind, _ = prefix.rpartition("warc-time/")
    if kind:
        name = json.loads(folder.read(f"{above}warc-time.json", MAX_JSON_BYTES))["warc"]["path"]
        with ZipReader(folder.root / f"{above}capture.wacz") as package:
            return package.read(name, MAX_RECORD_BYTES)
    if prefix.startswith("custody/"):
        return folder.read(f"{prefix.rpartition('proofs/')[0]}checkpoint", MAX_JSON_BYTES)
    if "renewals/" in prefix:
        return folder.read(f"{prefix[:-1].rpartition('/')[0]}/renewal.json", MAX_JSON_BYTES)
    return folder.read(f"{prefix.rpartition('proofs/')[0]}manifest.json", MAX_JSON_BYTES)


def _der(pem: bytes) -> bytes:
    return b"".join(base64.b64decode(found) for found in CERTIFICATE.findall(pem))


def _archives(folder: Folder, step: Step) -> None:
    for prefix in _below(folder, "capture.wacz"):
        name = f"{prefix}capture.wacz"
        try:
            found = check_wacz(folder.root / name)
        except OffsignalError as error:
            step.failed.append(f"{name}: {error}")
        else:
            step.proved.append(f"{name}: {found.records} records, index derived anew and equal")


def _record(folder: Folder, step: Step, log: CustodyLog) -> None:
    known = []
    for prefix in _below(folder, "manifest.json"):
        manifest = json.loads(folder.read(f"{prefix}manifest.json", MAX_JSON_BYTES))
        known.append(known_head(manifest["custody_head"], f"{prefix}manifest.json"))
    walk = log.walk(known)
    step.failed.extend(fault.sentence for fault in walk.faults())
    if not step.failed:
        step.proved.append(f"our custody log holds all {len(known)} heads named here; it has {walk.head.size} entries")
