"""How often the classifier errs, as measured: the last gate's answers and the true labels in, counts out.

The answers are those of models that had not seen the document (five held-out folds); they are kept beside the training
material, one line a document, and are replaced whenever the gate is pinned anew. The file carries no date: which corpus
it belongs to is said by digest, and so is the shipped model, which was then trained on all of that corpus.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from importlib import resources
from typing import Any

from classifiers.errors import JudgeError
from classifiers.judgement import CAPTURED, Decision
from classifiers.labels import OFFENCES, Label

#: Those whom an accusation would hurt most, as the gate counts them.
PROTECTED = frozenset({Label.AUTHORISED_PROVIDER, Label.NEWS_OR_COMMENTARY, Label.CUSTOMER_SERVICE_USE})
_95 = 1.959964


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Counts of the gate set. ``wronged`` are innocent documents that would have been captured, ``wronged_protected``
    those of them that are authorised providers, press or shops; ``missed`` are offences put away without a look.
    """

    documents: int
    innocent: int
    wronged: int
    protected: int
    wronged_protected: int
    offences: int
    captured: int
    missed: int
    answers_sha256: str
    corpus_sha256: str
    weights_sha256: str


def measured() -> ErrorRate:
    """The error rate of the model that ships with this program. Raises JudgeError when the files do not fit."""
    root = resources.files("classifiers")
    try:
        data = root.joinpath("training", "last_card.json").read_bytes()
        answers: dict[str, list[Any]] = json.loads(data)
        truth = _labels(answers)
        floors = json.loads(root.joinpath("training", "floors.json").read_text("utf-8"))
        meta = json.loads(root.joinpath("model", "pipeline", "meta.json").read_text("utf-8"))["offsignal"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JudgeError(f"the measured error rate cannot be read: {error}; run 'make evaluate' anew") from error
    if lost := len(answers.keys() - truth.keys()):
        raise JudgeError(f"{lost} documents of the gate set have no label; run 'make evaluate' anew")
    rows = [(truth[name], Decision(row[1])) for name, row in answers.items()]
    innocent = [row for row in rows if row[0] not in OFFENCES]
    offences = [row for row in rows if row[0] in OFFENCES]
    wronged = [label for label, decision in innocent if decision in CAPTURED]
    return ErrorRate(
        documents=len(rows),
        innocent=len(innocent),
        wronged=len(wronged),
        protected=sum(label in PROTECTED for label, _ in innocent),
        wronged_protected=sum(label in PROTECTED for label in wronged),
        offences=len(offences),
        captured=sum(decision in CAPTURED for _, decision in offences),
        missed=sum(decision is Decision.DISCARD for _, decision in offences),
        answers_sha256=hashlib.sha256(data).hexdigest(),
        corpus_sha256=str(floors["corpus_sha256"]),
        weights_sha256=str(meta["weights_sha256"]),
    )


def at_most(hits: int, of: int) -> float:
    """The upper end of Wilson's 95 % interval of a share (Wilson 1927); 1.0 when nothing was measured."""
    if not of:
        return 1.0
    share = hits / of
    middle = share + _95**2 / (2 * of)
    half = _95 * math.sqrt(share * (1 - share) / of + _95**2 / (4 * of * of))
    return min(1.0, (middle + half) / (1 + _95**2 / of))


def _labels(answers: dict[str, list[Any]]) -> dict[str, Label]:
    """The true label of every document of the gate set."""
    folder = resources.files("classifiers").joinpath("training", "corpus")
    files = [*folder.iterdir(), *folder.joinpath("labels_only").iterdir()]
    found: dict[str, Label] = {}
    for path in files:
        if path.name.endswith(".jsonl"):
            for line in path.read_text("utf-8").splitlines():
                row = json.loads(line)
                if row["id"] in answers:
                    found[row["id"]] = Label(row["label"])
    return found
