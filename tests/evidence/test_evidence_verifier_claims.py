"""What the claims step says of an exhibit that has only one of claims.json and text.txt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.verifier.claims import check_claims
from evidence.verifier.run import Run
from evidence.verifier.words import Step


def looked_at(folder: Path, there: str, lacking: str, reason: str) -> Step:
    (folder / there).write_text('{"claims": [], "identifiers": []}')
    (folder / "capture.json").write_text(json.dumps({"missing": [{"what": lacking, "reason": reason}]}))
    run, step = Run(folder, None), Step(11, "claims", "claims")
    run.folder.scan()
    run.exhibits[""] = {}
    check_claims(run, step)
    return step


@pytest.mark.parametrize(("there", "lacking"), [("claims.json", "text.txt"), ("text.txt", "claims.json")])
def test_one_half_alone_fails_unless_a_reason_is_given(tmp_path: Path, there: str, lacking: str) -> None:
    step = looked_at(tmp_path, there, lacking, "")
    assert step.failed == [
        f"claims.json: {lacking} is missing beside its other half, and capture.json does not say why"
    ]
    assert looked_at(tmp_path, there, lacking, "it did not answer").failed == []


def test_claims_whose_text_was_not_captured_stay_open(tmp_path: Path) -> None:
    assert looked_at(tmp_path, "claims.json", "text.txt", "it did not answer").unchecked
