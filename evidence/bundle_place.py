"""Where a bundle grows: a hidden directory beside its place, cleared whatever happens, and what dead builders left."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evidence.errors import NotAllowed


@contextmanager
def beside(out_dir: Path) -> Iterator[Path]:
    """A hidden directory beside ``out_dir`` for the time of building; what dead builders left there is removed."""
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    for left in out_dir.parent.glob(f".{out_dir.name}.partial-*"):
        number = re.fullmatch(r".*\.partial-(\d+)", left.name)
        if number and not _alive(int(number[1])):
            shutil.rmtree(left, ignore_errors=True)
    place = out_dir.parent / f".{out_dir.name}.partial-{os.getpid()}"
    try:
        place.mkdir()
    except FileExistsError:
        raise NotAllowed(f"{out_dir} is being built by this very process: wait for it") from None
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _alive(process: int) -> bool:
    """Whether a process of that number runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
