"""The judge as a whole: exact quotes, order, model ID, honest reasons."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from classifiers.config import JudgeSettings
from classifiers.document import Document, from_html, from_text
from classifiers.errors import ModelMissing
from classifiers.judge import Judge
from classifiers.judgement import CAPTURED, Decision, Polarity
from classifiers.labels import OFFENCES
from classifiers.model.pipeline import PIPELINE_DIR

OFFER = """BulkKestrel 5 for Windows
Send unlimited WhatsApp messages to numbers that are not saved in your phone. Random delay and number rotation keep
your account from being banned. Scan the QR code, import the Excel sheet, press Start. Group contact grabber included.
Lifetime licence Rs 1,499, reseller panel with your own logo Rs 9,999. No refund if your number is blocked.
Support +91 90000 00011, wa.me/919000000011"""
PROVIDER = """We are a Meta Business Partner for the official WhatsApp Business API. Messages go only to customers who
opted in, with templates approved by Meta. Your business is verified, several agents share one inbox, every contact can
reply STOP. From $49 a month plus Meta's fees. Book a demo with our team."""


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.fixture(scope="module")
def offer() -> Document:
    return from_text("offer", OFFER, title="BulkKestrel – WhatsApp bulk sender")


def test_an_offer(judge: Judge, offer: Document) -> None:
    judgement = judge.judge(offer)
    assert judgement.offence
    assert judgement.label in OFFENCES
    assert judgement.decision is Decision.NOTICE_READY
    assert judgement.probability > 0.8
    assert judgement.lang == "en"
    assert {one.value for one in judgement.identifiers if one.kind == "phone"} == {"+919000000011"}


def test_a_provider(judge: Judge) -> None:
    judgement = judge.judge(from_text("p", PROVIDER, title="WhatsApp Business API"))
    assert not judgement.offence
    assert judgement.label not in OFFENCES
    assert judgement.decision not in CAPTURED
    assert any(reason.polarity is Polarity.AGAINST and reason.quote for reason in judgement.reasons)


def test_every_quote_is_a_slice_of_the_judged_text(judge: Judge, offer: Document) -> None:
    text = offer.extracted.text
    judgement = judge.judge(offer)
    assert judgement.text_sha256 == hashlib.sha256(text.encode()).hexdigest()
    quoted = [reason for reason in judgement.reasons if reason.quote]
    assert len(quoted) >= 3
    for one in (*judgement.claims, *judgement.identifiers, *quoted):
        assert text[one.start : one.end] == one.quote
    for reason in judgement.reasons:
        assert reason.sentence.endswith(".")
        assert reason.quote or reason.start == -1


def test_the_model_never_quotes_a_single_word(judge: Judge, offer: Document) -> None:
    passages = [reason for reason in judge.judge(offer).reasons if reason.rule == "text.passage"]
    assert passages
    assert all(len(reason.quote.split()) > 2 for reason in passages)


def test_quotes_of_a_page_lie_in_its_body(judge: Judge) -> None:
    lines = "".join(f"<p>{line}</p>" for line in OFFER.splitlines())
    page = from_html("h", f"<html><title>Bulk sender</title><body>{lines}</body></html>".encode(), charset="utf-8")
    judgement = judge.judge(page)
    assert judgement.claims
    for claim in judgement.claims:
        assert page.extracted.text[claim.start : claim.end] == claim.quote


def test_many_keep_their_order_and_agree_with_one_by_one(judge: Judge, offer: Document) -> None:
    documents = [offer, from_text("p", PROVIDER), from_text("e", "")] * 25
    many = list(judge.judge_many(iter(documents)))
    assert many == [judge.judge(one) for one in documents[:3]] * 25


def test_the_model_id_names_weights_and_calibration(judge: Judge, offer: Document) -> None:
    assert re.fullmatch(r"offsignal-v1\+[0-9a-f]{8}/cal-[0-9a-f]{8}", judge.model_id)
    assert judge.judge(offer).model == judge.model_id
    digest = hashlib.sha256((PIPELINE_DIR / "textcat" / "model").read_bytes()).hexdigest()
    assert f"+{digest[:8]}/" in judge.model_id


def test_settings_move_the_bands(offer: Document) -> None:
    assert Judge(JudgeSettings(review_at=0.9, capture_at=0.999)).judge(offer).decision is Decision.REVIEW


def test_where_offences_are_rare_a_page_is_less_likely_one(judge: Judge, offer: Document) -> None:
    rare = Judge(JudgeSettings(prevalence=0.01))
    assert rare.judge(offer).probability < judge.judge(offer).probability
    assert rare.model_id != judge.model_id


def test_a_given_language_is_kept(judge: Judge) -> None:
    assert judge.judge(from_text("x", PROVIDER, lang="pt")).lang == "pt"


@pytest.mark.parametrize("text", ["", "   \n", "\x00", "x\ud800 whatsapp", "🙂" * 50, "a" * 100_000])
def test_odd_texts_are_judged(judge: Judge, text: str) -> None:
    judgement = judge.judge(from_text("odd", text))
    assert 0 <= judgement.probability <= 1
    assert judgement.decision not in CAPTURED


def test_an_offer_in_a_long_page_is_not_drowned(judge: Judge) -> None:
    noise = "The council met on Tuesday and spoke about the new bridge over the river. " * 150
    alone = judge.judge(from_text("n", noise + "WhatsApp"))
    mixed = judge.judge(from_text("m", noise + OFFER + noise))
    assert mixed.probability > alone.probability + 0.2


def test_a_missing_model(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        Judge(model_dir=tmp_path)
