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
    """One numbered step: what it proved, what failed, what stayed open, and the commands that do the same by hand.

    ``key`` is its name in the program (its number may change when steps are added), ``title`` what a person reads.
    ``unchecked`` holds what this step ought to prove and could not; ``absent`` says that there is nothing of the kind
    here, so that nothing is claimed and nothing stays open.
    """

    def __init__(self, number: int, key: str, title: str) -> None:
        self.number, self.key, self.title = number, key, title
        self.proved: list[str] = []
        self.failed: list[str] = []
        self.unchecked: list[str] = []
        self.absent: list[str] = []
        self.commands: list[str] = []

    @property
    def verdict(self) -> str:
        """``failed`` if anything failed; else ``proved``, ``proved in part`` if something stayed open beside it; else
        ``not checked``.
        """
        if self.failed or not self.proved:
            return "failed" if self.failed else "not checked"
        return "proved in part" if self.unchecked else "proved"

    def told(self) -> str:
        """The verdict for a person, who is told when there is nothing of the kind."""
        return self.verdict if self.failed or self.proved or self.unchecked else "nothing here"

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
        """The step as JSON: number, key, title, verdict, the lists of sentences, and the commands."""
        lists = {"proved": self.proved, "failed": self.failed, "not_checked": self.unchecked, "absent": self.absent}
        about = {"number": self.number, "key": self.key, "title": self.title, "verdict": self.verdict}
        return {**about, **lists, "commands": self.commands}


def outcome(steps: list[Step]) -> str:
    """``failed`` if any step did; ``proved`` if nothing stayed open in any; else ``proved in part``."""
    if not steps or any(step.failed for step in steps):
        return "failed"
    return "proved in part" if any(step.unchecked for step in steps) else "proved"


def shown(value: object, limit: int = 300) -> str:
    """Text that is safe on a terminal: no control characters, bounded."""
    text = str(value)
    return "".join(c if c.isprintable() else "?" for c in text[:limit]) + ("…" if len(text) > limit else "")
