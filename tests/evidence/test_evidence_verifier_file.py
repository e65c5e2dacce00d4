"""The one file a bundle carries is its parts and nothing else, whatever order the machine reads them in."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from evidence import verifier_file
from evidence.errors import Unreadable
from evidence.verifier.steps import LOOKS
from evidence.verifier_file import PACKAGE, assembled, parts

FOLDER = Path(verifier_file.__file__).parent / "verifier"


def imported(source: str) -> set[str]:
    """The modules that a source text imports, wherever it does."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    named = [node.module or "." if isinstance(node, ast.ImportFrom) else "" for node in nodes]
    whole = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    return {name for name in [*named, *whole] if name}


def definitions(source: str) -> dict[str, str]:
    """What the top level defines, by name, as the parser sees it."""
    nodes = ast.parse(source).body
    return {node.name: ast.dump(node) for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_every_part_stands_in_the_file_as_it_is_in_the_package() -> None:
    whole = definitions(assembled().decode())
    apart = {name: code for part in parts() for name, code in definitions((FOLDER / f"{part}.py").read_text()).items()}
    assert whole == apart
    assert {path.stem for path in FOLDER.glob("*.py")} == {*parts(), "__init__"}


def test_parts_import_the_standard_library_and_each_other_only() -> None:
    for path in FOLDER.glob("*.py"):
        for module in imported(path.read_text()):
            own = module.startswith(f"{PACKAGE}.") and module.removeprefix(f"{PACKAGE}.") in parts()
            assert own or module.split(".")[0] in sys.stdlib_module_names, f"{path.name} imports {module}"
    assert {module.split(".")[0] for module in imported(assembled().decode())} <= sys.stdlib_module_names


def test_a_part_is_short() -> None:
    assert max(len(path.read_text().splitlines()) for path in FOLDER.glob("*.py")) < 300


def test_another_process_assembles_the_same_bytes() -> None:
    program = "import sys; from evidence.verifier_file import assembled; sys.stdout.buffer.write(assembled())"
    found = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=FOLDER.parent.parent,
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert found == [assembled(), assembled()]


def test_the_steps_told_at_its_top_are_those_it_takes() -> None:
    told = (ast.get_docstring(ast.parse(assembled())) or "").splitlines()
    numbers = [int(found[1]) for line in told if (found := re.match(r" +(\d+)  [A-Za-z]", line))]
    assert numbers == list(range(1, len(LOOKS) + 1))


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('"""X."""\nimport warcio\nx = 1\n', "warcio is not of the standard library"),
        ('"""X."""\nfrom . import words\nx = 1\n', "is not of the standard library"),
        ('"""X."""\nimport json as j\nx = 1\n', "cannot be moved to the top"),
        ('"""X."""\ndef f():\n    import json\n', "cannot be moved to the top"),
        ('"""X."""\nx = 1\nimport json\n', "has code above its imports"),
        ('"""X."""\nfrom evidence.verifier.command import main\nx = 1\n', "imports itself by way of"),
        ('"""X."""\nimport json\nBad = 1\n', "both define Bad"),
    ],
)
def test_a_part_that_cannot_be_joined_is_refused(monkeypatch: pytest.MonkeyPatch, source: str, complaint: str) -> None:
    real = verifier_file._source
    monkeypatch.setattr(verifier_file, "_source", lambda part: source if part == "forms" else real(part))
    with pytest.raises(Unreadable, match=complaint):
        assembled.__wrapped__()
