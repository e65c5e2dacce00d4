"""Explanations: the terms add up to the log-odds, the bands are the settings', and what carries a page is named."""

from __future__ import annotations

import math

import pytest

from classifiers import explain
from classifiers.calibration import DOUBT, Calibration
from classifiers.config import JudgeSettings
from classifiers.document import from_text
from classifiers.explain import Explanation, Part
from classifiers.judge import Judge
from classifiers.judgement import Decision, Polarity
from classifiers.labels import ClaimType

OFFER = """WhatsApp bulk sender for Windows
Our anti-ban engine: random delay of 10 to 40 seconds after every 25 messages.
Grab the numbers of all members of any WhatsApp group. No need to save contacts.
Lifetime licence only Rs 999. Not affiliated with WhatsApp."""
NEWS = """Police warn of modified WhatsApp
According to the police, two men were arrested who had sold "anti-ban" software. Do not install such apps.
The complaint says that the sellers promised unlimited messages. The court ordered the page to be removed."""
SETTINGS = JudgeSettings()


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.mark.parametrize("text", [OFFER, NEWS, "", "Fresh bread every morning at seven.", "群发软件"])
def test_the_terms_add_up_to_the_log_odds_of_the_judgement(judge: Judge, text: str) -> None:
    explanation = judge.explain(from_text("x", text))
    assert math.isclose(sum(part.weight for part in explanation.parts), explanation.log_odds, abs_tol=1e-6)
    shown = max(explanation.judgement.probability, DOUBT)  # what no model was asked about is told as less than that
    assert math.isclose(explain.probability_of(explanation.log_odds), shown, abs_tol=1e-6)
    assert explanation.judgement == judge.judge(from_text("x", text))
    assert all(explanation.changes())


def test_no_term_is_lost_among_the_small_and_the_grouped_ones() -> None:
    facts = {"reports": 1.5, "told_share": 0.5, "warns": 0.001, "topic": 2.0, "unheard_of": 3.0}
    weights = {"reports": -0.7, "told_share": -1.1, "warns": -0.9, "topic": 0.4, "unheard_of": 0.0001}
    calibration = Calibration(-1.0, 0.8, {ClaimType.PRICE: 0.5}, weights, (0.0, 1.0), frozenset())
    alleged = [ClaimType.PRICE, ClaimType.PRICE, ClaimType.ANTI_BAN]
    parts = explain.terms(calibration, 1.3, alleged, facts)
    whole = -1.0 + 0.8 * 1.3 + calibration.stance(facts) + calibration.weight(ClaimType.PRICE, 2)
    assert math.isclose(sum(part.weight for part in parts), whole, abs_tol=1e-9)
    assert parts[0].kind == "start"
    strengths = [abs(part.weight) for part in parts[1:]]
    assert strengths == sorted(strengths, reverse=True)
    assert "the 2 claims of price" in {part.name for part in parts}


def test_probability_and_log_odds_are_inverse() -> None:
    for probability in (0.004, 0.25, 0.5, 0.8, 0.99):
        assert math.isclose(explain.probability_of(explain.log_odds_of(probability)), probability, abs_tol=1e-9)
    assert explain.log_odds_of(0.0) == -math.inf
    assert explain.log_odds_of(1.0) == math.inf


def test_bands_begin_where_the_settings_say() -> None:
    bands = explain.bands(SETTINGS)
    for band in bands:
        assert explain.band_of(band.log_odds, bands) is band.decision
        assert explain.band_of(band.log_odds - 1e-9, bands) is not band.decision
    assert explain.band_of(-math.inf, bands) is Decision.DISCARD


def test_the_part_that_carries_the_page_is_named(judge: Judge) -> None:
    real = judge.explain(from_text("x", OFFER))
    parts = (Part("start", "the start", -1.0), Part("claim", "the claim of price", 1.0, ClaimType.PRICE))
    light = Explanation(real.document, real.judgement, parts, 0.0, explain.bands(SETTINGS))
    said = list(light.changes())
    assert any("Without the claim of price (+1.00)" in sentence for sentence in said) is False
    assert any("missing to capture" in sentence for sentence in said)
    heavy = Explanation(real.document, real.judgement, (*parts, Part("text", "the text", 3.0)), 3.0, light.bands)
    assert any("Without the text (+3.00)" in sentence and "review" in sentence for sentence in heavy.changes())


def test_the_reasons_do_not_contradict_themselves(judge: Judge) -> None:
    for text in (OFFER, NEWS, "Fresh bread every morning at seven."):
        judgement = judge.judge(from_text("x", text))
        quotes = [reason.quote for reason in judgement.reasons if reason.rule.startswith("claim.")]
        assert len(quotes) == len(set(quotes))
        whole = [reason for reason in judgement.reasons if reason.rule == "text.whole"]
        for reason in whole:
            told = "reads most like" in reason.sentence
            assert not told or (reason.polarity is Polarity.FOR) == judgement.label.value.endswith("_offer")


def test_what_speaks_against_is_quoted_where_it_stands(judge: Judge) -> None:
    document = from_text("x", NEWS)
    stances = [reason for reason in judge.judge(document).reasons if reason.rule.startswith("stance.")]
    assert stances
    for reason in stances:
        assert reason.quote == document.extracted.text[reason.start : reason.end]
        assert reason.weight < 0
