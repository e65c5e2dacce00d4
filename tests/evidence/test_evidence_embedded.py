"""What a page says of itself, as written and bounded, and facts about the collecting machine without a gap."""

from __future__ import annotations

from evidence.embedded import MAX_CHARS, MAX_ITEMS, embedded_metadata
from evidence.host_facts import host_facts, tool_facts


def test_the_head_is_read_as_written():
    found = embedded_metadata(
        "<title> Bulk\n sender </title><title>second</title><link rel=canonical href='/offer?a=1&amp;b=2'>"
        "<meta property='og:title' content='One'><meta property='og:title' content='Two'><meta name=x content=''>"
        "<meta charset=utf-8><script type='application/ld+json'>{\"a\": 1}</script><script>var a</script>"
    )
    assert (found["title"], found["canonical_link"]) == ("Bulk sender", "/offer?a=1&b=2")
    assert found["meta"] == {"og:title": "One", "x": ""}
    assert found["json_ld"] == ['{"a": 1}']


def test_a_page_without_anything_says_nothing():
    assert embedded_metadata("") == {"title": "", "canonical_link": "", "meta": {}, "json_ld": []}


def test_a_page_cannot_flood_the_record():
    many = "".join(f"<meta name=m{number} content='{'x' * 30_000}'>" for number in range(300))
    found = embedded_metadata(f"<title>{'t' * 50_000}</title>{many}")
    assert len(found["meta"]) == MAX_ITEMS
    assert max(map(len, (*found["meta"].values(), found["title"]))) == MAX_CHARS


def test_machine_and_program_are_named_or_the_reason_is():
    for name, value in {**host_facts(), **tool_facts()}.items():
        assert value is not None, name
        assert not isinstance(value, dict) or "value" not in value or value["reason"], name
    assert tool_facts()["version"]
