"""What the morning report says of the proofs of the custody log itself."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from desk import proofs
from desk.sampleweb import practice_keys
from desk.sampleweb.authority import PracticeAuthority, ensure_keys
from evidence.checkpoint import Checkpoints
from evidence.config import TimestampSettings
from evidence.signed_note import Signer, new_signer
from evidence.timestamp import Stamper
from tests.evidence.authority_making import guard_to, settings
from tests.evidence.exhibit_making import open_house

pytestmark = pytest.mark.openssl


def stamped(checkpoints: Checkpoints, signer: Signer, place: Path) -> None:
    """A new checkpoint with a token of the authority whose keys are there."""
    made = checkpoints.sign(signer, actor="the night", purpose="test")
    with PracticeAuthority(place) as practice, guard_to(practice.port) as guard:
        stamper = Stamper(settings(place / "root.pem"), place, guard.url)
        assert checkpoints.stamp(made, stamper, actor="the night") == ("practice",)


def test_a_checkpoint_that_rests_on_an_ending_signer_is_told_until_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(practice_keys, "SIGNER_DAYS", "30")
        ending = ensure_keys(tmp_path / "ending" / "keys").parent
    lasting = ensure_keys(tmp_path / "lasting" / "keys").parent
    db, exhibits, _ = open_house(tmp_path / "data")
    checkpoints, signer = Checkpoints(db), new_signer("heron.example/custody-1")

    def told(days: float = 90) -> list[tuple[str, str, str]]:
        wanted = SimpleNamespace(timestamp=TimestampSettings(warn_days=days))
        workspace: Any = SimpleNamespace(db=db, vault=exhibits.vault, settings=wanted)
        return proofs.notices(workspace, None)

    assert told() == []
    stamped(checkpoints, signer, ending)
    ((level, what, do),) = told()
    assert (level, what[:36]) == ("", "The certificate of practice ends on ")
    assert what.endswith("; custody checkpoint 1 rests on it.")
    assert do.startswith("The next checkpoint renews it")
    assert told(20) == []
    checkpoints.sign(signer, actor="the night", purpose="no authority answered")
    assert len(told()) == 1
    stamped(checkpoints, signer, lasting)
    assert told() == []
    db.close()
