"""Signs and stamps the custody log of a data directory, checks it whole, changes its key: for night, verbs, bundles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from crawler.egress import Guard
from crawler.errors import OffsignalError
from desk.talk import say
from desk.workspace import Workspace
from evidence import key_history, key_rotation
from evidence.checkpoint import Checkpoint, Checkpoints, read_text
from evidence.custody_audit import Audit
from evidence.custody_check import Known
from evidence.errors import ClockBehind, KeyRefused, Unverified
from evidence.key_history import periods
from evidence.key_rotation import Rotation
from evidence.signed_note import Signer, open_note
from evidence.timestamp import PUBLIC_AUTHORITIES, Stamper, load_root
from evidence.verifier.words import Step


def signer(workspace: Workspace) -> Signer:
    """The key that signs the log; the first one is made when there is none. Raises KeyRefused with what to do."""
    settings = workspace.settings
    organisation = settings.collector.organisation or settings.collector.operator
    log, origin = workspace.custody, settings.custody.origin
    return key_rotation.obtain(log, workspace.data_dir, origin=origin, organisation=organisation)


def introduce(workspace: Workspace) -> None:
    """Makes the key of a new data directory and enters it into the log."""
    signing = signer(workspace)
    with workspace.custody.batch():
        key_history.introduce(workspace.custody, signing, workspace.machine)


def sign(workspace: Workspace, *, by: str, purpose: str) -> tuple[Checkpoint, tuple[str, ...]]:
    """A checkpoint of the log as it is now, and the names of the authorities that stamped it.

    Raises KeyRefused, and Unverified when the log is not what an earlier checkpoint says.
    """
    checkpoints = Checkpoints(workspace.db)
    made = checkpoints.sign(signer(workspace), actor=by, purpose=purpose)
    return made, _stamped(workspace, made, by)


def rotate(workspace: Workspace, *, by: str, reason: str, lost: bool, to: str) -> Rotation:
    """Changes the key, and has both checkpoints stamped. Raises KeyRefused as the rotation itself does."""
    checkpoints = Checkpoints(workspace.db)
    done = key_rotation.rotate(
        workspace.custody, checkpoints, workspace.data_dir, by=by, reason=reason, lost=lost, to=to
    )
    for made in (done.before, done.after):
        if made is not None:
            _stamped(workspace, made, by)
    return done


def audit(workspace: Workspace, kept_elsewhere: Iterable[Path] = ()) -> list[Step]:
    """Everything about the log; ``kept_elsewhere`` are checkpoints that somebody kept outside this machine."""
    settings = workspace.settings.timestamp
    every = (*settings.authorities, *PUBLIC_AUTHORITIES)
    roots = [
        certificate.public_bytes(Encoding.DER)
        for authority in every
        for certificate in x509.load_pem_x509_certificates(load_root(authority, workspace.data_dir))
    ]
    elsewhere = tuple(_known(workspace, path) for path in kept_elsewhere)
    return Audit(workspace.db, workspace.vault, roots, elsewhere).steps()


def nightly(workspace: Workspace) -> dict[str, Any]:
    """The night's step: checks the log whole, then signs and stamps it. A log that does not hold is not signed.

    What hinders it does not end the night: it is in the summary, and so in the report. Raises ClockBehind.
    """
    faults = [text for step in audit(workspace) for text in step.failed]
    summary: dict[str, Any] = {"entries": workspace.custody.head().size, "faults": faults, "stamped_by": []}
    if faults:
        say(f"the custody log does not hold: {faults[0]}")
        return summary | {"reason": "the custody log does not hold"}
    try:
        made, names = sign(workspace, by=workspace.machine, purpose="the night's checkpoint")
    except ClockBehind:
        raise
    except OffsignalError as error:
        say(f"the custody log was not signed: {error}")
        return summary | {"reason": str(error)}
    return summary | {"checkpoint": made.number, "stamped_by": list(names), "reason": ""}


def notices(summary: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """What a person must know of the night's checkpoint: level, what, and what to do."""
    if not summary or not summary.get("reason"):
        return []
    found = [("bad", f"The custody log was not signed: {summary['reason']}.", "Run 'offsignal custody verify'.")]
    faults = summary.get("faults", [])
    more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
    told = [("bad", f"{fault}{more}", "Keep a copy of the data directory as it is.") for fault in faults[:1]]
    return told + found


def _stamped(workspace: Workspace, made: Checkpoint, by: str) -> tuple[str, ...]:
    with Guard(workspace.settings.egress) as guard:
        stamper = Stamper(workspace.settings.timestamp, workspace.data_dir, guard.url)
        return Checkpoints(workspace.db).stamp(made, stamper, actor=by)


def _known(workspace: Workspace, path: Path) -> Known:
    """The head of a checkpoint in a file. Raises KeyRefused for one that no key of this log signed."""
    try:
        text, _ = open_note(path.read_text("utf-8"), [period.key for period in periods(workspace.custody)])
    except Unverified as error:
        raise KeyRefused(f"{path}: {error}: it is a checkpoint of another log, or forged") from error
    return Known(read_text(text)[1], str(path))
