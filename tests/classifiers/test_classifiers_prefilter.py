"""The prefilter rules out only what the routing rule would discard, loses no offer, and does not grow without bound."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import desk.sampleweb
from classifiers import prefilter, topic
from classifiers.claims import words
from classifiers.deobfuscate import fold
from classifiers.document import from_html, from_text
from classifiers.judge import Judge
from classifiers.judgement import Decision
from classifiers.prefilter import Prefilter
from classifiers.topic import names_messenger
from classifiers.training import corpus

SITES = Path(desk.sampleweb.__file__).parent
PLAIN = "Fresh bread from eight, rye on Fridays. "
PIECES = st.sampled_from(
    [
        *(
            "W",
            "w",
            "h",
            "a",
            "t",
            "s",
            "A",
            "p",
            "z",
            " ",
            ".",
            "-",
            "\u200b",
            "\n",
            "¨",
            "(",
            "@",
            "4",
            "$",
            "а",
            "о",
        ),
        *(
            "anti",
            "ban",
            "-ban",
            "جي",
            "بي",
            " gb ",
            "WA",
            "g r u p",
            "wh4ts",
            "app",
            "zap",
            "sms",
            "ва",
            "ватсап",
            "𝐖",
        ),
        *("bread", "y a", "o", "|", "é", "हाट", "व", "व्", "群", "发", "qr", "n", "e", "m", "о", "𝐖"),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)
SHARED = Prefilter()


@given(TEXTS, st.sampled_from(["", "Title", "W h a t", "no"]))
@settings(max_examples=1500, deadline=None)
def test_who_names_a_messenger_is_never_ruled_out(text: str, title: str) -> None:
    document = from_text("x", text, title=title)
    alone, practised = Prefilter().rules_out(document), SHARED.rules_out(document)
    assert alone == practised
    assert not (alone and names_messenger(document))


@given(st.one_of(st.from_regex(topic._MESSENGER, fullmatch=True), st.from_regex(words._WHATSAPP, fullmatch=True)))
@settings(max_examples=600, deadline=None)
def test_every_name_has_one_of_the_marks(name: str) -> None:
    view = fold(name)
    assert not topic.speaks(view) or prefilter._speaks(view)


@pytest.mark.parametrize("name", sorted(words._WHATSAPP_SHORT))
def test_short_names_too(name: str) -> None:
    assert not Prefilter().rules_out(from_text("x", f"{PLAIN} no {name}, please"))


def test_no_offer_of_the_corpus_is_lost() -> None:
    shared = Prefilter()
    lost = [
        example.id
        for example in corpus.load()
        if example.offence and shared.rules_out(from_text(example.id, example.text, title=example.title))
    ]
    assert lost == []


def test_no_offer_of_the_sample_web_is_lost() -> None:
    shared, seen, lost = Prefilter(), 0, []
    for line in (SITES / "truth.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["kind"] != "page" or not any(night.get("offence") for night in row["nights"].values()):
            continue
        for name in row["files"]:
            seen += 1
            page = from_html(name, (SITES / "sites" / row["host"] / name).read_bytes(), url=row["url"])
            lost += [row["url"]] if shared.rules_out(page) else []
    assert seen > 20
    assert lost == []


def test_plain_pages_are_ruled_out() -> None:
    assert Prefilter().rules_out(from_text("x", PLAIN * 20, title="The bakery"))
    page = from_html("x", f"<title>Bakery</title><p>{PLAIN * 20}<img src=a.png><a href='/menu'>Menu</a>".encode())
    assert Prefilter().rules_out(page)


@pytest.mark.parametrize(
    "page",
    [
        f"<p>{PLAIN * 20}<a href='https://wa.me/919000000011'>Order</a>",
        f"<p>{PLAIN * 20}<a href='/files/app-v2.apk?x=1'>Order</a>",
        f"<p>{PLAIN * 20}<a href='https://bakery.example/whatsapp'>Order</a>",
        f"<title>W.h.a.t.s.A.p.p</title><p>{PLAIN * 20}",
        f"<p>{PLAIN * 20}<p>bulk orders",
        "<title>Seva</title><img src=a.png>",
        "<title>Glow</title><script src=app.js></script><noscript>You need JavaScript</noscript>",
        f"<p>{PLAIN * 20} live accounts for every phone",
    ],
)
def test_what_may_be_an_offer_goes_on(page: str) -> None:
    assert not Prefilter().rules_out(from_html("x", page.encode()))


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefilter, "MAX_KNOWN", 60)
    shared = Prefilter()
    for number in range(30):
        assert shared.rules_out(from_text("x", " ".join(f"{number}-{n}" for n in range(40)) + " " + "y" * 500))
        assert len(shared._nothing) + len(shared._letters) <= 60


def test_what_is_ruled_out_is_discarded_with_its_reason_and_its_identifiers() -> None:
    judgement = Judge().judge(from_text("x", f"{PLAIN * 20} Orders: +91 90000 00011", title="The bakery"))
    assert judgement.decision is Decision.DISCARD
    assert [reason.rule for reason in judgement.reasons] == ["route.no_messenger"]
    assert [one.value for one in judgement.identifiers if one.kind == "phone"] == ["+919000000011"]
    assert judgement.probability == prefilter.PROBABILITY
