#!/usr/bin/env python3
"""Checks an evidence bundle, or one exhibit of it, with the Python standard library alone (Python 3.9 or newer).

    python3 -I verify.py [--json] [DIRECTORY]      the directory this file lies in, unless another is named

Steps, each with the verdict proved, failed, or not checked (and why):

     1  layout           the files that belong there and no others, under safe names; no links
     2  seal             seal.json recomputed byte for byte
     3  manifest         the bundle's manifest is canonical; size and SHA-256 of every file
     4  exhibits         each exhibit's own manifest and its files
     5  exhibit times    RFC 3161 timestamps over the exhibits' manifests (signatures by the openssl command)
     6  bundle time      RFC 3161 timestamps over the bundle's manifest
     7  WACZ             archives hold exactly what they list, with the listed digests
     8  WARC             every record inside: length and digests; index, page list and body.bin are of them
     9  claims           every quote stands at its offsets in the text, and in the stored page
    10  custody          the hash chain recomputed up to the heads that the manifests name

The exit code is 0 when no step failed, 1 when one did, 2 when there is no such directory. Hostile input is expected:
sizes are bounded by the constants below, and whatever cannot be read is a failed step.
"""

from __future__ import annotations

import sys

if __name__ == "__main__" and not sys.flags.isolated and not getattr(sys.flags, "safe_path", False):
    del sys.path[0]  # a file beside this one that is named like a module must not be loaded in its place

import base64
import hashlib
import html
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

BUNDLE_FORMAT, EXHIBIT_FORMAT = "offsignal-bundle-1", "offsignal-exhibit-1"
SEAL_FORMAT, CUSTODY_FORMAT = "offsignal-seal-1", "offsignal-custody-1"
ENTRY_DOMAIN, LINK_DOMAIN, GENESIS = b"offsignal-custody-entry-1\n", "offsignal-custody-link-1\n", "0" * 64
ROOT_FILES = {"manifest.json", "seal.json", "custody.jsonl", "index.csv", "report.html", "report.pdf"}
ROOT_FILES |= {"VERIFY.md", "verify.py"}
PROOF_FILES = ("request.tsq", "response.tsr", "chain.pem", "root.pem", "result.json")
PACKAGE_FILES = ("datapackage.json", "datapackage-digest.json", "pages/pages.jsonl")

MAX_FILES, MAX_DEPTH, MAX_ENTRIES, MAX_SENTENCES = 50_000, 6, 1000, 40
MAX_QUOTES, MAX_QUOTE_CHARS = 5000, 20_000
MAX_JSON_BYTES, MAX_LINE_BYTES, MAX_PROOF_BYTES, MAX_HEAD_BYTES = 64 << 20, 1 << 20, 1 << 20, 1 << 20
MAX_PAGE_BYTES, MAX_RECORD_BYTES, MAX_UNPACKED_BYTES = 32 << 20, 256 << 20, 8 << 30
READ_BYTES, OPENSSL_SECONDS, CLOCK_SLACK = 1 << 16, 60, timedelta(minutes=5)
SAFE_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?")
DIGEST = re.compile(r"[0-9a-f]{64}")
PRINTED_TIME = re.compile(r"Time stamp: ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.\d+)? (\d{4}) GMT")
BEGIN, END = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n"
CERTIFICATE = re.compile(BEGIN.strip() + rb"([A-Za-z0-9+/=\s]+)" + END.strip())
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\0"))
NOT_PROVEN = (
    "That the server sent this: digests show that nothing changed since the capture, not what was on the wire.",
    "Who runs the site, or that identifiers belong to one vendor: people infer that, the bundle does not.",
    "That a timestamp authority can be trusted: compare its root's fingerprint with one got elsewhere.",
    "That the custody log names the right persons: it proves order and content, not who sat at the keyboard.",
)


class Bad(Exception):  # noqa: N818  # read aloud: "Bad: two entries of that name"
    """Something does not hold, or cannot be understood; the text is one sentence."""


class Step:
    """One numbered step: what it proved, what failed, what it could not check."""

    def __init__(self, number: int, title: str) -> None:
        self.number, self.title = number, title
        self.proved: list[str] = []
        self.failed: list[str] = []
        self.unchecked: list[str] = []

    @property
    def verdict(self) -> str:
        """``failed`` if anything failed; else ``proved`` if anything was proved; else ``not checked``."""
        return "failed" if self.failed else "proved" if self.proved else "not checked"

    @contextmanager
    def noting(self, where: str) -> Iterator[None]:
        """What goes wrong inside, of whatever kind, becomes a failure of this step that names ``where``."""
        try:
            yield
        except Bad as error:
            self.failed.append(f"{where}{error}")
        except Exception as error:  # noqa: BLE001  # hostile input must end in a verdict, never in a traceback
            self.failed.append(f"{where}cannot be read ({type(error).__name__}: {error})")

    def to_dict(self) -> dict[str, Any]:
        """The step as JSON: number, title, verdict and the three lists of sentences."""
        lists = {"proved": self.proved, "failed": self.failed, "not_checked": self.unchecked}
        return {"number": self.number, "title": self.title, "verdict": self.verdict, **lists}


def shown(value: object, limit: int = 300) -> str:
    """Text that is safe on a terminal: no control characters, bounded."""
    text = str(value)
    return "".join(c if c.isprintable() else "?" for c in text[:limit]) + ("…" if len(text) > limit else "")


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of values without fractions under ASCII names: sorted names, no white space, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def parsed(data: bytes, name: str) -> Any:
    """``data`` as JSON; a name given twice in one object, fractions, NaN and broken UTF-8 are refused."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("an object names one thing twice")
        return dict(pairs)

    def never(word: str) -> Any:
        raise ValueError(f"{word} has no place here")

    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=once, parse_constant=never, parse_float=never)
    except (ValueError, RecursionError) as error:
        raise Bad(f"{name}: not readable as JSON: {error}") from None


def moment(text: str) -> datetime:
    """A UTC time as manifests write it. Raises ValueError for anything else."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


class Folder:
    """A directory that is read without following links, and never more of a file than a bound allows."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, int] = {}
        self.names: list[str] = []  # of all files, sorted
        self.folders: list[str] = []
        self.odd: list[str] = []

    def scan(self) -> None:
        """Lists every file with its size; what is no plain file or folder, or unsafely named, goes to ``odd``."""
        waiting = [("", 0)]
        while waiting:
            prefix, depth = waiting.pop()
            with os.scandir(self.root / prefix) as listing:
                for item in listing:
                    name = prefix + item.name
                    if not SAFE_NAME.fullmatch(item.name):
                        self.odd.append(f"{name}: not a safe name")
                    elif item.is_file(follow_symlinks=False):
                        self.files[name] = item.stat(follow_symlinks=False).st_size
                    elif item.is_dir(follow_symlinks=False) and depth < MAX_DEPTH:
                        self.folders.append(name)
                        waiting.append((name + "/", depth + 1))
                    else:
                        self.odd.append(f"{name}: {'a symbolic link' if item.is_symlink() else 'no plain file'}")
                    if len(self.files) + len(self.folders) + len(self.odd) > MAX_FILES:
                        raise Bad(f"more than {MAX_FILES} files: not a bundle")
        self.names = sorted(self.files)

    def open(self, name: str) -> BinaryIO:
        """A file of the listing, opened for reading."""
        if name not in self.files:
            raise Bad(f"{name}: missing")
        descriptor = os.open(self.root / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Bad(f"{name}: not a plain file")
        return os.fdopen(descriptor, "rb")

    def read(self, name: str, limit: int) -> bytes:
        """A whole file of at most ``limit`` bytes."""
        with self.open(name) as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise Bad(f"{name}: larger than the {limit} bytes this check reads")
        return data

    def digest(self, name: str) -> str:
        """The SHA-256 of a file, read in pieces."""
        with self.open(name) as stream:
            return digest_of(iter(lambda: stream.read(READ_BYTES), b""))

    def manifest(self, name: str, form: str) -> dict[str, Any]:
        """A canonical JSON object that says it is of the format ``form``."""
        data = self.read(name, MAX_JSON_BYTES)
        value = parsed(data, name)
        if not isinstance(value, dict) or value.get("format") != form:
            raise Bad(f"{name}: not of the format {form}")
        if canonical(value) != data:
            raise Bad(f"{name}: not in canonical form, so it was changed after it was written")
        return value

    def below(self, prefix: str) -> list[str]:
        """The names of all files below a prefix that ends in a slash, without it, sorted."""
        first, end = bisect_left(self.names, prefix), bisect_left(self.names, prefix[:-1] + "0")  # "0" follows "/"
        return [name[len(prefix) :] for name in self.names[first:end]]


def digest_of(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def listed(manifest: dict[str, Any], name: str) -> dict[str, tuple[int, str]]:
    """The files a manifest lists: path to size and digest; unsafe, double and colliding paths are refused."""
    result: dict[str, tuple[int, str]] = {}
    for row in manifest["files"]:
        path, size, digest = row["path"], row["bytes"], row["sha256"]
        if not all(SAFE_NAME.fullmatch(part) for part in path.split("/")):
            raise Bad(f"{name}: lists the unsafe path {shown(path)}")
        if type(size) is not int or not DIGEST.fullmatch(digest) or len(row) != 3:
            raise Bad(f"{name}: size or digest of {path} is malformed")
        result[path] = (size, digest)
    if len({path.lower() for path in result}) != len(manifest["files"]):
        raise Bad(f"{name}: lists a path twice, or two that differ only in upper and lower case")
    return result


class Check:
    """All steps over one folder. ``steps`` holds what came out; no step raises."""

    def __init__(self, root: Path, openssl: str | None) -> None:
        self.folder, self.openssl = Folder(root), openssl
        self.is_bundle, self.unpacked = True, 0
        self.bundle: dict[str, Any] = {}
        self.exhibits: dict[str, dict[str, Any]] = {}  # prefix in the folder -> exhibit manifest
        looks: list[tuple[str, Callable[[Step], None]]] = [
            ("the files that belong there and no others", self.layout),
            ("the seal, recomputed byte for byte", self.seal),
            ("the bundle's manifest and every file it lists", self.manifest),
            ("each exhibit's own manifest and files", self.exhibit_manifests),
            ("timestamps over the exhibits", self.exhibit_times),
            ("timestamps over the bundle", self.bundle_time),
            ("web archives (WACZ)", self.archives),
            ("the records in the web archives (WARC)", self.records),
            ("quoted claims and identifiers", self.claims),
            ("the custody log", self.custody),
        ]
        self.looks = [(Step(number, title), look) for number, (title, look) in enumerate(looks, 1)]

    def run(self) -> list[Step]:
        """Every step in order."""
        for step, look in self.looks:
            if not self.is_bundle and step.number in (2, 3, 6):
                step.unchecked.append("this is a single exhibit; a seal and a manifest of the whole belong to a bundle")
                continue
            with step.noting(""):
                look(step)
            if not (step.failed or step.proved or step.unchecked):
                step.unchecked.append("there was nothing of the kind to check")
        return [step for step, _ in self.looks]

    def layout(self, step: Step) -> None:
        self.folder.scan()
        files = self.folder.files
        step.failed.extend(self.folder.odd)
        self.is_bundle = "seal.json" in files or any(name.startswith("exhibits/") for name in files)
        manifest = self.folder.manifest("manifest.json", BUNDLE_FORMAT if self.is_bundle else EXHIBIT_FORMAT)
        expected = {*listed(manifest, "manifest.json"), "manifest.json"}
        if self.is_bundle:
            self.bundle = manifest
            expected.add("seal.json")
            foreign = sorted(n for n in expected if n not in ROOT_FILES and not n.startswith("exhibits/"))
            step.failed.extend(f"{name}: has no place in a bundle" for name in foreign)
        expected |= {
            f"proofs/{n}" for n in self.folder.below("proofs/") if n.split("/")[1:] in [[p] for p in PROOF_FILES]
        }
        step.failed.extend(f"{name}: in the folder, but not in the manifest" for name in sorted({*files} - expected))
        step.failed.extend(f"{name}: missing" for name in sorted(expected - {*files}))
        needed = {parent.as_posix() for name in expected for parent in PurePosixPath(name).parents}
        step.failed.extend(f"{name}: an empty or foreign folder" for name in self.folder.folders if name not in needed)
        if not step.failed:
            step.proved.append(f"{len(files)} files, none missing and none foreign, all under safe names")

    def seal(self, step: Step) -> None:
        parts = ["manifest.json", *(f"proofs/{name}" for name in self.folder.below("proofs/"))]
        rows = [{"path": n, "bytes": self.folder.files[n], "sha256": self.folder.digest(n)} for n in parts]
        found = self.folder.read("seal.json", MAX_JSON_BYTES)
        if found == canonical({"format": SEAL_FORMAT, "manifest": rows[0], "proofs": rows[1:]}):
            step.proved.append(f"seal.json is what manifest.json and {len(rows) - 1} proof files give")
            return
        step.failed.append("seal.json: does not come out again when it is recomputed")
        stated = self.folder.manifest("seal.json", SEAL_FORMAT)
        old = {row["path"]: row for row in [stated["manifest"], *stated["proofs"]]}
        new = {row["path"]: row for row in rows}
        changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
        step.failed.extend(f"{shown(name)}: not what seal.json says it was" for name in changed)

    def manifest(self, step: Step) -> None:
        files = listed(self.whole(), "manifest.json")
        if self.compare("", files, step):
            step.proved.append(f"size and SHA-256 of {len(files)} files are those in manifest.json")
        step.proved.append(f"the SHA-256 of manifest.json is {self.folder.digest('manifest.json')}")

    def whole(self) -> dict[str, Any]:
        """The bundle's manifest, once step 1 could read it."""
        if not self.bundle:
            raise Bad("manifest.json: cannot be used, see step 1")
        return self.bundle

    def compare(self, prefix: str, wanted: dict[str, tuple[int, str]], step: Step) -> bool:
        """Whether the listed files have the listed sizes and digests; those that have not are failures."""
        before = len(step.failed)
        for path, (size, digest) in sorted(wanted.items()):
            name = prefix + path
            if self.folder.files.get(name, -1) != size:
                step.failed.append(f"{name}: {self.folder.files.get(name, 'no')} bytes, the manifest says {size}")
            elif self.folder.digest(name) != digest:
                step.failed.append(f"{name}: its SHA-256 is not the one in the manifest")
        return len(step.failed) == before

    def exhibit_manifests(self, step: Step) -> None:
        if not self.is_bundle:
            self.one_exhibit("", {}, step)
            return
        rows = self.whole()["exhibits"]
        names = [row["exhibit_id"] for row in rows]
        found = {name.split("/")[0] for name in self.folder.below("exhibits/")}
        for name in sorted(found ^ {*names}):
            step.failed.append(f"exhibits/{shown(name)}: in the folder or in the manifest's exhibits, not in both")
        if not rows or [row["number"] for row in rows] != list(range(1, len({*names}) + 1)):
            step.failed.append("manifest.json: its exhibits are not numbered 1, 2, 3 and so on, each once")
        for row in rows:
            if row["exhibit_id"] in found:
                with step.noting(""):
                    self.one_exhibit(f"exhibits/{row['exhibit_id']}/", row, step)

    def one_exhibit(self, prefix: str, row: dict[str, Any], step: Step) -> None:
        name = prefix + "manifest.json"
        manifest = self.folder.manifest(name, EXHIBIT_FORMAT)
        files, digest = listed(manifest, name), self.folder.digest(name)
        told = f"{shown(manifest['exhibit_id'])}: {len(files)} files hold, {shown(manifest['url'])}, captured "
        told += f"{moment(manifest['captured_at']):%Y-%m-%d %H:%M:%S} UTC, manifest SHA-256 {digest}"
        self.exhibits[prefix] = manifest
        own = {"manifest_sha256": digest, **manifest}
        for key in ("exhibit_id", "url", "captured_at", "manifest_sha256"):
            if row and own[key] != row[key]:
                step.failed.append(f"{name}: its {key} is not the one in the bundle's manifest: another exhibit?")
        for path in self.folder.below(prefix) if prefix else []:
            if path not in files and path != "manifest.json" and not path.startswith("proofs/"):
                step.failed.append(f"{prefix}{path}: not in the exhibit's own manifest")
        if "capture.json" not in files:
            step.failed.append(f"{name}: lists no capture.json, the record of the capture")
        if self.compare(prefix, files, step):
            step.proved.append(told)

    def exhibit_times(self, step: Step) -> None:
        sealed = {row["exhibit_id"]: row["sealed"] for row in self.bundle.get("exhibits", [])}
        for prefix, manifest in self.exhibits.items():
            name = shown(manifest["exhibit_id"])
            count = self.proofs(prefix, moment(manifest["captured_at"]), step)
            if self.is_bundle and sealed.get(manifest["exhibit_id"]) is not bool(count):
                step.failed.append(f"{prefix}proofs: folder and manifest.json differ on whether it is sealed")
            if not count:
                step.unchecked.append(f"{name} is UNSEALED: no authority stamped it, its time rests on our clock alone")

    def bundle_time(self, step: Step) -> None:
        if not self.proofs("", moment(self.whole()["created_at"]), step):
            step.unchecked.append("the bundle is UNSEALED: no authority has stamped its manifest")

    def proofs(self, prefix: str, before: datetime, step: Step) -> int:
        """Checks every proof below ``prefix`` over its manifest.json; returns how many there are."""
        names = sorted({name.split("/")[0] for name in self.folder.below(f"{prefix}proofs/")})
        for name in names:
            with step.noting(f"{prefix}proofs/{name}: "):
                self.proof(f"{prefix}proofs/{name}/", f"{prefix}manifest.json", before, step)
        return len(names)

    def proof(self, where: str, over: str, before: datetime, step: Step) -> None:
        parts = {name: self.folder.read(where + name, MAX_PROOF_BYTES) for name in PROOF_FILES}
        facts, digest = parsed(parts["result.json"], "result.json"), self.folder.digest(over)
        if bytes.fromhex(digest) not in parts["response.tsr"]:
            raise Bad(f"response.tsr is a timestamp over other bytes, not over {over}")
        roots = [base64.b64decode(found) for found in CERTIFICATE.findall(parts["root.pem"])]
        told = f"root certificate SHA-256 {', '.join(hashlib.sha256(root).hexdigest() for root in roots)}"
        if self.openssl is None:
            command = self.command(where, str(int(moment(facts["gen_time"]).timestamp())), parts)
            step.unchecked.append(f"{where}: names the digest of {over}; {told}; openssl is not on this machine, so")
            step.unchecked.append("  neither SIGNATURE nor time is checked: run these two where it is")
            step.unchecked.append(f"  openssl ts -reply -in {where}response.tsr -text")
            step.unchecked.append("  " + " ".join([*command, "-data", over]))
            return
        with tempfile.TemporaryDirectory() as temporary:
            shown_roots = b"".join(BEGIN + base64.encodebytes(root) + END for root in roots)
            for name, data in {**parts, "root.pem": shown_roots}.items():
                Path(temporary, name).write_bytes(data)
            at = printed_time(self.ask(["openssl", "ts", "-reply", "-in", f"{temporary}/response.tsr", "-text"]))
            command = self.command(f"{temporary}/", str(int(at.timestamp())), parts)
            for end in (["-data", str(self.folder.root / over)], ["-queryfile", f"{temporary}/request.tsq"]):
                self.ask([*command, *end])
        if at < before - CLOCK_SLACK:
            raise Bad(f"it was made at {at:%Y-%m-%d %H:%M:%S} UTC, before what it stamps says it was made")
        if moment(facts["gen_time"]).replace(microsecond=0) != at:
            raise Bad(f"result.json tells another time than the token, which says {at:%Y-%m-%d %H:%M:%S} UTC")
        told = f"{where[:-1]}: {at:%Y-%m-%d %H:%M:%S} UTC over {over}, {told}"
        if facts.get("practice") or b"practice" in b"".join(roots).lower():
            step.unchecked.append(f"PRACTICE AUTHORITY, which proves nothing to a stranger: {told}")
        else:
            step.proved.append(told)

    @staticmethod
    def command(where: str, at: str, parts: dict[str, bytes]) -> list[str]:
        """The openssl command that checks a token, up to what it is over. ``at`` is the token's own time."""
        chain = ["-untrusted", f"{where}chain.pem"] if b"BEGIN CERTIFICATE" in parts["chain.pem"] else []
        token = ["-in", f"{where}response.tsr", "-CAfile", f"{where}root.pem"]
        return ["openssl", "ts", "-verify", *token, *chain, "-attime", at]

    def ask(self, command: list[str]) -> str:
        """Runs openssl and returns what it printed; anything but success is a failure of the proof."""
        full = [str(self.openssl), *command[1:]]
        done = subprocess.run(full, stdin=subprocess.DEVNULL, capture_output=True, timeout=OPENSSL_SECONDS, check=False)
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        if done.returncode or (command[2] == "-verify" and "Verification: OK" not in said):
            reason = re.sub(r"[0-9A-F]{8,}:error:[0-9A-F]+:|Using configuration from \S+|\s+", " ", said)
            raise Bad(f"openssl does not believe the token: {shown(' '.join(reason.split()))}")
        return said

    def archives(self, step: Step) -> None:
        for prefix in self.exhibits:
            name = f"{prefix}capture.wacz"
            with step.noting(f"{name}: "):
                if name in self.folder.files:
                    self.archive(name, step)
                else:
                    stated = json.loads(self.folder.read(f"{prefix}capture.json", MAX_JSON_BYTES))
                    if not any(row["what"] == "capture.wacz" and row["reason"] for row in stated["missing"]):
                        raise Bad("missing, and capture.json does not say why")
                    step.unchecked.append(f"{name}: was not captured, capture.json says why")

    def archive(self, name: str, step: Step) -> None:
        with self.folder.open(name) as stream, opened_zip(stream) as package:
            entries = self.entries(package)
            data = b"".join(self.pieces(package, "datapackage.json"))
            named = parsed(b"".join(self.pieces(package, "datapackage-digest.json")), "datapackage-digest.json")
            if named != {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}:
                raise Bad("datapackage.json: not the bytes that datapackage-digest.json names")
            rows = parsed(data, "datapackage.json")["resources"]
            resources = {row["path"]: row for row in rows}
            for path in sorted({*resources} ^ (entries - {*PACKAGE_FILES[:2]})):
                raise Bad(f"{shown(path)}: in the archive or in its list, not in both")
            for path, row in resources.items():
                if package.getinfo(path).file_size != row["bytes"] or len(rows) != len(resources):
                    raise Bad(f"{path}: not of the size that datapackage.json lists, or listed twice")
                if f"sha256:{digest_of(self.pieces(package, path))}" != row["hash"]:
                    raise Bad(f"{path}: not the bytes that datapackage.json lists")
        step.proved.append(f"{name}: {len(entries)} entries, exactly those it lists, with the listed digests")

    def entries(self, package: zipfile.ZipFile) -> set[str]:
        """The names in a ZIP file, after refusing double, unsafe, encrypted and exotic entries."""
        names: set[str] = set()
        for info in package.infolist():
            path = info.filename
            if not all(SAFE_NAME.fullmatch(part) for part in path.split("/")):
                raise Bad(f"the unsafe entry name {shown(path)}")
            if path.lower() in names or len(names) >= MAX_ENTRIES:
                raise Bad(f"{path}: a second entry of that name, or one too many")
            if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Bad(f"{path}: encrypted, or packed in an unusual way")
            names.add(path.lower())
        for path in (*PACKAGE_FILES, "archive/", "indexes/"):
            if not any(name == path or (path[-1] == "/" and name.startswith(path)) for name in names):
                raise Bad(f"{path}: missing in the archive")
        return {info.filename for info in package.infolist()}

    def pieces(self, package: zipfile.ZipFile, path: str) -> Iterator[bytes]:
        """The bytes of a ZIP entry; all unpacking of a run together is bounded."""
        with package.open(path) as stream:
            for piece in iter(lambda: stream.read(READ_BYTES), b""):
                self.unpacked += len(piece)
                if self.unpacked > MAX_UNPACKED_BYTES or (path in PACKAGE_FILES and stream.tell() > MAX_JSON_BYTES):
                    raise Bad(f"{path}: unpacks to more than this check reads: a zip bomb?")
                yield piece

    def records(self, step: Step) -> None:
        for prefix in self.exhibits:
            name = f"{prefix}capture.wacz"
            if name in self.folder.files:
                with step.noting(f"{name}: "):
                    found = self.warcs(name)
                    body = f"{prefix}body.bin"
                    kept = {record["payload"] for record in found if record["type"] == "response"}
                    if body in self.folder.files and self.folder.digest(body) not in kept:
                        raise Bad(f"{body} is not the body of any response in it")
                    step.proved.append(f"{name}: block and payload digests of {len(found)} records hold")

    def warcs(self, name: str) -> list[dict[str, Any]]:
        """Every record of the WARC files in a WACZ, digests recomputed; index and page list must point to them."""
        found: list[dict[str, Any]] = []
        with self.folder.open(name) as stream, opened_zip(stream) as package:
            names = sorted(info.filename for info in package.infolist())
            for path in [path for path in names if path.startswith("archive/")]:
                offset = 0
                for packed, digest, data in members(self.pieces(package, path)):
                    self.unpacked += len(data)
                    try:
                        record = warc_record(data)
                    except Bad as error:
                        raise Bad(f"{path}: the record at byte {offset}: {error}") from None
                    found.append({**record, "place": (path[8:], offset, packed), "member": digest})
                    offset += packed
            index = b"".join(piece for n in names if n.startswith("indexes/") for piece in self.pieces(package, n))
            pages = b"".join(self.pieces(package, "pages/pages.jsonl"))
        point(found, index, pages)
        if len({record["id"] for record in found}) != len(found):
            raise Bad("two records of one ID")
        return found

    def claims(self, step: Step) -> None:
        for prefix in self.exhibits:
            name = f"{prefix}claims.json"
            if name in self.folder.files and f"{prefix}text.txt" in self.folder.files:
                with step.noting(f"{name}: "):
                    self.quotes(prefix, name, step)
            else:
                step.unchecked.append(f"{name}: this exhibit states no claims")

    def quotes(self, prefix: str, name: str, step: Step) -> None:
        text = self.folder.read(f"{prefix}text.txt", MAX_PAGE_BYTES).decode("utf-8")
        stated = parsed(self.folder.read(name, MAX_JSON_BYTES), "it is")
        rows = [*stated["claims"], *stated["identifiers"]]
        if len(rows) > MAX_QUOTES or any(len(row["quote"]) > MAX_QUOTE_CHARS for row in rows):
            raise Bad("more quotes, or longer ones, than this check reads")
        pages = [page for page in (f"{prefix}dom.html", f"{prefix}body.bin") if page in self.folder.files]
        small = [page for page in pages if self.folder.files[page] <= MAX_PAGE_BYTES]
        found = [views(self.folder.read(page, MAX_PAGE_BYTES)) for page in small]
        seen = [view for several, _ in found for view in several]
        clear = len(small) == len(pages) and any(is_utf8 for _, is_utf8 in found)
        held = 0
        for number, row in enumerate(rows, 1):
            start, end, quote = int(row["start"]), int(row["end"]), row["quote"]
            if not 0 <= start < end or text[start:end] != quote:
                step.failed.append(f"{name}: quote {number} is not what stands at {start} to {end} of text.txt")
            elif any(compact(quote) in view for view in seen):
                held += 1
            elif not clear:
                step.unchecked.append(f"{name}: quote {number} not found, the page is missing, too large or not UTF-8")
            elif all(any(word in view for view in seen) for word in map(compact, quote.split())):
                step.unchecked.append(f"{name}: quote {number}: its words stand in the stored page, but apart")
            else:
                step.failed.append(f"{name}: quote {number}, {shown(quote, 60)!r}, is nowhere in the stored page")
        step.proved.append(f"{name}: {held} quotes stand at their offsets and in the stored page")

    def custody(self, step: Step) -> None:
        heads = [(manifest["exhibit_id"], manifest["custody_head"]) for manifest in self.exhibits.values()]
        if not self.is_bundle:
            for name, head in heads:
                told = f"{shown(name)} names entry {head['seq']} with hash {shown(head['hash'])}"
                step.unchecked.append(f"{told}; the log itself comes with a bundle")
            return
        last = self.whole()["custody_head"]
        wanted = {last["seq"], *(head["seq"] for _, head in heads)}
        with self.folder.open("custody.jsonl") as stream:
            chain, count, decided = custody_chain(stream, self.bundle["case"]["id"], wanted)
        for name, head in [*heads, ("the bundle", last)]:
            if chain.get(head["seq"]) != head["hash"]:
                step.failed.append(f"custody.jsonl: entry {head['seq']} has not the hash that {shown(name)} names")
        if count != last["seq"]:
            step.failed.append(f"custody.jsonl: ends at entry {count}, manifest.json says {last['seq']}")
        for name, _ in heads:
            action, actor, at = decided.get(name, ("", "", ""))
            if action == "accepted":
                step.proved.append(f"{shown(name)}: accepted by {shown(actor)} at {shown(at)}")
            else:
                step.failed.append(f"custody.jsonl: no entry shows that a person accepted {shown(name)}")
        if not step.failed:
            step.proved.append(f"{count} entries recomputed, to hash {shown(last['hash'])}")


def printed_time(text: str) -> datetime:
    """The time in what ``openssl ts -reply -text`` prints; a token over anything but SHA-256 is refused."""
    found = PRINTED_TIME.search(text)
    if not found or found[1] not in MONTHS or "Hash Algorithm: sha256" not in text:
        raise Bad("response.tsr holds no time over a SHA-256 digest that openssl can print")
    day, hour, minute, second, year = (int(found[group]) for group in (2, 3, 4, 5, 6))
    return datetime(year, MONTHS.index(found[1]) + 1, day, hour, minute, second, tzinfo=timezone.utc)


def opened_zip(stream: BinaryIO) -> zipfile.ZipFile:
    """A ZIP file whose list of entries is short and the last thing in it; zipfile would read any list into memory."""
    stream.seek(-42, os.SEEK_END)
    locator, end = stream.read(20), stream.read(22)
    if end[:4] != b"PK\5\6" or end[20:] != b"\0\0" or locator[:4] == b"PK\6\7":
        raise Bad("not a ZIP file of the plain kind")
    if int.from_bytes(end[12:16], "little") > MAX_LINE_BYTES:
        raise Bad("its list of entries is longer than this check reads")
    return zipfile.ZipFile(stream)


def members(pieces: Iterator[bytes]) -> Iterator[tuple[int, str, bytes]]:
    """Each gzip member of a stream: packed length, SHA-256 of the packed bytes, unpacked bytes."""
    data = next(pieces, b"")
    while data:
        unpacker, packed, digest, unpacked = zlib.decompressobj(wbits=31), 0, hashlib.sha256(), bytearray()
        while not unpacker.eof:
            if not data:
                raise Bad("it ends inside a record")
            unpacked += unpacker.decompress(data, READ_BYTES)
            left = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            digest.update(data[: len(data) - len(left)])
            packed += len(data) - len(left)
            if len(unpacked) > MAX_RECORD_BYTES:
                raise Bad(f"a record unpacks to more than {MAX_RECORD_BYTES} bytes: a bomb?")
            data = left or next(pieces, b"")
        yield packed, digest.hexdigest(), bytes(unpacked)


def warc_record(data: bytes) -> dict[str, Any]:
    """One WARC record (ISO 28500), its length and digests checked: type, id, url and the payload's SHA-256."""
    start = data.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES) + 4
    version, *lines = data[: max(start - 4, 0)].decode("utf-8", "replace").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = fields.get("content-length", "")
    if version != "WARC/1.1" or len(fields) != len(lines) or not re.fullmatch(r"\d{1,12}", length):
        raise Bad("not a WARC record, or one with a header given twice")
    end = start + int(length)
    if data[end:] != b"\r\n\r\n":
        raise Bad("its block has not the declared length")
    kind, url, body = fields.get("warc-type", ""), fields.get("warc-target-uri", ""), start
    if kind in ("response", "request"):
        body = data.find(b"\r\n\r\n", start, min(end, start + MAX_HEAD_BYTES)) + 4
        if body < start:
            raise Bad(f"{shown(url)}: its HTTP head does not end")
    digests = [hashlib.sha256(memoryview(data)[begin:end]).hexdigest() for begin in (start, body)]
    for name, digest in zip(("warc-block-digest", "warc-payload-digest"), digests):
        if fields.get(name, "" if kind != "warcinfo" else f"sha256:{digest}") != f"sha256:{digest}":
            raise Bad(f"{kind} {shown(url)}: its {name} is missing or does not hold")
    return {"type": kind, "id": fields.get("warc-record-id", ""), "url": url, "payload": digests[1]}


def point(records: list[dict[str, Any]], index: bytes, pages: bytes) -> None:
    """Raises Bad unless every line of index and page list points to a record, and every response is in the index."""
    there = {record["place"]: record for record in records}
    indexed = set()
    for line in filter(None, index.split(b"\n")):
        row = parsed(line.split(b" ", 2)[2], "the index")
        place = (row["filename"], int(row["offset"]), int(row["length"]))
        record = there.get(place, {})
        digests = (f"sha256:{record.get('payload')}", f"sha256:{record.get('member')}")
        if record.get("url") != row["url"] or (row["digest"], row["recordDigest"]) != digests:
            raise Bad(f"the index points to {shown(place)} for {shown(row['url'])}, and that is not there")
        indexed.add(place)
    for place, record in there.items():
        if record["type"] == "response" and place not in indexed:
            raise Bad(f"the index leaves out the response at {shown(place)}")
    stored = {record["url"] for record in records if record["type"] == "response"}
    rows = [parsed(line, "pages.jsonl") for line in filter(None, pages.split(b"\n"))][1:]
    if not rows or not {row["url"] for row in rows} <= stored:
        raise Bad("pages.jsonl names no page, or one that no response holds")


def compact(text: str) -> str:
    """Text without white space and unseen characters, so that line breaks and mark-up do not part the words."""
    return "".join(text.translate(UNSEEN).split())


def views(data: bytes) -> tuple[list[str], bool]:
    """A stored page as compact text, read as words only, with mark-up, and with JSON escapes undone; is it UTF-8?"""
    try:
        page, is_utf8 = data.decode("utf-8"), True
    except UnicodeDecodeError:
        page, is_utf8 = data.decode("cp1252", "replace"), False
    words, position = [], 0
    while (opened := page.find("<", position)) >= 0 and (closed := page.find(">", opened)) >= 0:
        words.append(page[position:opened])
        position = closed + 1
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), html.unescape(page))
    plain = re.sub(r"\\[nrt]", " ", plain).replace('\\"', '"').replace("\\/", "/")
    plain = plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    readings = ["".join([*words, page[position:]]), page, plain]
    return [compact(html.unescape(reading)) for reading in readings], is_utf8


def custody_chain(
    stream: BinaryIO, case_id: str, wanted: set[int]
) -> tuple[dict[int, str], int, dict[str, tuple[str, str, str]]]:
    """Recomputes the chain: hashes of the wanted entries, the number of entries, the last decision on each exhibit.

    After a first line that names the format, a line is an entry in full with its hash, or the leaf digest alone of
    one that is about something else.
    """
    rows = (parsed(line, "custody.jsonl") for line in iter(lambda: stream.readline(MAX_LINE_BYTES), b""))
    first: dict[str, Any] = next(rows, {})
    if first.get("format") != CUSTODY_FORMAT:
        raise Bad(f"custody.jsonl: its first line does not say {CUSTODY_FORMAT}")
    kept, last, before, number = {0: GENESIS}, GENESIS, "", 0
    decided: dict[str, tuple[str, str, str]] = {}
    for number, row in enumerate(rows, 1):
        hidden = "entry" not in row
        entry = row if hidden else row["entry"]
        if entry["seq"] != number:
            raise Bad(f"custody.jsonl: entry {number} is missing, a gap in the chain")
        leaf = row["leaf"] if hidden else hashlib.sha256(ENTRY_DOMAIN + canonical(entry)).hexdigest()
        last = hashlib.sha256(f"{LINK_DOMAIN}{last}\n{leaf}\n".encode()).hexdigest()
        if number in wanted:
            kept[number] = last
        if hidden:
            continue
        if row["hash"] != last:
            raise Bad(f"custody.jsonl: entry {number}, or one before it, was changed: its hash does not hold")
        if entry["at"] < before:
            raise Bad(f"custody.jsonl: entry {number} is back-dated")
        before = entry["at"]
        if entry["action"] in ("accepted", "rejected") and entry["facts"].get("case") == case_id:
            decided[entry["subject"]] = (entry["action"], entry["actor"], entry["at"])
    return kept, number, decided


def verify(directory: Path, openssl: str | None = None) -> list[Step]:
    """All steps over a bundle or an exhibit. ``openssl`` is the path of that command; None leaves signatures out."""
    return Check(Path(os.path.abspath(directory)), openssl).run()


def as_text(steps: list[Step], directory: str) -> str:
    """The report for a person: each step with its verdict and sentences, then what this cannot prove."""
    out = [f"Checking {shown(directory)}", ""]
    for step in steps:
        verdict = "proved in part" if step.verdict == "proved" and step.unchecked else step.verdict
        out.append(f"{step.number:>2}  {verdict.upper():<15} {step.title}")
        for mark, sentences in (("FAILED", step.failed), ("not checked", step.unchecked), ("proved", step.proved)):
            out.extend(f"      {mark}: {shown(text, 600)}" for text in sentences[:MAX_SENTENCES])
            if len(sentences) > MAX_SENTENCES:
                out.append(f"      {mark}: and {len(sentences) - MAX_SENTENCES} more")
    out += ["", "NOT PROVEN by this check, whatever it says above:", *(f"  - {text}" for text in NOT_PROVEN), ""]
    failed = ", ".join(str(step.number) for step in steps if step.failed)
    unchecked = ", ".join(str(step.number) for step in steps if step.unchecked)
    verdict = f"FAILED: step {failed}. Do not rely on this copy; ask for it again." if failed else "Nothing failed."
    return "\n".join([*out, verdict, *([f"Not checked, in part or whole: step {unchecked}."] if unchecked else [])])


def main(arguments: list[str]) -> int:
    """The command line: 0 nothing failed, 1 a step failed, 2 no such directory."""
    places = [argument for argument in arguments if argument != "--json"]
    directory = Path(places[0]) if places else Path(__file__).resolve().parent
    if len(places) > 1 or not directory.is_dir():
        sys.stderr.write(f"verify.py: {shown(directory)} is not a directory; usage: verify.py [--json] [DIRECTORY]\n")
        return 2
    steps = verify(directory, shutil.which("openssl"))
    ok = not any(step.failed for step in steps)
    report = {"ok": ok, "steps": [step.to_dict() for step in steps], "not_proven": list(NOT_PROVEN)}
    text = json.dumps(report, indent=1) if len(places) < len(arguments) else as_text(steps, str(directory))
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
