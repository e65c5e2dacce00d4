"""The command line of ``verify.py``: a directory in, the report for a person or for a program out, and an exit code."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from evidence.verifier.steps import verify
from evidence.verifier.words import NOT_PROVEN, Step, outcome, shown

MAX_SENTENCES, MAX_COMMANDS = 40, 12


CODES = {"proved": 0, "failed": 1, "proved in part": 3}
USAGE = "usage: python3 -I verify.py [--json] [DIRECTORY]"


def as_text(steps: list[Step], directory: str) -> str:
    """The report for a person: the answer, each step with its verdict and sentences, then what this cannot prove."""
    out = [f"Checking {shown(directory)}", "", *answer(steps), ""]
    for step in steps:
        out.append(f"{step.number:>2}  {step.told().upper():<15} {step.title}")
        lists = [("FAILED", step.failed), ("not checked", step.unchecked), ("proved", step.proved)]
        for mark, sentences in [*lists, ("nothing here", step.absent)]:
            out.extend(f"      {mark}: {shown(text, 600)}" for text in sentences[:MAX_SENTENCES])
            if len(sentences) > MAX_SENTENCES:
                out.append(f"      {mark}: and {len(sentences) - MAX_SENTENCES} more")
    if any(step.commands for step in steps):
        out += ["", "WHAT IS LEFT TO OPENSSL: to see it without this program, run inside the folder that was checked:"]
    for step in steps:
        if step.commands:
            out.append(f"  step {step.number}, {step.title}")
            out.extend(f"    {shown(command, 2000)}" for command in step.commands[:MAX_COMMANDS])
            if len(step.commands) > MAX_COMMANDS:
                out.append(f"    and {len(step.commands) - MAX_COMMANDS} more; --json prints all of them")
    out += ["", "NOT PROVEN by this check, whatever it says above:", *(f"  - {text}" for text in NOT_PROVEN), ""]
    return "\n".join([*out, *answer(steps)])


def answer(steps: list[Step]) -> list[str]:
    """The outcome in one or two sentences."""
    failed = ", ".join(str(step.number) for step in steps if step.failed)
    unchecked = ", ".join(str(step.number) for step in steps if step.unchecked)
    if failed:
        return [f"FAILED at step {failed}. Do not rely on this copy; ask for it again."]
    if unchecked:
        told = "PROVED IN PART. Nothing failed, but not everything that ought to be proved was:"
        return [told, f"see what is 'not checked' at step {unchecked}, and why."]
    return ["PROVED. Every step that has something to check holds."]


def main(arguments: list[str]) -> int:
    """The command line: 0 everything is proved, 1 a step failed, 2 no such directory, 3 something stayed open."""
    places = [argument for argument in arguments if argument != "--json"]
    directory = Path(places[0]) if places else Path(__file__).resolve().parent
    if len(places) > 1 or not directory.is_dir():
        sys.stderr.write(f"verify.py: {shown(directory)} is not a directory; {USAGE}\n")
        return 2
    steps = verify(directory, shutil.which("openssl"))
    result = outcome(steps)
    report = {"outcome": result, "steps": [step.to_dict() for step in steps], "not_proven": list(NOT_PROVEN)}
    text = json.dumps(report, indent=1) if len(places) < len(arguments) else as_text(steps, str(directory))
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    return CODES[result]
