"""The command with all of its verbs, as the reference in ``docs/cli.md`` is made from."""

from __future__ import annotations

from desk.cli import app, load

__all__ = ["app"]

load(())
