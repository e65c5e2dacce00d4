"""Languages: scripts, Hinglish, short and hostile input."""

from __future__ import annotations

import pytest

from classifiers import language
from classifiers.language import LOOKED_AT_CHARS, detect
from classifiers.training import corpus

TEXTS = {
    "en": "Send unlimited messages to every customer from your own computer today",
    "hi": "बिना नंबर सेव किए एक क्लिक में हज़ारों को WhatsApp मैसेज भेजें",
    "hi-Latn": "Bina number save kiye ek click me hazaro logo ko message bhejo, block nahi hoga",
    "pt": "Disparo em massa sem salvar contatos, licença vitalícia por apenas R$ 97",
    "es": "Envíos masivos sin guardar contactos, licencia de por vida y sin bloqueo",
    "id": "Kirim pesan massal tanpa simpan nomor, aman dari banned, bayar sekali saja",
    "ar": "برنامج إرسال رسائل واتساب بدون حفظ الأرقام وبدون حظر مدى الحياة",
    "ur": "نمبر محفوظ کیے بغیر ایک کلک میں ہزاروں لوگوں کو پیغام بھیجیں، بین نہیں ہوگا",
    "tr": "Rehbere kaydetmeden toplu mesaj gönderin, ban korumalı ve ömür boyu lisans",
    "ru": "Массовая рассылка по WhatsApp без блокировки, бессрочная лицензия",
    "fr": "Envoi en masse sans enregistrer les contacts, licence à vie et sans blocage",
    "zh": "WhatsApp 群发软件，自动筛号，支持多账号轮换",
    "sw": "Tuma ujumbe kwa watu wengi bila kuhifadhi namba, bei nafuu kabisa kwa biashara yako",
}


@pytest.mark.parametrize("language", TEXTS)
def test_each_language_is_told(language: str) -> None:
    assert detect(TEXTS[language]) == language


SHORT = [("", "", "und"), ("12 ₹ !!", "pt-BR", "pt"), ("OK", "es", "es"), ("??", "<x>", "und")]


@pytest.mark.parametrize(("text", "hint", "language"), SHORT)
def test_the_hint_decides_only_for_too_little_text(text: str, hint: str, language: str) -> None:
    assert detect(text, hint) == language


def test_the_hint_does_not_overrule_the_text() -> None:
    assert detect(TEXTS["id"], "en") == "id"


def test_english_about_india_is_not_hinglish() -> None:
    assert detect("We do bulk orders of sarees; the sale is on till Diwali, so call me to book in lakh pieces") == "en"


def test_only_the_beginning_is_looked_at() -> None:
    assert detect("x" * LOOKED_AT_CHARS + TEXTS["hi"] * 1000) != "hi"
    assert detect("\0\ud800" * 10) == "und"


def test_function_words_and_the_identifier_agree_on_the_corpus() -> None:
    decided = 0
    for example in corpus.load()[::3]:
        words = [word.lower() for word in language._WORDS.findall(example.text[: language.LOOKED_AT_CHARS])]
        if plain := language._plain(words):
            decided += 1
            assert plain == language._identified(words), example.id
    assert decided > 200


def test_function_words_alone_do_not_decide_a_mixed_text() -> None:
    assert language._plain(("the and of to with you your " * 3 + "los las una más del " * 3).split()) == ""
    assert language._plain(["the"] * 5) == ""
