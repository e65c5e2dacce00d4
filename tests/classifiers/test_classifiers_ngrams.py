"""The features of the text model: what is counted, and that nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers.model import ngrams
from classifiers.model.normalise import letters
from classifiers.model.page import compose, read


def words_of(text: str) -> list[str]:
    return text.split()


def test_counts_are_those_of_a_slow_count_by_hand() -> None:
    folded = "send bulk bulk now"
    keys, counts = ngrams.count(ngrams.text_keys(folded))
    expected = 0
    for word in words_of(folded):
        padded = f" {word} "
        expected += sum(max(0, len(padded) - size + 1) for size in (2, 3, 4, 5))
    expected += len(words_of(folded)) + len(words_of(folded)) - 1
    # Two-letter groups may hold one space at an end; nothing else crosses a word.
    assert counts.sum() == expected
    one, _ = ngrams.count(ngrams.text_keys("bulk"))
    assert counts[np.isin(keys, one)].min() >= 2


def test_a_group_of_letters_never_crosses_a_word() -> None:
    joined = set(ngrams.text_keys("ab cd").tolist())
    apart = set(ngrams.text_keys("ab").tolist()) | set(ngrams.text_keys("cd").tolist())
    assert len(joined - apart) == 1  # the word pair


def test_the_same_word_has_the_same_key_wherever_it_stands() -> None:
    alone = set(ngrams.text_keys("whatsapp").tolist())
    late = set(ngrams.text_keys("x " * 5000 + "whatsapp").tolist())
    assert alone <= late


def test_title_words_have_keys_of_their_own() -> None:
    title, text = set(ngrams.title_keys("bulk sender").tolist()), set(ngrams.text_keys("bulk sender").tolist())
    assert title
    assert not title & text
    assert {int(block) for block in ngrams.block_of(np.array(sorted(title), dtype=np.uint32))} == {ngrams.TITLE}


def test_nothing_gives_nothing() -> None:
    assert len(ngrams.text_keys("")) == 0
    assert len(ngrams.title_keys("")) == 0


@pytest.mark.parametrize(
    ("shown", "read_as"),
    [
        ("𝐁𝐮𝐥𝐤 ＷｈａｔｓＡｐｐ", "bulk whatsapp"),
        ("Whаtsаpp", "whatsapp"),  # Cyrillic а
        ("z\u200be\u200br\u200bo", "zero"),
        ("não É", "nao e"),
        ("10,000 msgs/day!!! 🔥", "0 0 msgs day"),
        ("٣٥ و 35", "0 و 0"),
    ],
)
def test_spelling_and_punctuation_habits_do_not_count(shown: str, read_as: str) -> None:
    from classifiers.deobfuscate import normalise

    assert letters(normalise(shown).text) == read_as


def test_a_short_page_is_its_own_window() -> None:
    composed, offset = compose("Title", "send bulk messages now")
    page = read(composed, 150, 100)
    assert len(page.windows) == 1
    assert composed[page.windows[0].start : page.windows[0].end] == "send bulk messages now"
    assert composed[offset:] == "send bulk messages now"


def test_windows_cover_a_long_page_and_overlap() -> None:
    text = " ".join(f"word{number}" for number in range(1000))
    composed, offset = compose("", text)
    page = read(composed, 150, 100)
    assert page.windows[0].start == offset
    assert page.windows[-1].end == len(composed)
    for one, other in zip(page.windows, page.windows[1:], strict=False):
        assert one.start < other.start < one.end < other.end
    assert all(len(composed[window.start : window.end].split()) <= 150 for window in page.windows)


def test_a_lone_surrogate_is_a_question_mark_at_the_same_place() -> None:
    composed, offset = compose("a", "x\ud800y")
    assert composed[offset:] == "x?y"
