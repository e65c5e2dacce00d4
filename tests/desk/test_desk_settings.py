"""One wrong key, one sentence: the file, the line, the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import SettingsError
from desk.settings import Settings, load_settings, write_template

GOOD = '[collector]\ncontact = "abuse@firm.example"\noperator = "A. Investigator"\n'


def settings_file(directory: Path, text: str) -> Path:
    (directory / "offsignal.toml").write_text(text, "utf-8")
    return directory


def test_the_template_is_a_valid_settings_file(tmp_path: Path) -> None:
    write_template(tmp_path / "new", contact="abuse@firm.example", operator='A. "Ace" Investigator')
    settings = load_settings(tmp_path / "new")
    assert settings.collector.operator == 'A. "Ace" Investigator'
    assert len(settings.timestamp.authorities) == settings.timestamp.wanted == 2
    assert not any(authority.practice for authority in settings.timestamp.authorities)


def test_an_existing_settings_file_is_never_overwritten(tmp_path: Path) -> None:
    settings_file(tmp_path, GOOD)
    with pytest.raises(SettingsError, match="there is a settings file already"):
        write_template(tmp_path, contact="x@y.example", operator="B")
    assert (tmp_path / "offsignal.toml").read_text() == GOOD


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + '[crawl]\ndelay_s = "fast"\n', r"offsignal\.toml:5: crawl\.delay_s: .*number"),
        (GOOD + "[crawl]\ndelay = 1\n", r"offsignal\.toml:5: crawl\.delay: there is no such setting"),
        (
            GOOD + "[judge]\nreview_at = 0.9\ncapture_at = 0.5\n",
            r"offsignal\.toml:4: judge: review_at must not be above",
        ),
        (
            GOOD + '[[timestamp.authorities]]\nname = "Bad Name"\nurl = "http://a.example"\nroot = "r"\n',
            r":5: timestamp",
        ),
        (GOOD + '[egress.pinned]\n"a.example" = "127.0.0.1:1"\n', r"egress\.pinned: 'a\.example' is not name:port"),
        ('[collector]\noperator = "x"\n', r"offsignal\.toml:1: collector\.contact: Field required"),
        ('[collector]\ncontact = "a@b.example"\noperator = "x\\r\\nX: y"\n', "one line without control characters"),
        ('[collector]\ncontact = "nobody"\noperator = "x"\n', "an e-mail address or an http"),
        (GOOD + "[crawl\n", r"not valid TOML"),
        (GOOD + "[typo]\nx = 1\n", r"offsignal\.toml:4: typo: there is no such setting"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings(settings_file(tmp_path, text))


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="offsignal init"):
        load_settings(tmp_path)


def test_a_file_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "offsignal.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)


def test_the_environment_lies_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings_file(tmp_path, GOOD + "[crawl]\ndelay_s = 1\n")
    monkeypatch.setenv("OFFSIGNAL_CRAWL__DELAY_S", "2.5")
    monkeypatch.setenv("OFFSIGNAL_COLLECTOR__ORGANISATION", "Firm & Sons")
    settings = load_settings(tmp_path)
    assert settings.crawl.delay_s == 2.5
    assert settings.collector.organisation == "Firm & Sons"


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings: Settings = load_settings(settings_file(tmp_path, GOOD))
    with pytest.raises(ValueError, match="frozen"):
        settings.crawl.delay_s = 0.0  # type: ignore[misc]
