"""``python -m classifiers.training.claim_score [--fit]``: how well the claim rules find what the corpus marks.

A marked claim is found when a claim of its type overlaps it, and a claim is right when it overlaps a marked one of
its type. The corpus marks one quote of a type where a page has five, so precision is a lower bound. ``--fit`` fits
the score cards of ``classifiers/claims/voice.toml`` and writes them; what it prints before that is cross-validated:
the cards of each fold are fitted on the others. The phrases themselves were written beside the corpus.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer

from classifiers import claims
from classifiers.judgement import Claim
from classifiers.labels import ABUSE_CLAIMS, ClaimType
from classifiers.text import plain
from classifiers.training import claim_cards, corpus
from classifiers.training.corpus import Example

Span = tuple[ClaimType, int, int]


@dataclass(slots=True)
class Tally:
    """Counts over documents, by claim type and by language."""

    marked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    shared: list[float] = field(default_factory=list)
    innocent: int = 0
    abuse_on_innocent: int = 0
    offences: int = 0
    offences_quoted: int = 0

    def add(self, example: Example, made: Sequence[Claim]) -> None:
        """Count one document."""
        marks = spans(example)
        for kind, start, end in marks:
            overlaps = [c for c in made if c.type is kind and c.start < end and start < c.end]
            for key in (kind.value, example.lang, "all"):
                self.marked[key] += 1
                self.found[key] += bool(overlaps)
            if overlaps:
                self.shared.append(max(_shared(start, end, claim) for claim in overlaps))
        for claim in made:
            right = any(claim.type is k and claim.start < end and start < claim.end for k, start, end in marks)
            for key in (claim.type.value, example.lang, "all"):
                self.made[key] += 1
                self.right[key] += right
        abuse = sum(claim.type in ABUSE_CLAIMS for claim in made)
        if example.offence:
            self.offences += 1
            self.offences_quoted += abuse > 0
        else:
            self.innocent += 1
            self.abuse_on_innocent += abuse

    def line(self, key: str) -> str:
        """One row: marked, recall, made, precision."""
        recall = self.found[key] / max(self.marked[key], 1)
        precision = self.right[key] / max(self.made[key], 1)
        return f"{key:20} {self.marked[key]:6} {recall:7.2f} {self.made[key]:6} {precision:10.2f}"

    def rows(self, examples: Iterable[Example]) -> Iterable[str]:
        """The whole report."""
        yield f"{'':20} {'marked':>6} {'recall':>7} {'made':>6} {'precision':>10}"
        yield from (self.line(kind.value) for kind in sorted(ClaimType, key=lambda kind: -self.marked[kind.value]))
        yield from (self.line(lang) for lang, _ in Counter(example.lang for example in examples).most_common())
        yield self.line("all")
        yield f"overlap, where found: {sum(self.shared) / max(len(self.shared), 1):.2f}"
        yield f"offences with a claim of abuse: {self.offences_quoted / max(self.offences, 1):.2f}"
        yield f"abuse claims per innocent document: {self.abuse_on_innocent / max(self.innocent, 1):.3f}"


def spans(example: Example) -> list[Span]:
    """Where the marked claims stand, each at its first place."""
    return [(ClaimType(kind), at := example.text.index(quote), at + len(quote)) for kind, quote in example.claims]


def _shared(start: int, end: int, claim: Claim) -> float:
    return (min(end, claim.end) - max(start, claim.start)) / (max(end, claim.end) - min(start, claim.start))


def tally(examples: Sequence[Example], made: Sequence[Sequence[Claim]]) -> Tally:
    """The counts of these documents with the claims made for each."""
    total = Tally()
    for example, found in zip(examples, made, strict=True):
        total.add(example, found)
    return total


def _say(lines: Iterable[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n\n")


def main(
    fit: Annotated[bool, typer.Option("--fit", help="Fit the score cards on the corpus and write them.")] = False,
) -> None:
    """Prints precision and recall by overlap per claim type and language, and abuse claims on innocent documents."""
    everything = corpus.load()
    examples = claim_cards.marked(everything)
    if fit:
        _fit(everything)
    started = time.process_time()
    made = [claims.find(plain(example.text, example.title), example.lang) for example in examples]
    spent = time.process_time() - started
    kilobytes = sum(len(example.text.encode()) for example in examples) / 2000
    _say(
        [
            "shipped cards",
            *tally(examples, made).rows(examples),
            f"{kilobytes / spent:.0f} documents of 2 kB per CPU second",
        ]
    )


def _fit(examples: Sequence[Example]) -> None:
    marked = {example.id for example in claim_cards.marked(examples)}
    examined = [claims.examine(plain(example.text, example.title), example.lang) for example in examples]
    marks = [_by_type(spans(example)) if example.id in marked else None for example in examples]
    offences = claim_cards.offences(examples)
    beside = [offences.get(example.id) for example in examples]
    for how, given in (("alone", None), ("judged", beside)):
        made = claim_cards.cross_validated(examples, examined, marks, given)
        for name, chosen in (("with marked claims", True), ("labelled only", False)):
            at = [i for i, one in enumerate(examples) if (one.id in marked) is chosen and one.file != corpus.PARALLEL]
            if at:
                report = tally([examples[i] for i in at], [made[i] for i in at])
                _say([f"cross-validated, {how}, {name}", *report.rows([examples[i] for i in at])])
    claim_cards.write(claim_cards.all_cards(examples, examined, marks, beside))


def _by_type(marks: Sequence[Span]) -> Mapping[ClaimType, list[tuple[int, int]]]:
    found: dict[ClaimType, list[tuple[int, int]]] = defaultdict(list)
    for kind, start, end in marks:
        found[kind].append((start, end))
    return found


if __name__ == "__main__":
    typer.run(main)
