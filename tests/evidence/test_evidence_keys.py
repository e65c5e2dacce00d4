"""Keys of the custody log: made for their owner alone, refused when others can read them, changed with a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.casebook import open_casebook
from evidence import custody, key_rotation, keys
from evidence.checkpoint import Checkpoints
from evidence.custody import CustodyLog
from evidence.errors import KeyRefused, Unreadable, Unverified
from evidence.key_history import periods
from evidence.signed_note import new_signer, open_note, read_signer, read_verifier

NAME = "firm.example/custody-1"


@pytest.fixture
def log(tmp_path: Path) -> CustodyLog:
    return CustodyLog(open_casebook(tmp_path / "casebook.db", [custody.MIGRATIONS]))


def test_known_answers_of_the_form() -> None:
    """The keys and the note that the specification and the Go implementation show as examples."""
    key = read_verifier("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    note = (
        "This is an example message.\n\n— example.com/foo "
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
    )
    assert open_note(note, [key])[0] == "This is an example message.\n"
    with pytest.raises(Unverified, match="does not hold"):
        open_note(note.replace("example message", "other message"), [key])


def test_a_key_is_the_same_after_its_file(tmp_path: Path) -> None:
    made = keys.make(tmp_path, NAME)
    assert (tmp_path / "custody.key").stat().st_mode & 0o777 == 0o600
    assert keys.load(tmp_path) is not None
    assert read_signer(made.secret).verifier == made.verifier == read_verifier(made.verifier.vkey)
    assert made.secret.split("+")[-1] not in repr(made)
    with pytest.raises(KeyRefused, match="never written over"):
        keys.make(tmp_path, NAME)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620])
def test_a_key_that_others_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    keys.make(tmp_path, NAME)
    (tmp_path / "custody.key").chmod(mode)
    with pytest.raises(KeyRefused, match=r"others can read the key.*chmod 600.*rotate-key"):
        keys.load(tmp_path)


def test_a_link_or_nonsense_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_text(new_signer(NAME).secret)
    (tmp_path / "custody.key").symlink_to(tmp_path / "other")
    with pytest.raises(KeyRefused, match="links are not followed"):
        keys.load(tmp_path)
    (tmp_path / "custody.key").unlink()
    (tmp_path / "custody.key").write_text("PRIVATE+KEY+x+00000000+AAAA")
    (tmp_path / "custody.key").chmod(0o600)
    with pytest.raises(KeyRefused, match="cannot be used: it is not of the form") as caught:
        keys.load(tmp_path)
    assert "AAAA" not in str(caught.value)


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.make(tmp_path, NAME)
    other = new_signer("other")
    monkeypatch.setenv(keys.KEY_VARIABLE, other.secret)
    loaded = keys.load(tmp_path)
    assert loaded is not None
    assert loaded.verifier == other.verifier
    monkeypatch.setenv(keys.KEY_VARIABLE, "secret words")
    with pytest.raises(KeyRefused, match=keys.KEY_VARIABLE) as caught:
        keys.load(tmp_path)
    assert "secret words" not in str(caught.value)


@pytest.mark.parametrize("vkey", ["", "a+b", "x+00000000+AQ==", "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYc"])
def test_what_is_no_key_is_said_to_be_none(vkey: str) -> None:
    with pytest.raises(Unreadable, match="no Ed25519 verifier key"):
        read_verifier(vkey)


def test_a_name_is_made_of_the_organisation_and_one_for_each_log() -> None:
    names = {keys.key_name("", "Héron & Söhne LLP") for _ in range(2)}
    assert len(names) == 2
    assert all(name.startswith("heron-sohne-llp/custody-") for name in names)
    assert keys.key_name("", "सारस").startswith("offsignal/custody-")
    assert keys.key_name("firm.example/log", "x") == "firm.example/log"


def test_a_rotation_is_signed_by_both_keys_and_stands_in_the_log(tmp_path: Path, log: CustodyLog) -> None:
    checkpoints = Checkpoints(log._db)
    old = key_rotation.obtain(log, tmp_path, origin=NAME, organisation="")
    checkpoints.sign(old, actor="R. Iyer", purpose="a test")
    done = key_rotation.rotate(log, checkpoints, tmp_path, by="R. Iyer", reason="a new machine")
    new = key_rotation.current(log, tmp_path)
    assert new is not None
    assert (done.old_vkey, done.new_vkey) == (old.verifier.vkey, new.verifier.vkey)
    assert done.before is not None
    assert open_note(done.before.note, [old.verifier])[1] == old.verifier
    assert open_note(done.after.note, [new.verifier])[1] == new.verifier
    first, second = periods(log)
    assert first.retired == second.introduced
    assert (first.retired.actor, first.retired.purpose) == ("R. Iyer", "a new machine")
    assert first.stood_at(done.before.head.size)
    assert not first.stood_at(done.after.head.size)
    assert second.stood_at(done.after.head.size)
    with pytest.raises(KeyRefused, match="and this one is"):
        checkpoints.sign(old, actor="R. Iyer", purpose="a test")
    assert not (tmp_path / keys.NEXT_FILE).exists()


def test_a_rotation_killed_before_or_after_the_entry_goes_on(tmp_path: Path, log: CustodyLog) -> None:
    checkpoints = Checkpoints(log._db)
    checkpoints.sign(key_rotation.obtain(log, tmp_path, origin=NAME, organisation=""), actor="R", purpose="t")
    waiting = new_signer(NAME)
    keys.write_file(tmp_path / keys.NEXT_FILE, waiting)
    done = key_rotation.rotate(log, checkpoints, tmp_path, by="R. Iyer", reason="again")
    assert done.new_vkey == waiting.verifier.vkey
    (tmp_path / keys.KEY_FILE).rename(tmp_path / keys.NEXT_FILE)  # as if it had been killed before the last step
    taken = key_rotation.current(log, tmp_path)
    assert taken is not None
    assert taken.verifier == waiting.verifier


def test_a_key_that_is_gone_is_refused_until_it_is_said_to_be_lost(tmp_path: Path, log: CustodyLog) -> None:
    checkpoints = Checkpoints(log._db)
    checkpoints.sign(key_rotation.obtain(log, tmp_path, origin=NAME, organisation=""), actor="R", purpose="t")
    (tmp_path / keys.KEY_FILE).unlink()
    with pytest.raises(KeyRefused, match=r"put it back, or run .* --lost"):
        key_rotation.obtain(log, tmp_path, origin=NAME, organisation="")
    with pytest.raises(KeyRefused, match="say --lost"):
        key_rotation.rotate(log, checkpoints, tmp_path, by="R. Iyer", reason="?")
    done = key_rotation.rotate(log, checkpoints, tmp_path, by="R. Iyer", reason="disk broke", lost=True)
    assert done.before is None
    assert [period.lost for period in periods(log)] == [True, False]


def test_a_key_from_the_environment_needs_a_place_for_the_next(
    tmp_path: Path, log: CustodyLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints = Checkpoints(log._db)
    monkeypatch.setenv(keys.KEY_VARIABLE, new_signer(NAME).secret)
    checkpoints.sign(key_rotation.obtain(log, tmp_path, origin="", organisation=""), actor="R", purpose="t")
    with pytest.raises(KeyRefused, match="--to FILE"):
        key_rotation.rotate(log, checkpoints, tmp_path, by="R. Iyer", reason="yearly")
    done = key_rotation.rotate(log, checkpoints, tmp_path, by="R. Iyer", reason="yearly", to=str(tmp_path / "next"))
    assert read_signer(done.place.read_text()).verifier.vkey == done.new_vkey
