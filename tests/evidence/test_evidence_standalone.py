"""The verifier of bundles: what it says of sound ones, and THE law: no byte of a bundle can change unseen."""

from __future__ import annotations

import ast
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.verifier import verify
from evidence.verifier.claims import check_quotes
from evidence.verifier.forms import canonical
from evidence.verifier.run import Run
from evidence.verifier.steps import LOOKS, check_all
from evidence.verifier.words import Step, outcome
from evidence.verifier_file import assembled
from tests.evidence.bundle_making import House, make_house, practice_stamper, public_stamper

OPENSSL = shutil.which("openssl")
MAY_BE_ABSENT = {"archive-times", "renewals", "pins"}
SMALL_JSON = [
    "manifest.json",
    "seal.json",
    "custody.jsonl",
    "proofs/one/result.json",
    "exhibits/ex-0001/manifest.json",
    "exhibits/ex-0001/capture.json",
    "exhibits/ex-0001/claims.json",
    "exhibits/ex-0001/proofs/one/result.json",
]

pytestmark = pytest.mark.openssl


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("house")
    house = make_house(root, public_stamper(root / "keys", "one"), exhibits=1, openssl=OPENSSL)
    house.build()
    yield house
    house.db.close()


@pytest.fixture(scope="module")
def sound(house: House) -> Path:
    return house.root / "bundle"


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "copy"))


def complaints(directory: Path, steps: int = len(LOOKS)) -> list[str]:
    return [text for step in check_all(Run(directory, None), steps) for text in step.failed]


def run(directory: Path, *arguments: str, python: str = sys.executable, path: str | None = None) -> tuple[int, str]:
    environment = {**os.environ} | ({"PATH": path} if path is not None else {})
    command = [python, "-I", str(directory / "verify.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_sound_bundle_is_proved_in_every_step(sound: Path) -> None:
    steps = verify(sound, OPENSSL)
    assert outcome(steps) == "proved"
    assert {step.key for step in steps if step.verdict != "proved"} <= {key for key, *_ in LOOKS} & MAY_BE_ABSENT


def test_the_copy_inside_a_bundle_runs_alone(sound: Path) -> None:
    assert (sound / "verify.py").read_bytes() == assembled()
    code, said = run(sound)
    assert code == 0
    assert said.endswith("PROVED. Every step that has something to check holds.\n")
    assert "NOT PROVEN" in said
    code, said = run(sound, "--json", str(sound))
    report = json.loads(said)
    assert (code, report["outcome"], len(report["steps"])) == (0, "proved", len(LOOKS))
    assert run(sound, "/nowhere/at/all")[0] == 2


def test_without_openssl_the_signatures_are_left_open_with_the_commands(sound: Path) -> None:
    code, said = run(sound, path="/nowhere")
    assert code == 3, "a signature that nobody looked at is not proved"
    assert "openssl ts -verify -in proofs/one/response.tsr -CAfile proofs/one/root.pem" in said
    assert "PROVED IN PART. Nothing failed" in said
    commands = [line.strip() for line in said.splitlines() if line.strip().startswith("openssl ts -verify")]
    assert len(commands) == 3
    for command in commands:
        words = [str(OPENSSL), *command.split()[1:]]
        done = subprocess.run(words, cwd=sound, capture_output=True, text=True, check=False)
        assert "Verification: OK" in done.stdout + done.stderr


def test_a_file_named_like_a_module_is_not_loaded(copy: Path) -> None:
    for name in ("json.py", "hashlib.py", "zipfile.py", "evil.py"):
        (copy / name).write_text("raise SystemExit(0)\n")
    done = subprocess.run([sys.executable, str(copy / "verify.py")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "zipfile.py: in the folder, but not in the manifest" in done.stdout


def test_it_stays_within_python_3_9() -> None:
    source = assembled().decode()
    ast.parse(source, feature_version=(3, 9))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else name.name).split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert imported <= sys.stdlib_module_names


def works(python: str) -> bool:
    """Whether it is a Python, and not a shim that only says where one might be."""
    return subprocess.run([python, "-c", "pass"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13"])
def test_it_runs_on_other_pythons(sound: Path, version: str) -> None:
    pattern = f".pyenv/versions/{version}.*/bin/python3"
    candidates = [shutil.which(f"python{version}"), *(str(path) for path in Path.home().glob(pattern))]
    python = next((path for path in candidates if path and works(path)), None)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")
    code, said = run(sound, python=python)
    assert code == 0, said


def test_a_practice_authority_is_said_loudly_and_proves_nothing(tmp_path: Path) -> None:
    house = make_house(tmp_path, practice_stamper(tmp_path / "practice"), exhibits=1)
    house.build()
    house.db.close()
    steps = verify(tmp_path / "bundle", OPENSSL)
    assert outcome(steps) == "proved in part"
    told = {step.key: step.unchecked for step in steps if step.unchecked}
    assert {*told} == {"exhibit-times", "bundle-time", "custody"}
    assert all("PRACTICE AUTHORITY, which proves nothing to a stranger" in text[0] for text in told.values())


def test_one_exhibit_alone_can_be_checked(sound: Path) -> None:
    exhibit = sound / "exhibits" / "ex-0001"
    steps = verify(exhibit, OPENSSL)
    assert not [text for step in steps for text in step.failed]
    assert outcome(steps) == "proved"
    assert {step.key for step in steps if step.absent} >= {"seal", "manifest", "bundle-time", "custody"}


def test_a_folder_that_is_no_bundle_fails(tmp_path: Path) -> None:
    assert any("manifest.json: missing" in text for text in complaints(tmp_path))
    (tmp_path / "manifest.json").write_text("{}")
    assert any("not of the format" in text for text in complaints(tmp_path))


@pytest.mark.parametrize(
    ("page", "quote", "verdict"),
    [
        (b"<p>Send <b>50,000</b>\n messages</p>", "Send 50,000 messages", "proved"),
        (b"<p>Fish &amp; chips &#8377;1,499</p>", "Fish & chips \u20b91,499", "proved"),
        (b'<img alt="100% anti ban">', "100% anti ban", "proved"),
        (b'<script>{"a":"\\u092c\\u0932 \\u20b91 \\"x\\""}</script>', '\u092c\u0932 \u20b91 "x"', "proved"),
        ("a\u00adnti\u200bban \ufffd".encode(), "antiban \ufffd", "proved"),
        (b'{"price":"1499","currency":"INR"}', "1499 INR", "not checked"),
        ("caf\u00e9 \u0411".encode("cp1251", "replace"), "\u0411", "not checked"),
        (b"<p>Send 50,000 messages</p>", "Send 90,000 messages", "failed"),
        (b"<p>anti ban", "no ban", "failed"),
    ],
)
def test_a_quote_must_stand_in_the_stored_page(tmp_path: Path, page: bytes, quote: str, verdict: str) -> None:
    row = {"type": "price", "quote": quote, "start": 0, "end": len(quote), "field": "body"}
    (tmp_path / "text.txt").write_bytes(quote.encode())
    (tmp_path / "claims.json").write_text(json.dumps({"claims": [row], "identifiers": []}))
    (tmp_path / "body.bin").write_bytes(page)
    run = Run(tmp_path, None)
    run.folder.scan()
    step = Step(9, "claims", "claims")
    check_quotes(run, "", "claims.json", step)
    assert (bool(step.failed), bool(step.unchecked)) == (verdict == "failed", verdict == "not checked")


def flip(path: Path, place: int, mask: int) -> bytes:
    data = bytearray(path.read_bytes())
    before = bytes(data)
    data[place] ^= mask
    path.write_bytes(data)
    return before


def names_of(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_flip_of_one_bit_in_any_file_is_found_and_the_file_named(copy: Path) -> None:
    dice = random.Random(20261124)  # noqa: S311  # a sample of places, the same every time
    for name in names_of(copy):
        size = (copy / name).stat().st_size
        for place in {0, size // 2, size - 1, *(dice.randrange(size) for _ in range(5))}:
            before = flip(copy / name, place, 1 << dice.randrange(8))
            assert any(name in text for text in complaints(copy)), f"{name}: the byte {place} changed unseen"
            (copy / name).write_bytes(before)
    assert complaints(copy) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL_JSON)
def test_a_flip_of_any_byte_of_the_small_files_is_found(copy: Path, name: str) -> None:
    path = copy / name
    for place in range(path.stat().st_size):
        before = flip(path, place, 1 << (place % 8))
        assert any(name in text for text in complaints(copy, steps=4)), f"{name}: the byte {place} changed unseen"
        path.write_bytes(before)


@pytest.mark.parametrize(
    "name", ["manifest.json", "report.pdf", "exhibits/ex-0001/capture.wacz", "proofs/one/root.pem"]
)
def test_a_file_that_lost_or_gained_a_byte_is_named(copy: Path, name: str) -> None:
    data = (copy / name).read_bytes()
    for changed in (data[:-1], data + b"\n", b"", data[1:]):
        (copy / name).write_bytes(changed)
        assert any(name in text for text in complaints(copy))


def test_canonical_is_what_the_writers_write() -> None:
    from evidence.digest import canonical_json

    for value in ({"b": [1, True, None, 'é\n\u2028"\\'], "a": {"": "नाम"}}, [], {"x": -(2**53) + 1}):
        assert canonical(value) == canonical_json(value)
