"""Whether a messaging app is named: in many spellings, in title, links and address, and not where none is."""

from __future__ import annotations

import pytest

from classifiers.document import from_html, from_text
from classifiers.topic import names_messenger, names_whatsapp
from classifiers.training import corpus


@pytest.mark.parametrize(
    "text",
    [
        "WhatsApp",
        "W.h.a.t.s.A.p.p",
        "wh4ts@pp",
        "व्हाट्सऐप",
        "واتساب",
        "واٹس ایپ",
        "ватсап",
        "no zap",
        "Kirim WA",
    ],
)
def test_names_of_whatsapp(text: str) -> None:
    assert names_whatsapp(from_text("a", f"x {text} y"))


def test_title_links_and_address_count() -> None:
    assert names_whatsapp(from_text("a", "hello", title="WA sender"))
    assert names_whatsapp(from_html("a", b'<a href="https://wa.me/919000000011">Order</a>'))
    assert names_whatsapp(from_text("a", "hello", url="https://shop.example/gbwhatsapp"))


def test_other_messengers_are_messengers_only() -> None:
    page = from_text("a", "Telegram broadcast bot")
    assert names_messenger(page)
    assert not names_whatsapp(page)


@pytest.mark.parametrize("text", ["", "Fresh bread every day from eight.", "Kubernetes ingress with rate limits"])
def test_pages_about_something_else(text: str) -> None:
    assert not names_messenger(from_text("a", text))


def test_hardly_an_offence_of_the_corpus_names_no_messenger() -> None:
    offences = [example for example in corpus.load() if example.offence]
    missed = [
        example.id
        for example in offences
        if not names_messenger(from_text(example.id, example.text, title=example.title))
    ]
    assert len(missed) / len(offences) <= 0.003
