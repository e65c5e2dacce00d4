"""Weighed hits and marked quotes in, the score cards of ``classifiers/claims/voice.toml`` out.

A hit that overlaps a mark of its type is an example for, a hit of a type the document has no mark of is one against;
a hit beside the mark of its type is neither, since the corpus marks one quote of several. In documents without marks
a hit of abuse counts by the document's label alone. Logistic regression with bounds: what speaks of a report, a
warning or another matter may only count against, what speaks of the page's own matter only for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from classifiers.claims import Examined, Weighed, voice
from classifiers.claims.quote import quoted
from classifiers.judgement import Claim
from classifiers.labels import ABUSE_CLAIMS, ClaimType
from classifiers.training import corpus, crossval
from classifiers.training.corpus import Example

CARDS_FILE = Path(voice.__file__).with_name("voice.toml")
STRENGTH = 0.1
"""Inverse of the regularisation."""
LEAST = {"alone.abuse": 0.9, "alone.other": 0.3, "judged.abuse": 0.4, "judged.other": 0.3}
"""Log-odds a hit needs. Without a text model beside it an accusation needs more."""
ONLY_AGAINST = frozenset(
    {"told_share", "reports", "reports_density", "warns", "warns_density", "refusals", "official", "other_channel"}
    | {"removed", "warned", "reported", "quoted", "channel", "far", "silenced_share"}
)
ONLY_FOR = frozenset({"abuse_density", "topic", "topic_density", "title", "own", "offers_density", "offence"})

#: By index of a document; None for one whose claims are not marked.
Marks = Sequence[Mapping[ClaimType, list[tuple[int, int]]] | None]
#: By index of a document, a text model's probability; None for one that was only trained on.
Beside = Sequence[float | None]
Card = dict[str, float]
Row = tuple[voice.Facts, bool]


def marked(examples: Sequence[Example]) -> list[Example]:
    """Those whose claims are marked: the files that lie in the corpus folder itself."""
    files = {path.stem for path in corpus.CORPUS_DIR.glob("*.jsonl")}
    return [example for example in examples if example.file in files]


def offences(examples: Sequence[Example]) -> dict[str, float]:
    """By ID, the probability of an offence by a text model that never saw the document."""
    prepared = crossval.prepare(examples)
    scores = crossval.held_out(prepared, corpus.folds(examples))
    calibration = crossval.calibrate([scores[i] for i in scores], [prepared[i] for i in scores])
    return {examples[i].id: calibration.of_text(score.odds) for i, score in scores.items()}


def cross_validated(
    examples: Sequence[Example], examined: Sequence[Examined], marks: Marks, beside: Beside | None
) -> list[tuple[Claim, ...]]:
    """The claims of each document, with cards fitted on the other folds; none for those only trained on."""
    made: list[tuple[Claim, ...]] = [()] * len(examples)
    for train, test in corpus.folds(examples):
        cards = _cards(examples, examined, marks, [int(i) for i in train], beside)
        for index in (int(i) for i in test):
            made[index] = examined[index].claims(None if beside is None else beside[index], cards)
    return made


def all_cards(
    examples: Sequence[Example], examined: Sequence[Examined], marks: Marks, beside: Beside
) -> dict[str, Card]:
    """The four cards, fitted on every document."""
    everything = list(range(len(examined)))
    alone = _cards(examples, examined, marks, everything, None)
    return alone | _cards(examples, examined, marks, everything, beside)


def write(cards: Mapping[str, Card]) -> None:
    """Write the cards, weights in order of size, two decimals."""
    lines = ["# Written by: python -m classifiers.training.claim_score --fit", ""]
    for name, card in cards.items():
        lines += [f"[{name}]", f"always = {card['always']:.2f}", f"least = {card['least']:.2f}"]
        rest = {fact: weight for fact, weight in card.items() if fact not in ("always", "least")}
        ordered = sorted(rest.items(), key=lambda item: -item[1])
        lines += [f'"{fact}" = {weight:.2f}' for fact, weight in ordered if fact == "offence" or abs(weight) >= 0.005]
        lines.append("")
    CARDS_FILE.write_text("\n".join(lines), "utf-8")
    voice.shipped.cache_clear()


def _cards(
    examples: Sequence[Example],
    examined: Sequence[Examined],
    marks: Marks,
    indices: Sequence[int],
    beside: Beside | None,
) -> dict[str, Card]:
    rows: dict[str, list[Row]] = {"abuse": [], "other": []}
    for index in indices:
        extra: voice.Facts = {}
        if beside is not None:
            probability = beside[index]
            if probability is None:
                continue
            extra = {"offence": voice.offence_fact(probability)}
        for one in examined[index].weighed:
            what = "abuse" if one.rule.type in ABUSE_CLAIMS else "other"
            right = _right(examples[index], examined[index], marks[index], one)
            if right is not None:
                rows[what].append((one.facts | extra, right))
    how = "alone" if beside is None else "judged"
    return {f"{how}.{what}": _fitted(found) | {"least": LEAST[f"{how}.{what}"]} for what, found in rows.items()}


def _right(
    example: Example, page: Examined, marks: Mapping[ClaimType, list[tuple[int, int]]] | None, one: Weighed
) -> bool | None:
    """Whether a hit is the page's own statement, as far as the corpus tells; None when it does not."""
    if marks is None:
        return example.offence if one.rule.type in ABUSE_CLAIMS else None
    marked = marks.get(one.rule.type, [])
    start, end = quoted(page.page, one.hit)
    if any(start < b and a < end for a, b in marked):
        return True
    return None if marked else False


def _fitted(rows: Sequence[Row]) -> Card:
    names = sorted({name for facts, _ in rows for name in facts})
    column = {name: number for number, name in enumerate(names, 1)}
    x = np.zeros((len(rows), len(names) + 1))
    x[:, 0] = 1.0
    for number, (facts, _) in enumerate(rows):
        for name, value in facts.items():
            x[number, column[name]] = value
    sign = np.where([right for _, right in rows], 1.0, -1.0)

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        margin = sign * (x @ weights)
        pull = weights / STRENGTH
        pull[0] = 0.0
        gradient = -(sign / (1 + np.exp(np.clip(margin, -500, 500)))) @ x + pull
        return float(np.logaddexp(0, -margin).sum() + weights @ pull / 2), gradient

    bounds = [(None, None), *((0.0 if n in ONLY_FOR else None, 0.0 if n in ONLY_AGAINST else None) for n in names)]
    with threadpool_limits(1):
        best = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return {"always": float(best[0])} | {name: float(best[column[name]]) for name in names}
