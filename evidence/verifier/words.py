"""What every step speaks with: a finding that is bad, a step that gathers sentences, text safe to print."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NOT_PROVEN = (
    "That the server sent this: digests show that nothing changed since the capture, not what was on the wire.",
    "Who runs the site, or that identifiers belong to one vendor: people infer that, the bundle does not.",
    "That a timestamp authority can be trusted: compare its root's fingerprint with one got elsewhere.",
    "That the custody log names the right persons: it proves order and content, not who sat at the keyboard.",
)


class Bad(Exception):  # noqa: N818  # read aloud: "Bad: two entries of that name"
    """Something does not hold, or cannot be understood; the text is one sentence."""


class Step:
    """One numbered step: what it proved, what failed, what it could not check, and the commands that do the same.

    ``key`` is its name in the program (its number may change when steps are added), ``title`` what a person reads.
    """

    def __init__(self, number: int, key: str, title: str) -> None:
        self.number, self.key, self.title = number, key, title
        self.proved: list[str] = []
        self.failed: list[str] = []
        self.unchecked: list[str] = []
        self.commands: list[str] = []

    @property
    def verdict(self) -> str:
        """``failed`` if anything failed; else ``proved`` if anything was proved; else ``not checked``."""
        return "failed" if self.failed else "proved" if self.proved else "not checked"

    @contextmanager
    def noting(self, where: str) -> Iterator[None]:
        """What goes wrong inside, of whatever kind, becomes a failure of this step that names ``where``."""
        try:
            yield
        except Bad as error:
            self.failed.append(f"{where}{error}")
        except Exception as error:  # noqa: BLE001  # hostile input must end in a verdict, never in a traceback
            self.failed.append(f"{where}cannot be read ({type(error).__name__}: {error})")

    def to_dict(self) -> dict[str, Any]:
        """The step as JSON: number, key, title, verdict, the three lists of sentences, and the commands."""
        lists = {"proved": self.proved, "failed": self.failed, "not_checked": self.unchecked, "commands": self.commands}
        return {"number": self.number, "key": self.key, "title": self.title, "verdict": self.verdict, **lists}


def shown(value: object, limit: int = 300) -> str:
    """Text that is safe on a terminal: no control characters, bounded."""
    text = str(value)
    return "".join(c if c.isprintable() else "?" for c in text[:limit]) + ("…" if len(text) > limit else "")
