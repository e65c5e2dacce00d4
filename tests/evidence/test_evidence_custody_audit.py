"""The whole audit of a custody log, and what it says of somebody who forges entries, checkpoints, tokens and keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from crawler.casebook import open_casebook
from evidence import case, custody, store
from evidence.checkpoint import Checkpoints, note_text, read_text
from evidence.custody import CustodyLog, Head
from evidence.custody_audit import Audit, _der
from evidence.custody_check import Known
from evidence.errors import Unreadable, Unverified
from evidence.signed_note import Signer, new_signer
from evidence.timestamp import Stamper
from evidence.vault import Vault
from evidence.verifier.words import Step
from tests.evidence.bundle_making import practice_stamper, public_stamper, silent_stamper
from tests.evidence.test_evidence_custody import fill, unlock
from tests.evidence.test_evidence_custody_check import rebuilt

pytestmark = pytest.mark.openssl
NAME = "firm.example/custody-1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authority") / "keys"


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS, store.MIGRATIONS, case.MIGRATIONS])


@pytest.fixture
def signer() -> Signer:
    return new_signer(NAME)


def nights(db: Database, signer: Signer, stamper: Stamper, count: int = 3) -> None:
    log, checkpoints = CustodyLog(db), Checkpoints(db)
    for _ in range(count):
        fill(log, 4)
        made = checkpoints.sign(signer, actor="offsignal", purpose="the night's checkpoint")
        checkpoints.stamp(made, stamper, actor="offsignal")


def audited(db: Database, root: Path, *elsewhere: Known) -> dict[str, Step]:
    trusted = _der((root / "root.pem").read_bytes())
    return {step.key: step for step in Audit(db, Vault(root / "vault"), trusted, elsewhere).steps()}


def failed(steps: dict[str, Step]) -> list[str]:
    return [text for step in steps.values() for text in step.failed]


def test_a_log_as_it_should_be_is_proved_whole(db: Database, signer: Signer, authority: Path) -> None:
    nights(db, signer, public_stamper(authority, "one", "two"))
    steps = audited(db, authority)
    assert failed(steps) == []
    assert {step.verdict for step in steps.values()} == {"proved"}
    assert len(steps["times"].proved) == 6
    assert "3 checkpoints are signed" in steps["checkpoints"].proved[0]
    assert [text for step in steps.values() for text in step.unchecked] == []


def test_a_practice_token_or_a_foreign_root_stays_open(
    db: Database, signer: Signer, authority: Path, tmp_path: Path
) -> None:
    nights(db, signer, practice_stamper(tmp_path / "practice"), 1)
    public_stamper(authority, "one")
    steps = audited(db, authority)
    assert "PRACTICE authority" in steps["times"].unchecked[0]
    nights(db, signer, public_stamper(tmp_path / "others", "two"), 1)
    assert "neither in the settings" in audited(db, authority)["times"].unchecked[1]


def test_an_authority_that_is_down_is_an_entry_and_loses_nothing(db: Database, signer: Signer, authority: Path) -> None:
    public_stamper(authority, "one")
    nights(db, signer, silent_stamper(authority / "root.pem"), 1)
    (entry,) = CustodyLog(db).entries(action="checkpoint_stamp_failed")
    assert (entry.facts["authority"], entry.facts["checkpoint"]) == ("silent", 1)
    assert failed(audited(db, authority)) == []


def whole_log_with_a_new_tree(db: Database) -> None:
    db.execute("UPDATE custody SET actor = 'nobody' WHERE seq = 3")
    rebuilt(db)


ATTACKS: dict[str, tuple[Callable[[Database], object], str]] = {
    "the log rewritten under its checkpoints": (
        whole_log_with_a_new_tree,
        "custody entries 1 to 5: rewritten: checkpoint 1 names another root",
    ),
    "a checkpoint taken out": (
        lambda db: db.execute("DELETE FROM checkpoints WHERE number = 2"),
        "checkpoint 2, signed by entry 12, was deleted",
    ),
    "a token taken out": (
        lambda db: db.execute("DELETE FROM checkpoint_stamps WHERE seq = 1"),
        "the timestamp over checkpoint 1 by one, logged by entry 7, was deleted",
    ),
    "a token over something else": (
        lambda db: db.execute("UPDATE checkpoint_stamps SET response = (SELECT response FROM checkpoint_stamps"
                              " WHERE seq = 3) WHERE seq = 1"),
        "checkpoint 1, over 5 entries, by one: ",
    ),
    "a head changed beside its note": (
        lambda db: db.execute("UPDATE checkpoints SET root = replace(root, 'a', 'b') WHERE number = 1"),
        "checkpoint 1, over 5 entries: its note says another head",
    ),
    "a note that is none": (
        lambda db: db.execute("UPDATE checkpoints SET note = 'signed, really' WHERE number = 1"),
        "checkpoint 1, over 5 entries: it is no signed note",
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_done_to_checkpoints_and_log_is_named(
    db: Database, signer: Signer, authority: Path, attack: str
) -> None:
    nights(db, signer, public_stamper(authority, "one"))
    unlock(db)
    work, sentence = ATTACKS[attack]
    work(db)
    assert any(text.startswith(sentence) for text in failed(audited(db, authority))), failed(audited(db, authority))


def test_everything_rewritten_with_a_forged_key_contradicts_a_checkpoint_kept_elsewhere(
    db: Database, signer: Signer, authority: Path
) -> None:
    """The attacker rewrites entries, tree, key, checkpoints and their entries; only what left the house tells."""
    nights(db, signer, public_stamper(authority, "one"), 1)
    kept = Known(Checkpoints(db).all()[0].head, "handover/custody/checkpoint")
    unlock(db)
    for table in ("custody", "custody_nodes", "checkpoints", "checkpoint_stamps", "sqlite_sequence"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608
    nights(db, new_signer(NAME), public_stamper(authority, "one"), 1)
    assert failed(audited(db, authority)) == []
    (told,) = failed(audited(db, authority, kept))
    assert told == (
        "custody entries 1 to 5: rewritten: handover/custody/checkpoint names another root for the first 5 entries"
    )


def test_a_rewritten_log_is_never_signed_again(db: Database, signer: Signer, authority: Path) -> None:
    nights(db, signer, public_stamper(authority, "one"), 1)
    unlock(db)
    whole_log_with_a_new_tree(db)
    with pytest.raises(Unverified, match="checkpoint 1 over its first 5 entries says: it was rewritten"):
        Checkpoints(db).sign(signer, actor="offsignal", purpose="another")


def test_a_checkpoint_by_a_key_that_did_not_stand_then_is_not_believed(
    db: Database, signer: Signer, authority: Path
) -> None:
    nights(db, signer, public_stamper(authority, "one"), 1)
    unlock(db)
    forged = new_signer(NAME).sign(note_text(NAME, Checkpoints(db).all()[0].head))
    db.execute("UPDATE checkpoints SET note = ?", [forged])
    assert "checkpoint 1, over 5 entries: none of the known keys signed it" in failed(audited(db, authority))


@pytest.mark.parametrize("text", ["", "a\n1\n", "a\n01\nAAAA\n", "a\n1\n" + "A" * 43 + "=\nmore\n", "\n1\nAAAA\n"])
def test_what_is_no_checkpoint_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Unreadable, match="no checkpoint"):
        read_text(text)
    assert read_text(note_text("a", Head(7, "ab" * 32))) == ("a", Head(7, "ab" * 32))
