"""Steps 3 and 4: size and SHA-256 of every file are those in the bundle's manifest, and in each exhibit's own."""

from __future__ import annotations

from typing import Any

from evidence.verifier.forms import listed, moment
from evidence.verifier.layout import later_paths
from evidence.verifier.run import EXHIBIT_FORMAT, Run
from evidence.verifier.words import Step, shown


def check_manifest(run: Run, step: Step) -> None:
    """Every file the bundle's manifest lists."""
    files = listed(run.whole(), "manifest.json")
    if compare(run, "", files, step):
        step.proved.append(f"size and SHA-256 of {len(files)} files are those in manifest.json")
    step.proved.append(f"the SHA-256 of manifest.json is {run.folder.digest('manifest.json')}")


def compare(run: Run, prefix: str, wanted: dict[str, tuple[int, str]], step: Step) -> bool:
    """Whether the listed files have the listed sizes and digests; those that have not are failures."""
    before = len(step.failed)
    for path, (size, digest) in sorted(wanted.items()):
        name = prefix + path
        if run.folder.files.get(name, -1) != size:
            step.failed.append(f"{name}: {run.folder.files.get(name, 'no')} bytes, the manifest says {size}")
        elif run.folder.digest(name) != digest:
            step.failed.append(f"{name}: its SHA-256 is not the one in the manifest")
    return len(step.failed) == before


def check_exhibits(run: Run, step: Step) -> None:
    """Every exhibit: the one that lies alone, or each of a bundle, numbered and where it belongs."""
    if not run.is_bundle:
        one_exhibit(run, "", {}, step)
        return
    rows = run.whole()["exhibits"]
    names = [row["exhibit_id"] for row in rows]
    found = {name.split("/")[0] for name in run.folder.below("exhibits/")}
    for name in sorted(found ^ {*names}):
        step.failed.append(f"exhibits/{shown(name)}: in the folder or in the manifest's exhibits, not in both")
    if not rows or [row["number"] for row in rows] != list(range(1, len({*names}) + 1)):
        step.failed.append("manifest.json: its exhibits are not numbered 1, 2, 3 and so on, each once")
    for row in rows:
        if row["exhibit_id"] in found:
            with step.noting(""):
                one_exhibit(run, f"exhibits/{row['exhibit_id']}/", row, step)
    with step.noting("manifest.json: "):
        check_prints(run.whole(), step)


def one_exhibit(run: Run, prefix: str, row: dict[str, Any], step: Step) -> None:
    """One exhibit's manifest and files; ``row`` is what the bundle's manifest says of it, {} where there is none."""
    name = prefix + "manifest.json"
    manifest = run.folder.manifest(name, EXHIBIT_FORMAT)
    files, digest = listed(manifest, name), run.folder.digest(name)
    told = f"{shown(manifest['exhibit_id'])}: {len(files)} files hold, {shown(manifest['url'])}, captured "
    told += f"{moment(manifest['captured_at']):%Y-%m-%d %H:%M:%S} UTC, manifest SHA-256 {digest}"
    run.exhibits[prefix], later = manifest, later_paths(run.folder, prefix)
    own = {"manifest_sha256": digest, **manifest}
    for key in ("exhibit_id", "url", "captured_at", "manifest_sha256"):
        if row and own[key] != row[key]:
            step.failed.append(f"{name}: its {key} is not the one in the bundle's manifest: another exhibit?")
    for path in run.folder.below(prefix) if prefix else []:
        if path not in {*files, "manifest.json", *later} and not path.startswith("proofs/"):
            step.failed.append(f"{prefix}{path}: not in the exhibit's own manifest")
    if "capture.json" not in files:
        step.failed.append(f"{name}: lists no capture.json, the record of the capture")
    if compare(run, prefix, files, step):
        step.proved.append(told)


def check_prints(bundle: dict[str, Any], step: Step) -> None:
    """Each exhibit's print is the file that the manifest names, no page has a number twice, nothing else is printed."""
    files, before = listed(bundle, "manifest.json"), len(step.failed)
    prints = [(row["number"], row["print"]) for row in bundle["exhibits"] if row.get("print")]
    for number, one in prints:
        if files.get(one["path"], (0, ""))[1] != one["sha256"]:
            step.failed.append(f"{shown(one['path'])}: not the print that manifest.json names for exhibit {number}")
    known = {one["path"] for _, one in prints}
    for path in sorted(files):
        if path.startswith("pdf/") and path not in known:
            step.failed.append(f"{shown(path)}: a print of no exhibit")
        if path.startswith("work-product/") and bundle.get("work_product") is not True:
            step.failed.append(f"{shown(path)}: work product, which manifest.json says is not in the bundle")
    spans = [one for _, one in prints] + [bundle["production"]["report"]] * bool(bundle.get("production"))
    last = ("", 0)
    for one in spans:
        (prefix, first), (other, end) = page_number(one["begin"]), page_number(one["end"])
        if prefix != other or end < first or (last[0] == prefix and first <= last[1]):
            step.failed.append(f"manifest.json: the page numbers {shown(one['begin'])} to {shown(one['end'])} overlap")
        last = (prefix, end)
    if spans and len(step.failed) == before:
        step.proved.append(
            f"{len(prints)} printed exhibits, pages {spans[0]['begin']} to {spans[-1]['end']}, none twice"
        )


def page_number(text: str) -> tuple[str, int]:
    """Prefix and counter of a page number. Raises ValueError for anything else."""
    prefix = text.rstrip("0123456789")
    return prefix, int(text[len(prefix) :])
