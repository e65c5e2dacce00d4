"""Held-out predictions in, the card of a release out: every figure with what it is measured on and how sure it is.

Intervals are of 95 %: Wilson's for shares, a bootstrap that draws whole groups of related documents for the rest.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

from classifiers.judgement import Decision
from classifiers.training import measures
from classifiers.training.measures import PROTECTED, Prediction

LAST_FILE = Path(__file__).parent / "last_card.json"
DRAWS = 200
SEED = 20261124
EFFORTS = (0.1, 0.2, 0.3, 0.4, 0.5)
MIN_OFFENCES = 10
"""A language with fewer offences has no average precision worth printing."""
MOVED = 0.3
"""A probability that changed by this much since the last model is named."""
SHOWN = 20

Last = Mapping[str, tuple[float, str]]
"""By document: the probability and the decision of the last pinned model."""


def lines(predictions: Sequence[Prediction], groups: Sequence[int], last: Last) -> Iterator[str]:
    """The card as Markdown. ``groups`` has one number for each prediction: related documents share theirs."""
    low, high = _bootstrap(predictions, groups)
    yield from ("| figure | value | 95 % interval |", "|---|---|---|")
    for name, value in measures.figures(predictions).items():
        yield f"| {name.replace('_', ' ')} | {value:.3f} | {low[name]:.3f} to {high[name]:.3f} |"
    keys = {
        "label": lambda one: one.example.label.value,
        "language": lambda one: one.example.lang,
        "family of pages": lambda one: one.example.form or one.example.file,
    }
    for title, key in keys.items():
        yield from ("", f"By {title}", "", *measures.table(predictions, key))
    yield from ("", "Ranking by language", "", *_by_language(predictions))
    yield from ("", "Recall at a given effort", "", *_effort(predictions))
    yield from ("", "Calibration", "", *measures.reliability(predictions))
    yield from ("", "Left to a person", "", *_abstained(predictions))
    yield from ("", "Wrongful flags", "", *_wronged(predictions))
    yield from ("", "Since the last model", "", *_drift(predictions, last))


def read_last(path: Path = LAST_FILE) -> Last:
    """What the last pinned model said of each document; empty when there is none."""
    if not path.exists():
        return {}
    table: dict[str, list[object]] = json.loads(path.read_text("utf-8"))
    return {name: (float(str(row[0])), str(row[1])) for name, row in table.items()}


def write_last(predictions: Sequence[Prediction], path: Path = LAST_FILE) -> None:
    """Keeps what this model says, for the next one to be compared with. One line a document."""
    rows = [
        f"{json.dumps(one.example.id)}: [{one.probability:.3f}, {json.dumps(one.decision.value)}]"
        for one in sorted(predictions, key=lambda one: one.example.id)
    ]
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")


def _bootstrap(predictions: Sequence[Prediction], groups: Sequence[int]) -> tuple[dict[str, float], dict[str, float]]:
    """The 2.5th and 97.5th percentile of every figure over draws of whole groups."""
    members: dict[int, list[Prediction]] = defaultdict(list)
    for one, group in zip(predictions, groups, strict=True):
        members[group].append(one)
    pools, dice = list(members.values()), np.random.default_rng(SEED)
    draws: dict[str, list[float]] = defaultdict(list)
    for _draw in range(DRAWS):
        drawn = [one for place in dice.integers(0, len(pools), len(pools)) for one in pools[place]]
        for name, value in measures.figures(drawn).items():
            draws[name].append(value)
    cut = {name: np.percentile(values, (2.5, 97.5)) for name, values in draws.items()}
    return {name: float(pair[0]) for name, pair in cut.items()}, {name: float(pair[1]) for name, pair in cut.items()}


def _by_language(predictions: Sequence[Prediction]) -> Iterator[str]:
    """Average precision of each language, and how far it is from English."""
    by_lang: dict[str, list[Prediction]] = defaultdict(list)
    for one in predictions:
        by_lang[one.example.lang].append(one)
    ranked = {
        lang: _average_precision(members)
        for lang, members in sorted(by_lang.items())
        if MIN_OFFENCES <= sum(one.example.offence for one in members) < len(members)
    }
    yield from ("| language | documents | average precision | from English |", "|---|---|---|---|")
    for lang, value in ranked.items():
        yield f"| {lang} | {len(by_lang[lang])} | {value:.3f} | {value - ranked.get('en', value):+.3f} |"


def _average_precision(members: Sequence[Prediction]) -> float:
    return float(average_precision_score([o.example.offence for o in members], [o.probability for o in members]))


def _effort(predictions: Sequence[Prediction]) -> Iterator[str]:
    """The share of all offences among the likeliest tenth, two tenths … of the documents."""
    ranked = sorted(predictions, key=lambda one: -one.probability)
    total = sum(one.example.offence for one in ranked)
    yield from ("| read | offences found |", "|---|---|")
    for effort in EFFORTS:
        found = sum(one.example.offence for one in ranked[: round(effort * len(ranked))])
        yield f"| {effort:.0%} | {found / total:.2f} |"


def _abstained(predictions: Sequence[Prediction]) -> Iterator[str]:
    review = [one for one in predictions if one.decision is Decision.REVIEW]
    yield f"- {measures.share(len(review), len(predictions))} of all documents go to review"
    offences = sum(one.example.offence for one in review)
    yield f"- {measures.share(offences, len(review))} of those are offences"


def _wronged(predictions: Sequence[Prediction]) -> Iterator[str]:
    """The innocent documents in the capture bands, those of the protected classes counted apart."""
    wronged = measures.accused(predictions)
    for label in PROTECTED:
        of = sum(one.example.label is label for one in predictions)
        yield f"- {label.value}: {sum(one.example.label is label for one in wronged)} of {of} in the capture bands"
    for one in wronged:
        yield f"- {one.example.id} ({one.example.label.value}): {one.decision.value}, {one.probability:.2f}"


def _drift(predictions: Sequence[Prediction], last: Last) -> Iterator[str]:
    """How far this model's answers are from the last one's, on the documents both know."""
    known = [one for one in predictions if one.example.id in last]
    if not known:
        yield "- there is no last model to compare with"
        return
    gaps = [one.probability - last[one.example.id][0] for one in known]
    moves = Counter((last[one.example.id][1], one.decision.value) for one in known)
    yield f"- {len(known)} documents in common, {len(predictions) - len(known)} new"
    yield f"- mean change {sum(gaps) / len(gaps):+.3f}, mean size of a change {sum(map(abs, gaps)) / len(gaps):.3f}"
    for (before, now), number in sorted(moves.items()):
        if before != now:
            yield f"- {number} from {before} to {now}"
    far = sorted(
        ((gap, one) for gap, one in zip(gaps, known, strict=True) if abs(gap) >= MOVED), key=lambda x: -abs(x[0])
    )
    for gap, one in far[:SHOWN]:
        yield f"- {one.example.id} ({one.example.label.value}): {gap:+.2f}"
