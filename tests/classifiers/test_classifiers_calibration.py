"""Calibration: bounds on what a claim may do, and the file form."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from classifiers import calibration
from classifiers.calibration import Calibration
from classifiers.labels import ABUSE_CLAIMS, MITIGATING_CLAIMS, ClaimType
from classifiers.model.pipeline import PIPELINE_DIR
from classifiers.training import crossval

PLAIN = Calibration(
    intercept=-1.0,
    text=1.5,
    claims={ClaimType.ANTI_BAN: 0.7, ClaimType.OPT_IN: -0.4},
    facts={"reports_density": -0.6, "title": 0.4},
    alone=(-0.2, 1.8),
    languages=frozenset({"en"}),
)


def test_probability_grows_with_the_text_and_with_abuse() -> None:
    base = PLAIN.probability(0.5, (), {})
    assert PLAIN.probability(1.0, (), {}) > base
    assert PLAIN.probability(0.5, [ClaimType.ANTI_BAN], {}) > base
    assert PLAIN.probability(0.5, [ClaimType.ANTI_BAN] * 3, {}) > PLAIN.probability(0.5, [ClaimType.ANTI_BAN], {})
    assert PLAIN.probability(0.5, [ClaimType.OPT_IN], {}) < base
    assert PLAIN.probability(0.5, [ClaimType.CONTACT], {}) == base


def test_facts_of_the_page_count_and_unknown_ones_do_not() -> None:
    base = PLAIN.probability(0.5, (), {})
    assert PLAIN.probability(0.5, (), {"reports_density": 1.0}) < base < PLAIN.probability(0.5, (), {"title": 1.0})
    assert PLAIN.probability(0.5, (), {"something": 9.0}) == base


@pytest.mark.parametrize("odds", [-1e9, 1e9])
def test_no_probability_is_certain(odds: float) -> None:
    for probability in (PLAIN.probability(odds, (), {}), PLAIN.of_text(odds)):
        assert calibration.DOUBT <= probability <= 1 - calibration.DOUBT


def test_file_form_round_trip() -> None:
    again = calibration.from_json(PLAIN.to_json())
    assert again == PLAIN
    assert again.id == PLAIN.id
    assert len(PLAIN.id) == 8


def test_the_shipped_one_keeps_its_bounds() -> None:
    shipped = calibration.load(PIPELINE_DIR)
    assert shipped.text > 0
    assert all(shipped.claims.get(kind, 0.0) >= 0 for kind in ABUSE_CLAIMS)
    assert all(shipped.claims.get(kind, 0.0) <= 0 for kind in MITIGATING_CLAIMS)
    assert ClaimType.CONTACT not in shipped.claims
    for name, (low, high) in crossval.FACTS.items():
        value = shipped.facts.get(name, 0.0)
        assert low is None or value >= low
        assert high is None or value <= high
    assert {"en", "pt", "es"} <= shipped.languages


def test_rarer_offences_make_every_probability_smaller_by_the_same_odds() -> None:
    fitted = replace(PLAIN, share=0.4)
    rare = fitted.at(0.02)
    before, after = fitted.of_text(0.5), rare.of_text(0.5)
    assert after < before
    gap = math.log(before / (1 - before)) - math.log(after / (1 - after))
    assert gap == pytest.approx(math.log(0.4 / 0.6) - math.log(0.02 / 0.98), abs=0.1)
    assert rare.at(0.4).intercept == pytest.approx(fitted.intercept)
    assert rare.id != fitted.id
