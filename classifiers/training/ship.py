"""The whole corpus in, the shipped pipeline's folder out: weights, calibration, and what they were made of."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from classifiers.calibration import CALIBRATION_FILE
from classifiers.model.pipeline import TextScores, weights_sha256
from classifiers.training import crossval
from classifiers.training.corpus import SEED
from classifiers.training.crossval import Prepared

LIBRARIES = ("numpy", "scikit-learn", "scipy", "spacy", "thinc")


def ship(prepared: Sequence[Prepared], scores: Mapping[int, TextScores], corpus_sha256: str, directory: Path) -> None:
    """Train on everything and write the folder. ``scores`` are held-out ones by index, for the calibration.

    The new folder is written whole beside the old one and then takes its place. Same input, same bytes.
    """
    nlp = crossval.pipeline(crossval.train(prepared))
    fitted = crossval.calibrate(list(scores.values()), [prepared[i] for i in scores])
    fresh = directory.with_name(directory.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    nlp.to_disk(fresh)
    (fresh / CALIBRATION_FILE).write_text(fitted.to_json(), "utf-8")
    meta_path = fresh / "meta.json"
    meta = json.loads(meta_path.read_text("utf-8"))
    meta["name"], meta["version"], meta["license"] = "offsignal", "1.0.0", "Apache-2.0"
    meta["spacy_version"] = ">=3.8.0,<3.9.0"  # a trained pipeline loads in the minor version that wrote it
    meta["description"] = "Ten labels for pages about bulk messaging; linear over hashed words and letter groups."
    meta["offsignal"] = {
        "weights_sha256": weights_sha256(fresh),
        "corpus_sha256": corpus_sha256,
        "documents": len(prepared),
        "labels": dict(sorted(Counter(one.example.label.value for one in prepared).items())),
        "seed": SEED,
        "python": ".".join(map(str, sys.version_info[:2])),
        "versions": {name: version(name) for name in LIBRARIES},
    }
    meta_path.write_text(json.dumps(meta, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    shutil.rmtree(directory, ignore_errors=True)
    fresh.rename(directory)
