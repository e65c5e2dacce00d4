"""The custody step of a bundle's verifier: earlier checkpoints come along, a key's change is shown, commands work."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from evidence import key_rotation
from evidence.checkpoint import Checkpoints
from evidence.verifier import verify
from evidence.verifier.words import outcome
from tests.evidence.bundle_making import make_house, public_stamper, signer_of

OPENSSL = shutil.which("openssl")

pytestmark = pytest.mark.openssl


def test_a_bundle_after_a_night_and_a_new_key(tmp_path: Path) -> None:
    """One house serves all of it: earlier checkpoint, two keys, proofs, and the commands for a person."""
    stamper = public_stamper(tmp_path / "keys", "one")
    house = make_house(tmp_path, stamper, exhibits=1, openssl=OPENSSL)
    checkpoints = Checkpoints(house.db)
    made = checkpoints.sign(signer_of(tmp_path), actor="offsignal", purpose="the night's checkpoint")
    checkpoints.stamp(made, stamper, actor="offsignal")
    key_rotation.rotate(house.log, checkpoints, tmp_path, by="R. Iyer", reason="yearly")
    house.bundler = type(house.bundler)(
        house.db, house.bundler.exhibits, stamper, house.bundler.printer, house.bundler.collector, OPENSSL,
        signer=signer_of(tmp_path),
    )  # fmt: skip
    bundle = house.build().directory
    house.db.close()
    assert sorted(path.name for path in (bundle / "custody" / "checkpoints").iterdir()) == ["0001"]
    keys = json.loads((bundle / "custody" / "keys.json").read_bytes())["keys"]
    assert [row["retired"] is None for row in keys] == [False, True]
    step = next(step for step in verify(bundle, OPENSSL) if step.key == "custody")
    assert (step.failed, step.unchecked) == ([], [])
    signed = [text for text in step.proved if ": signed by " in text]
    assert keys[1]["vkey"] in signed[0]
    assert keys[0]["vkey"] in signed[1]
    assert any("the log only grew since 2 heads" in text for text in step.proved)
    commands = [text for text in step.commands if "openssl ts" not in text]
    done = subprocess.run(["bash", "-c", "\n".join(commands)], cwd=bundle, capture_output=True, text=True, check=False)
    assert done.stdout.count("Signature Verified Successfully") == 2, done.stderr
    assert outcome(verify(bundle, OPENSSL)) == "proved", "the commands leave nothing in the folder"
    open_step = next(step for step in verify(bundle, None) if step.key == "custody")
    assert open_step.failed == []
    assert "its SIGNATURE is not checked, openssl is not on this machine" in open_step.unchecked[0]
