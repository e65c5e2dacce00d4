"""What is asked for when a certificate is made: words of a person in, a checked request out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evidence.decision import one_line
from evidence.errors import NotAllowed

MAX_EXPLANATION = 2000


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. ``exhibits`` are IDs or numbers (empty: all accepted), ``explanations`` words by exhibit."""

    case_id: str
    form: str
    by: str
    purpose: str
    exhibits: tuple[str, ...] = ()
    explanations: Mapping[str, str] = field(default_factory=dict)
    initials: str = ""
    first_number: int = 1


def check_target(out_dir: Path, request: Request) -> None:
    """Raises NotAllowed for a directory that is taken, or a first number out of bounds."""
    if out_dir.is_symlink() or (out_dir.exists() and (not out_dir.is_dir() or any(out_dir.iterdir()))):
        raise NotAllowed(f"{out_dir} exists and is not an empty directory: name a new one for the certificate")
    if not 1 <= request.first_number <= 9999:
        raise NotAllowed(f"the first exhibit number is {request.first_number}: give one from 1 to 9999")


def initials_of(given: str) -> str:
    """The initials in capitals; empty when none are given. Raises NotAllowed for what are none."""
    found = given.strip().upper()
    if found and not (found.isalpha() and len(found) <= 6):
        raise NotAllowed(f"{given!r} are no initials: up to six letters, as in AR")
    return found


def explanations_of(given: Mapping[str, str], chosen: Mapping[int, str]) -> dict[str, str]:
    """The explanations by exhibit ID. Raises NotAllowed for an exhibit that the certificate is not about."""
    ids = {str(number): exhibit_id for number, exhibit_id in chosen.items()} | {one: one for one in chosen.values()}
    found = {}
    for name, said in given.items():
        if name not in ids:
            raise NotAllowed(
                f"--explain {name}: the certificate is not about such an exhibit; name one by ID or number"
            )
        found[ids[name]] = one_line(said, f"the explanation of {name}", MAX_EXPLANATION)
    return found
