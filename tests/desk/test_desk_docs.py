"""The docs say what the program does: every source, every setting's section, every document that README names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawler import sources
from desk.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sources.names())
def test_every_source_is_described_as_its_docstring_says(name: str) -> None:
    facts = sources.describe(name)
    (row,) = [line for line in (ROOT / "docs/sources.md").read_text().splitlines() if line.startswith(f"| `{name}`")]
    for fact in (facts.summary, facts.endpoint, facts.needs, facts.limits):
        assert fact in row


def test_every_document_that_is_linked_exists() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_template_of_the_settings_shows_every_section() -> None:
    template = (ROOT / "desk/templates/offsignal.toml").read_text("utf-8")
    for section in Settings.model_fields:
        assert f"[{section}" in template
