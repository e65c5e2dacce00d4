"""Laws of identifiers: offsets hold, normal forms are stable, and a changed check digit is never accepted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import identifiers
from classifiers.keys import company, crypto, pay
from classifiers.text import extract_html, plain

SNIPPETS = Path(__file__).parents[1] / "classifiers/fixtures/identifiers.jsonl"
ROWS = [json.loads(line) for line in SNIPPETS.read_text("utf-8").splitlines()]
TEXTS = [row["text"] for row in ROWS if "text" in row]
SOURCES = [row["html"] for row in ROWS if "html" in row]
KEYS = ("pix", "GSTIN", "wa.me/919000000011", "@tern_hub telegram", "sales(at)tern(dot)com", "0x2c", "\u200b", "９")
PIECES = st.one_of(st.sampled_from(TEXTS), st.sampled_from(KEYS), st.text(max_size=6))
#: Values are put into the words that their kind needs, and must come back as they are.
FRAMES = {
    "upi": "UPI {}",
    "pix": "chave pix {}",
    "cnpj": "CNPJ {}",
    "ifsc": "IFSC {}",
    "eth": "wallet {}",
    "play_app": "https://play.google.com/store/apps/details?id={}",
    "chrome_extension": "https://chromewebstore.google.com/detail/{}",
    "app_store": "https://apps.apple.com/app/{}",
    "android_package": "apk {}",
    "amazon_tag": "https://amazon.in/dp/x?tag={}",
    "clickbank": "{}.{}.hop.clickbank.net",
    "hotmart": "https://go.hotmart.com/{}",
}
# A seller's page has more in its address than its normal form, so that kind is left out.
VALUES = {(kind, value) for row in ROWS if "text" in row for kind, value in row["expect"] if kind != "seller"}
Check = Callable[[str], bool]
CHECKED: list[tuple[Check, str, int]] = [
    (company.gstin_valid, "29ABCFP4321K1Z4", 1),
    (company.cnpj_valid, "40721886000187", 2),
    (company.cnpj_valid, "A1B2C3D4000193", 2),
    (pay.cpf_valid, "39053344705", 2),
]
ADDRESSES = [
    "1FjcyhiktP9rhK8DwnM28U6ciFxm8aEogP",
    "TLtkuKhpbmtrecTZEpdpT254UkX574V4s1",
    "bc1q30c5pke5c07q8jnn9pnsqttnj66egdyp33dfa8",
    "0x094EeDfFFAB843b40fD5e91527c386D9C1b283Ef",
]


@given(st.lists(PIECES, max_size=8).map(" ".join), st.sampled_from(["en", "pt", "hi", "ru", "und"]))
@settings(max_examples=150, deadline=None)
def test_offsets_hold_in_any_text(text: str, lang: str) -> None:
    found = identifiers.occurrences(plain(text), lang)
    assert [one.start for one in found] == sorted(one.start for one in found)
    for one in found:
        assert 0 <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.quote
        assert one.value not in one.readings


@given(st.lists(st.one_of(st.sampled_from(SOURCES), st.text(max_size=8)), max_size=4).map("".join))
@settings(max_examples=80, deadline=None)
def test_offsets_hold_in_any_source(html: str) -> None:
    page = extract_html(html.encode("utf-8", "replace"), charset="utf-8")
    for one in identifiers.in_source(html):
        assert html[one.start : one.end] == one.quote != ""
    for one in identifiers.find(page, "en"):
        assert page.text[one.start : one.end] == one.quote


@pytest.mark.parametrize(("kind", "value"), sorted(VALUES))
def test_a_normal_form_is_its_own_normal_form(kind: str, value: str) -> None:
    framed = FRAMES.get(kind, "{}").format(*value.split("/") if kind == "clickbank" else [value])
    assert (kind, value) in {(one.kind, one.value) for one in identifiers.find(plain(framed), "en")}


@given(st.sampled_from(CHECKED), st.integers(1, 2), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_a_changed_check_digit_is_never_accepted(case: tuple[Check, str, int], back: int, char: str) -> None:
    valid, value, digits = case
    place = len(value) - min(back, digits)
    changed = value[:place] + char + value[place + 1 :]
    assert valid(changed) == (changed == value)


@given(st.sampled_from(ADDRESSES), st.data())
def test_a_changed_character_of_a_crypto_address_is_never_accepted(address: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(address) - 1))
    pool = "023456789acdefghjklmnpqrstuvwxyz" if address[0] in "b0" else "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijk"
    char = data.draw(st.sampled_from(pool))
    changed = address[:place] + char + address[place + 1 :]
    found = [one.value for one in crypto.addresses(changed)]
    assert found in ([], [address]) if changed.lower() == address.lower() else address not in found and not found


@pytest.mark.parametrize("value", ["29ABCFP4321K1Z4", "40721886000187", "39053344705"])
def test_no_wrong_check_digit_is_ever_reported(value: str) -> None:
    for digit in "0123456789":
        changed = value[:-1] + digit
        found = identifiers.find(plain(f"pix CPF CNPJ GSTIN: {changed}"), "pt")
        assert bool(found) == (changed == value)
