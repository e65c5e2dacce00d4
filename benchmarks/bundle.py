"""``python -m benchmarks.bundle [--exhibits N]``: a bundle of many exhibits: its time, its size, the memory it takes.

A casebook is made first, in a process of its own, by sealing generated drafts as large as real ones. Then the bundle is
built with the real browser, while the memory of this process and of the browser's processes is sampled apart. With
``--one-print`` the browser prints the first exhibit and the report alone, and the other prints are copies of the first:
for this process the work is the same.
"""

from __future__ import annotations

import io
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import typer

from classifiers.text import extract_html
from crawler import clock
from crawler import store as crawler_store
from crawler.casebook import open_casebook
from desk.sampleweb.authority import reply
from desk.sampleweb.practice_keys import ensure_keys
from evidence import case, custody, keys, store
from evidence.bundle import Bundler
from evidence.bundle_prints import Printer
from evidence.capture import ExhibitDraft
from evidence.capture_state import CaptureState
from evidence.case import Cases
from evidence.config import AuthoritySettings, TimestampSettings
from evidence.custody import CustodyLog
from evidence.digest import canonical_json, sha256_hex
from evidence.exhibit import Exhibits, Recorder, seal
from evidence.report_facts import Collector
from evidence.report_pdf import PrintJob, print_all
from evidence.stamping import stamp
from evidence.timestamp import Stamper
from evidence.vault import Vault
from tests.evidence.bundle_making import record, wacz

WIDTH, HEIGHT, LINES, CLAIMS = 1280, 4000, 160, 20
WORDS = ("send", "bulk", "messages", "per day", "no ban", "unsaved contacts", "price", "बल्क", "मैसेज", "إرسال")
MB = 1 << 20


class Local(Stamper):
    """The practice authority, asked within this process."""

    keys: Path

    def _post(self, url: str, request: bytes) -> bytes:  # noqa: ARG002  the stamper's own form
        return reply(self.keys, request)


def stamper(root: Path) -> Local:
    """A stamper whose keys are below ``root``."""
    ensure_keys(root / "practice")
    one = AuthoritySettings(name="practice", url="http://practice.example/", root="practice/root.pem", practice=True)
    made = Local(TimestampSettings(authorities=(one,)), root, "http://127.0.0.1:9")
    made.keys = root / "practice"
    return made


def make(root: Path, count: int) -> None:
    """A casebook with one case of ``count`` accepted exhibits."""
    db = open_casebook(
        root / "casebook.db", [crawler_store.MIGRATIONS, custody.MIGRATIONS, store.MIGRATIONS, case.MIGRATIONS]
    )
    exhibits, cases, authority = Exhibits(db, Vault(root / "vault")), Cases(db), stamper(root)
    recorder = Recorder(CustodyLog(db), "offsignal")
    opened = cases.open("Pelican Sender", by="R. Iyer")
    for number in range(1, count + 1):
        with tempfile.TemporaryDirectory() as name:
            exhibit = seal(draft(Path(name), number), exhibits, recorder)
        stamp(exhibit, exhibits, authority, recorder)
        cases.add(opened.id, exhibit.exhibit_id, by="R. Iyer", reason="of one vendor")
        cases.accept(opened.id, exhibit.exhibit_id, by="Anita Rao", reason="an offer")
    db.close()


def draft(folder: Path, number: int) -> ExhibitDraft:
    """A draft with a page of words, its picture, and claims that stand in both."""
    dice, url = random.Random(number), f"http://pelican-{number}.example/offer"  # noqa: S311  the same pages each time
    words = [" ".join(dice.choices(WORDS, k=9)) for _ in range(LINES)]
    lines = "".join(f"<p>{line}</p>" for line in words)
    head = f"<head><meta charset=utf-8><title>Pelican {number}</title></head>"
    body = f"<!doctype html><html>{head}<body>{lines}</body></html>".encode()
    text, at = extract_html(body).text, clock.now()
    record_id = wacz(folder / "capture.wacz", url, body, at)
    picture = drawn()
    files = {
        "body.bin": body,
        "dom.html": body,
        "text.txt": text.encode(),
        "full.png": picture,
        "viewport.png": drawn(800),
        "claims.json": canonical_json(claims(folder, text, words, picture, record_id, body)),
        "capture.json": canonical_json(record(url, number, clock.iso(at), body, ())),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    names = ("capture.wacz", *files, *(f"crops/{path.name}" for path in sorted((folder / "crops").iterdir())))
    return ExhibitDraft(f"ex-{number:04d}", f"sg-{number}", url, at, CaptureState.COMPLETE, folder, names, ())


@lru_cache
def drawn(height: int = HEIGHT) -> bytes:
    """A picture with lines of words, 25 pixels each, on a ground that packs as badly as a real page."""
    from PIL import Image, ImageDraw

    noise = Image.effect_noise((WIDTH // 8, height // 8), 18).resize((WIDTH, height)).convert("RGB")
    pen = ImageDraw.Draw(noise)
    for place in range(height // 25):
        pen.text((100, place * 25 + 4), f"{place} send bulk messages, no ban", fill=(20, 20, 20))
    data = io.BytesIO()
    noise.save(data, "PNG")
    return data.getvalue()


def claims(folder: Path, text: str, words: list[str], picture: bytes, record_id: str, body: bytes) -> dict[str, Any]:
    """Claims on different lines, each with a whole pin."""
    from PIL import Image

    (folder / "crops").mkdir()
    rows, at = [], 0
    decoded = body.decode()
    with Image.open(io.BytesIO(picture)) as image:
        for number in range(1, CLAIMS + 1):
            line = number * (LINES // CLAIMS) - 2
            start, inside = text.index(words[line], at), decoded.index(words[line])
            at = start + len(words[line])
            box, region = [100, line * 25, 520, 24], [76, line * 25 - 24, 568, 72]
            name = f"crops/{number:04d}.png"
            left, top, width, height = region
            image.crop((left, top, left + width, top + height)).save(folder / name)
            crop = {"path": name, "of": "full.png", "rect": box, "lines": [box], "region": region}
            pin = {
                "record": "capture.wacz",
                "record_id": record_id,
                "payload_sha256": sha256_hex(body),
                "body": {"start": inside, "end": inside + len(words[line])},
                "dom": {"path": "dom.html", "sha256": sha256_hex(body)},
                "css": f"html > body > p:nth-of-type({line + 1})",
                "crop": {**crop, "sha256": sha256_hex((folder / name).read_bytes())},
            }
            place = {"quote": words[line], "start": start, "end": at, "field": "body"}
            rows.append({"type": "anti_ban", **place, "rule": "", "pin": pin})
    about = {"path": "body.bin", "sha256": sha256_hex(body), "codec": "utf-8", "skip_bytes": 0}
    return {"format": "offsignal-claims-2", "text": "text.txt", "body": about, "claims": rows, "identifiers": []}


class Watch:
    """Samples the memory of a process's children, in MB of what they do not share (PSS)."""

    def __init__(self) -> None:
        self.most, self.stop = {"browser": 0.0, "driver": 0.0}, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self.stop.wait(0.5):
            found = {"browser": 0.0, "driver": 0.0}
            for process in descendants(os.getpid()):
                name, size = held(process)
                if name:
                    found["browser" if "chrom" in name else "driver"] += size / MB
            self.most = {name: max(size, self.most[name]) for name, size in found.items()}


def descendants(process: int) -> list[int]:
    """Every process below one."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, waiting = [], [process]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def held(process: int) -> tuple[str, int]:
    """Name and bytes of a process; an empty name when it is gone."""
    try:
        name = Path(f"/proc/{process}/comm").read_text()
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return "", 0
    return name, next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def main(
    exhibits: Annotated[int, typer.Option(help="How many exhibits the case has.")] = 200,
    place: Annotated[Path | None, typer.Option(help="Where to work; a temporary directory otherwise.")] = None,
    one_print: Annotated[bool, typer.Option("--one-print", help="Print one exhibit and copy it.")] = False,
    only_make: Annotated[bool, typer.Option("--only-make", hidden=True)] = False,
) -> None:
    """Builds one bundle and prints the figures as JSON."""
    with tempfile.TemporaryDirectory() as name:
        root = place or Path(name)
        root.mkdir(parents=True, exist_ok=True)
        if only_make:
            make(root, exhibits)
            return
        command = [sys.executable, "-m", "benchmarks.bundle", "--only-make", "--exhibits", str(exhibits)]
        subprocess.run([*command, "--place", str(root)], check=True)
        sys.stdout.write(json.dumps(measured(root, print_one if one_print else print_all), indent=1) + "\n")


def print_one(jobs: Sequence[PrintJob]) -> None:
    """Prints the first of many pages; the others are copies of it."""
    print_all(jobs[:1])
    for job in jobs[1:]:
        shutil.copy(jobs[0].target, job.target)


def measured(root: Path, printer: Printer) -> dict[str, float]:
    """The figures of one bundle of the casebook at ``root``."""
    db = open_casebook(root / "casebook.db", [])
    signer = keys.load(root) or keys.make(root, "heron-llp/benchmark")
    exhibits, openssl = Exhibits(db, Vault(root / "vault")), shutil.which("openssl")
    bundler = Bundler(db, exhibits, stamper(root), printer, Collector("R. Iyer"), openssl, signer=signer)
    watch = Watch()
    watch.thread.start()
    began, busy = time.monotonic(), time.process_time()
    bundle = bundler.build("case-0001", root / "bundle", by="Anita Rao", purpose="benchmark")
    took, spent = time.monotonic() - began, time.process_time() - busy
    watch.stop.set()
    watch.thread.join()
    db.close()
    files = [path for path in (root / "bundle").rglob("*") if path.is_file()]
    return {
        "exhibits": len(bundle.exhibit_ids),
        "pages": int(bundle.pages[1].lstrip("OFS")),
        "seconds": round(took, 1),
        "seconds of this process's processor": round(spent, 1),
        "memory of this process at most, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "memory of the browser at most, MB": round(watch.most["browser"], 1),
        "memory of the browser's driver at most, MB": round(watch.most["driver"], 1),
        "bundle, MB": round(sum(path.stat().st_size for path in files) / MB, 1),
        "prints, MB": round(sum(path.stat().st_size for path in files if path.suffix == ".pdf") / MB, 1),
    }


if __name__ == "__main__":
    typer.run(main)
