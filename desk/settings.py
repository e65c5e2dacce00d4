"""The whole of ``offsignal.toml`` as one frozen object: file, then OFFSIGNAL_SECTION__KEY variables, then flags."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from classifiers.config import JudgeSettings
from crawler.config import SETTINGS_FILE, CrawlerSettings, build, read_table
from crawler.errors import SettingsError
from evidence.config import BatesSettings, CaptureSettings, CustodySettings, NoticeSettings, TimestampSettings


class Settings(CrawlerSettings):
    """Every section of the settings file; each belongs to the package that reads it."""

    judge: JudgeSettings = JudgeSettings()
    capture: CaptureSettings = CaptureSettings()
    timestamp: TimestampSettings = TimestampSettings()
    bates: BatesSettings = BatesSettings()
    notice: NoticeSettings = NoticeSettings()
    custody: CustodySettings = CustodySettings()


def load_settings(data_dir: Path) -> Settings:
    """The settings of a data directory. Raises SettingsError naming file, line and key."""
    path = data_dir / SETTINGS_FILE
    return build(Settings, read_table(path), path)


def write_template(data_dir: Path, *, contact: str, operator: str) -> Path:
    """Makes a data directory with a commented settings file; raises SettingsError when there is one already."""
    path = data_dir / SETTINGS_FILE
    template = resources.files("desk").joinpath("templates/offsignal.toml").read_text("utf-8")
    text = template.replace("@CONTACT@", _toml_text(contact)).replace("@OPERATOR@", _toml_text(operator))
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise SettingsError(f"{path}: there is a settings file already; edit it, or name another directory") from None
    except OSError as error:
        raise SettingsError(f"{data_dir}: cannot be made a data directory: {error}") from error
    return path


def _toml_text(value: str) -> str:
    """``value`` inside a basic TOML string."""
    return value.replace("\\", "\\\\").replace('"', '\\"')
