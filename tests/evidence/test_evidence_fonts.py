"""Scripts without a font: told by one letter each, and only where fontconfig can tell."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from evidence import fonts


def test_a_script_without_a_font_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def listing(command: Sequence[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        asked.append(command[1])
        return subprocess.CompletedProcess(command, 0, b"" if command[1] == ":charset=8d85" else b"Noto Sans\n")

    fonts._has_font.cache_clear()
    monkeypatch.setattr(fonts.subprocess, "run", listing)
    assert fonts.scripts_without_font(["plain café 🔥", "超级群发", "बल्क"]) == ("CJK",)
    assert asked == [":charset=8d85", ":charset=92c"]
    fonts._has_font.cache_clear()


def test_where_nobody_can_tell_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(command: Sequence[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        raise FileNotFoundError(command[0])

    fonts._has_font.cache_clear()
    monkeypatch.setattr(fonts.subprocess, "run", missing)
    assert fonts.scripts_without_font(["超级群发"]) == ()
    fonts._has_font.cache_clear()
