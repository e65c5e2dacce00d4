"""``python -m tests.zoo [--markdown] [NAME ...]``: every bad bundle, and who finds it, as a table.

Columns: the program that a bundle carries, run as an opposing expert would; ``wacz validate`` and ``warcio check`` on
the archive inside, where the archive is what was altered. Exit code 0 when ours found every defect and passed what is
sound.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from evidence.verifier_file import assembled
from tests.evidence.bundle_making import make_house, public_stamper
from tests.zoo.bundle_defects import FAILS
from tests.zoo.forging import EXHIBIT
from tests.zoo.peers import PASSES, wacz_validate, warcio_check
from tests.zoo.time_defects import signer_that_expired_since

NOT_ITS_MATTER = "–"
SOUND: dict[str, Callable[[Path, Path], None]] = {
    "(sound bundle)": lambda bundle, keys: None,
    "(sound: signer expired since)": signer_that_expired_since,
}


@dataclass(frozen=True)
class Row:
    """One case. ``ours`` names the steps that failed, empty when none did; ``right`` is whether that is right."""

    number: str
    name: str
    ours: str
    wacz: str
    warcio: str
    right: bool


def rows(names: Sequence[str], root: Path) -> Iterator[Row]:
    """The table, one case after the other; bundles are made below ``root`` and removed again."""
    house = make_house(root, public_stamper(root / "keys", "one"), openssl=shutil.which("openssl"))
    house.build()
    house.db.close()
    program = root / "verify.py"
    program.write_bytes(assembled())
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(lambda name: row(name, root, program), names)


def row(name: str, root: Path, program: Path) -> Row:
    """One case, by all three programs."""
    place = root / name.strip("()").replace(" ", "_").replace(":", "")
    bundle = Path(shutil.copytree(root / "bundle", place / "bundle"))
    keys = Path(shutil.copytree(root / "keys", place / "keys"))
    config = keys / "tsa.cnf"
    config.write_text(config.read_text().replace(str(root / "keys"), str(keys)))
    defect = FAILS.get(name)
    (defect.make if defect else SOUND[name])(bundle, keys)
    failed, right = ours(program, bundle, name)
    number = str(defect.number or "") if defect else ""
    archive, before = (base / EXHIBIT / "capture.wacz" for base in (bundle, root / "bundle"))
    wacz = warcio = NOT_ITS_MATTER
    if archive.is_file() and (name in SOUND or archive.read_bytes() != before.read_bytes()):
        wacz = wacz_validate(archive, signatures=name.endswith("asked_for"))
        warcio = warcio_check(archive) or NOT_ITS_MATTER
    shutil.rmtree(place)
    return Row(number, name, failed, wacz, warcio, right)


def ours(program: Path, bundle: Path, name: str) -> tuple[str, bool]:
    """The steps that failed in the program inside a bundle, and whether that is as it should be."""
    command = [sys.executable, "-I", str(program), "--json", str(bundle)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    failed = [step["key"] for step in report["steps"] if step["verdict"] == "failed"]
    if name in SOUND:
        return ", ".join(failed), done.returncode == 0 and report["outcome"] == "proved"
    told = [text for step in report["steps"] if step["key"] == FAILS[name].step for text in step["failed"]]
    found = any(FAILS[name].word in text for text in told)
    first = FAILS[name].step
    others = len(failed) - (first in failed)
    return f"{first}{f' (+{others})' if others else ''}", done.returncode == 1 and found


def table(found: Sequence[Row], *, markdown: bool) -> str:
    """The rows for a person; the eighteen altered archives by their number first."""
    heads = ("no.", "case", "verify.py fails at", "wacz validate", "warcio check")
    cells = [(r.number, r.name, r.ours or PASSES, r.wacz, r.warcio) for r in found]
    if markdown:
        lines = [f"| {' | '.join(heads)} |", "| ---: | --- | --- | --- | --- |"]
        return "\n".join([*lines, *(f"| {' | '.join(line)} |" for line in cells)]) + "\n"
    widths = [max(len(line[column]) for line in [heads, *cells]) for column in range(len(heads))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in [heads, *cells]]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Prints the table and a line of sums."""
    names = [name for name in arguments if name != "--markdown"]
    if unknown := [name for name in names if name not in FAILS]:
        sys.stderr.write(f"python -m tests.zoo: there is no defect {', '.join(unknown)}\n")
        return 2
    numbered = sorted((name for name in FAILS if FAILS[name].number), key=lambda name: FAILS[name].number or 0)
    every = [*SOUND, *numbered, *(name for name in FAILS if not FAILS[name].number)]
    with tempfile.TemporaryDirectory() as root:
        found = list(rows(names or every, Path(root)))
    sys.stdout.write(table(found, markdown="--markdown" in arguments))
    wrong = [r.name for r in found if not r.right]
    bad = [r for r in found if r.name in FAILS]
    asked = [r for r in bad if r.wacz != NOT_ITS_MATTER]
    sums = f"{len(bad)} bad bundles, ours misjudges {len(wrong)} of all {len(found)}: {', '.join(wrong) or 'none'}."
    sums += f" Of {len(asked)} bad archives wacz validate passes {sum(r.wacz == PASSES for r in asked)},"
    sums += f" warcio check {sum(r.warcio == PASSES for r in asked)}."
    sys.stdout.write(f"\n{sums}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
