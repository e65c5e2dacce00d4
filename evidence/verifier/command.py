"""The command line of ``verify.py``: a directory in, the report for a person or for a program out, and an exit code."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from evidence.verifier.steps import verify
from evidence.verifier.words import NOT_PROVEN, Step, shown

MAX_SENTENCES = 40


def as_text(steps: list[Step], directory: str) -> str:
    """The report for a person: each step with its verdict and sentences, then what this cannot prove."""
    out = [f"Checking {shown(directory)}", ""]
    for step in steps:
        verdict = "proved in part" if step.verdict == "proved" and step.unchecked else step.verdict
        out.append(f"{step.number:>2}  {verdict.upper():<15} {step.title}")
        lists = [
            ("FAILED", step.failed),
            ("not checked", step.unchecked),
            ("proved", step.proved),
            ("$", step.commands),
        ]
        for mark, sentences in lists:
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
