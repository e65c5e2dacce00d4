"""The labelled documents, and folds of them that keep related documents together.

A document is one JSON object a line: id, title, text, label, claims, and ``set`` or ``site`` where it belongs to one.
``kind`` is in the files and is never read here: only innocent documents have some kinds, so it would give them away.
The files in ``labels_only`` have no claims marked. The short near-translations of ``parallel.tsv`` help to train but
are too tidy to measure anything on.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from classifiers.deobfuscate import normalise
from classifiers.labels import OFFENCES, Label
from classifiers.model.normalise import letters

CORPUS_DIR = Path(__file__).parent / "corpus"
FOLDS = 5
SEED = 20261124
Fold = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

SHINGLE_WORDS = 3
NEAR_DUPLICATE = 0.3
"""Two documents that share this part of the shorter one's three-word sequences are kept in one fold."""


PARALLEL = "parallel"
"""The ``file`` of examples that are only trained on."""

_PARALLEL_LABELS = {
    "A": Label.BULK_SENDING_OFFER,
    "B": Label.AUTHORISED_PROVIDER,
    "C": Label.NEWS_OR_COMMENTARY,
    "D": Label.OTHER_CHANNEL_BULK,
    "E": Label.CLONE_APP_OFFER,
    "F": Label.CUSTOMER_SERVICE_USE,
}


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled document. ``claims`` are (type, quote) pairs; ``group`` is its contrast set or site, "" for none.

    ``form`` says what kind of page it is (readme, landing, forum …), for the figures alone: never a feature.
    """

    id: str
    file: str
    lang: str
    title: str
    text: str
    label: Label
    claims: tuple[tuple[str, str], ...]
    group: str
    form: str = ""

    @property
    def offence(self) -> bool:
        """Whether its label is an offence."""
        return self.label in OFFENCES


def load(directory: Path = CORPUS_DIR) -> list[Example]:
    """Every document, in file and line order; those of ``parallel.tsv`` come last."""
    examples = []
    for path in _files(directory):
        lines = path.read_text("utf-8").splitlines()
        examples += (
            _parallel(lines) if path.suffix == ".tsv" else [_example(path.stem, json.loads(line)) for line in lines]
        )
    return examples


def _files(directory: Path) -> list[Path]:
    return [
        *sorted(directory.glob("*.jsonl")),
        *sorted(directory.glob("labels_only/*.jsonl")),
        *sorted(directory.glob("parallel.tsv")),
    ]


def _example(file: str, row: dict[str, Any]) -> Example:
    group = next((f"{key}:{row[key]}" for key in ("set", "site") if row.get(key)), "")
    claims = tuple((claim["type"], claim["quote"]) for claim in row.get("claims", ()))
    return Example(
        row["id"], file, row["lang"], row["title"], row["text"], Label(row["label"]), claims, group, row.get("form", "")
    )


def _parallel(lines: Sequence[str]) -> list[Example]:
    """Class, language and text in columns; the n-th texts of a class are translations of each other."""
    numbers: Counter[tuple[str, str]] = Counter()
    examples = []
    for line in lines:
        kind, lang, text = line.split("\t")
        numbers[kind, lang] += 1
        name = f"{kind}{numbers[kind, lang]}"
        tag = "hi-Latn" if lang == "hl" else lang
        examples.append(
            Example(f"par-{name}-{tag}", PARALLEL, tag, "", text, _PARALLEL_LABELS[kind], (), f"par:{name}")
        )
    return examples


def fingerprint(directory: Path = CORPUS_DIR) -> str:
    """SHA-256 over names and contents of the corpus files."""
    digest = hashlib.sha256()
    for path in _files(directory):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def related(examples: Sequence[Example]) -> list[int]:
    """A group number for each document: one number for one contrast set, site or cluster of near-duplicates."""
    parent = list(range(len(examples)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    first: dict[str, int] = {}
    for index, example in enumerate(examples):
        if example.group:
            parent[root(index)] = root(first.setdefault(example.group, index))
    for one, other in _near_duplicates(examples):
        parent[root(one)] = root(other)
    return [root(index) for index in range(len(examples))]


def _near_duplicates(examples: Sequence[Example]) -> list[tuple[int, int]]:
    """Pairs that share more than :data:`NEAR_DUPLICATE` of the shorter one's shingles."""
    shingles: list[set[str]] = []
    holders: dict[str, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        words = letters(normalise(example.text).text).split()
        own = {" ".join(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)}
        shingles.append(own)
        for shingle in own:
            holders[shingle].append(index)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for indices in holders.values():
        for place, one in enumerate(indices):
            for other in indices[place + 1 :]:
                shared[one, other] += 1
    sizes = [len(own) for own in shingles]
    return [
        (one, other)
        for (one, other), number in shared.items()
        if number > NEAR_DUPLICATE * min(sizes[one], sizes[other])
    ]


def folds(examples: Sequence[Example], count: int = FOLDS) -> list[Fold]:
    """(train, held-out) index arrays; labels spread evenly, related documents never parted. Always the same.

    Examples that are only trained on are in every training part but those that hold out a relative.
    """
    groups = np.array(related(examples))
    measured = np.array([index for index, example in enumerate(examples) if example.file != PARALLEL])
    others = np.array([index for index, example in enumerate(examples) if example.file == PARALLEL], dtype=np.int64)
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=SEED)
    labels = [examples[index].label.value for index in measured]
    found = []
    for train, test in splitter.split(measured, labels, groups[measured]):
        unrelated = others[~np.isin(groups[others], groups[measured[test]])]
        found.append((np.concatenate((measured[train], unrelated)), measured[test]))
    return found
