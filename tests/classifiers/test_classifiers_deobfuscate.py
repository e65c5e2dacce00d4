"""The normalised view: known disguises, what must be left alone, and linear time."""

from __future__ import annotations

import gc
import time

import pytest

from classifiers.deobfuscate import fold, normalise

DISGUISES = [
    ("W.h.a.t.s.A.p.p sender", "whatsapp sender"),
    ("w-h-a-t-s-a-p-p", "whatsapp"),
    ("b u l k  s e n d e r now", "bulk  sender now"),
    ("wh4ts@pp 5ender", "whatsapp sender"),
    ("Wh\u0430ts\u0430pp", "whatsapp"),
    ("рассылкa", "рассылка"),
    ("𝐁𝐮𝐥𝐤 9️⃣8️⃣ ᴡʜᴀᴛꜱᴀᴘᴘ", "bulk 98 whatsapp"),
    ("🅆🅷🅰🆃🆂 🅐🅟🅟", "whats app"),
    ("What\u200bs\u2060App\u00ad™", "whatsapp"),
    ("Licença VITALÍCIA", "licenca vitalicia"),
    ("İstanbul ışık", "istanbul isik"),
    ("रुपये १२३ फ़िल्टर", "रुपये 123 फिल्टर"),
    ("أرقام ٩٩ مفعّلة", "ارقام 99 مفعله"),
    ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
]
LEFT_ALONE = [
    "john@host.com bulk@sender.com",
    "mp3 a4 24h h264 2fa",
    "a. b) c",
    "рассылка по ватсап",
    "98765 43210",
    "$499 for 3 phones!",
]


@pytest.mark.parametrize(("shown", "read"), DISGUISES)
def test_disguises_are_seen_through(shown: str, read: str) -> None:
    assert fold(shown) == read


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert fold(text) == text


def test_a_match_is_quoted_as_shown() -> None:
    shown = "Buy W.h.a.t.s.A.p.p 𝐁𝐮𝐥𝐤 s\u200bender today"
    view = normalise(shown)
    for read, original in (("whatsapp", "W.h.a.t.s.A.p.p"), ("bulk", "𝐁𝐮𝐥𝐤"), ("sender", "s\u200bender")):
        start = view.text.index(read)
        a, b = view.original(start, start + len(read))
        assert shown[a:b] == original


@pytest.mark.parametrize("unit", ["a b ", "w.", "w4", "а", "aа", "\u200b", "é", "@", "a-"])
def test_doubling_the_text_doubles_the_time(unit: str) -> None:
    count = 60_000 // len(unit)

    def seconds(text: str) -> float:
        gc.collect()
        gc.disable()  # what earlier tests left behind is not this text's cost
        started = time.process_time()
        normalise(text)
        spent = time.process_time() - started
        gc.enable()
        return spent

    seconds(unit * 100)
    ratios = [(seconds(unit * count * 2) + 0.004) / (seconds(unit * count) + 0.004) for _ in range(4)]
    assert min(ratios) <= 2.6
