"""The labelled documents, and folds of them that keep related documents together.

A document is one JSON object a line: id, title, text, label, claims, and ``set`` or ``site`` where it belongs to one.
``kind`` is in the files and is never read here: only innocent documents have some kinds, so it would give them away.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from classifiers.deobfuscate import normalise
from classifiers.labels import OFFENCES, Label
from classifiers.model.normalise import letters

CORPUS_DIR = Path(__file__).parent / "corpus"
FOLDS = 5
SEED = 20261124
SHINGLE_WORDS = 3
NEAR_DUPLICATE = 0.3
"""Two documents that share this part of the shorter one's three-word sequences are kept in one fold."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled document. ``claims`` are (type, quote) pairs; ``group`` is its contrast set or site, "" for none."""

    id: str
    file: str
    lang: str
    title: str
    text: str
    label: Label
    claims: tuple[tuple[str, str], ...]
    group: str

    @property
    def offence(self) -> bool:
        """Whether its label is an offence."""
        return self.label in OFFENCES


def load(directory: Path = CORPUS_DIR) -> list[Example]:
    """Every document of every ``*.jsonl`` file, in file and line order."""
    examples = []
    for path in sorted(directory.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            group = next((f"{key}:{row[key]}" for key in ("set", "site") if row.get(key)), "")
            claims = tuple((claim["type"], claim["quote"]) for claim in row["claims"])
            label = Label(row["label"])
            examples.append(Example(row["id"], path.stem, row["lang"], row["title"], row["text"], label, claims, group))
    return examples


def fingerprint(directory: Path = CORPUS_DIR) -> str:
    """SHA-256 over names and contents of the corpus files, in name order."""
    digest = hashlib.sha256()
    for path in sorted(directory.glob("*.jsonl")):
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


def folds(examples: Sequence[Example], count: int = FOLDS) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """(train, held-out) index arrays; labels spread evenly, related documents never parted. Always the same."""
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=SEED)
    labels = [example.label.value for example in examples]
    return list(splitter.split(examples, labels, related(examples)))
