"""Laws of the judge: whatever the text, offsets are exact, folding is stable, and records survive their JSON form."""

from __future__ import annotations

import json
from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import record
from classifiers.deobfuscate import normalise
from classifiers.document import from_text
from classifiers.judge import Judge
from classifiers.judgement import Claim, Decision, Identifier, Judgement, Polarity, Reason
from classifiers.labels import ClaimType, Label
from classifiers.model.normalise import letters
from classifiers.model.page import compose, read

PIECES = st.sampled_from(
    [
        "bulk WhatsApp sender",
        "no ban",
        "Rs 999",
        "+91 90000 00011",
        "व्हाट्सऐप",
        "واتساب",
        "\n",
        " ",
        "।",
        "Ｗ",
        "𝐁",
        "\u200b",
        "zap",
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=40).map("".join)


@lru_cache(maxsize=1)
def judge() -> Judge:
    return Judge()


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = letters(normalise(text).text)
    assert letters(once) == once
    assert once == " ".join(once.split())


@given(st.text(max_size=30), TEXTS, st.integers(1, 20))
def test_windows_lie_in_the_text_in_order(title: str, text: str, size: int) -> None:
    composed, offset = compose(title, text)
    page = read(composed, size, max(1, size // 2))
    assert len(composed) == offset + len(text)
    for window in page.windows:
        assert offset <= window.start <= window.end <= len(composed)
    starts = [window.start for window in page.windows]
    assert starts == sorted(starts)


@settings(max_examples=40)
@given(TEXTS, st.text(max_size=20))
def test_every_offset_of_a_judgement_is_exact(text: str, title: str) -> None:
    judgement = judge().judge(from_text("x", text, title=title))
    for one in (*judgement.claims, *judgement.identifiers):
        assert text[one.start : one.end] == one.quote
    for reason in judgement.reasons:
        assert not reason.quote or text[reason.start : reason.end] == reason.quote
    assert record.from_dict(json.loads(json.dumps(record.to_dict(judgement)))) == judgement


SPANS = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))
CLAIMS = st.builds(Claim, st.sampled_from(ClaimType), st.text(), st.integers(0), st.integers(0), st.text(), st.text())
IDENTIFIERS = st.builds(
    Identifier, st.text(), st.text(), st.text(), st.integers(0), st.integers(0), st.text(), st.tuples(st.text())
)
REASONS = st.builds(Reason, st.text(), st.sampled_from(Polarity), st.text(), st.text(), weight=st.floats(-9, 9))
JUDGEMENTS = st.builds(
    Judgement,
    label=st.sampled_from(Label),
    offence=st.booleans(),
    probability=st.floats(0, 1),
    decision=st.sampled_from(Decision),
    lang=st.text(),
    claims=st.lists(CLAIMS, max_size=3).map(tuple),
    identifiers=st.lists(IDENTIFIERS, max_size=3).map(tuple),
    reasons=st.lists(REASONS, max_size=3).map(tuple),
    model=st.text(),
    text_sha256=st.text(),
)


@given(JUDGEMENTS)
def test_the_json_form_loses_nothing(judgement: Judgement) -> None:
    assert record.from_dict(json.loads(json.dumps(record.to_dict(judgement)))) == judgement
