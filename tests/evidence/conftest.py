"""Fixtures of the capture tests: a small web, a guard before it, and a capture in one call."""

from __future__ import annotations

import pytest

from tests.evidence.capturing import captured
from tests.evidence.page_serving import guarded, serving


@pytest.fixture(scope="module")
def pages():
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def door(pages):
    with guarded(pages, extra={"nobody.example:80": "127.0.0.1:9"}) as running:
        yield running


@pytest.fixture
def capture(door, tmp_path):
    """Captures a path of the web: draft and record."""
    return lambda path, *given, **named: captured(door, tmp_path / "exhibit", path, *given, **named)
