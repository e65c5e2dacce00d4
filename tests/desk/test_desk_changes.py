"""New, changed, absent, same, to review, not seen: each look of a night in exactly one group."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from classifiers.judgement import Claim, Decision, Judgement
from classifiers.labels import ClaimType, Label
from crawler.sighting import SightingState
from desk.changes import Look, best_per_address, claim_changes, compare


def judgement(decision: Decision = Decision.CAPTURE, *quotes: str, probability: float = 0.9) -> Judgement:
    claims = tuple(Claim(ClaimType.PRICE, quote, 0, len(quote), "body") for quote in quotes)
    return Judgement(Label.BULK_SENDING_OFFER, True, probability, decision, "en", claims, (), (), "m", "0" * 64)


def look(
    url: str = "http://a.example/", state: SightingState = SightingState.SEEN, judged: Judgement | None = None
) -> Look:
    return Look(
        f"sg-{url}",
        "watchlist",
        url,
        url,
        "2026-11-24T01:00:00.000000Z",
        state,
        "" if state == "seen" else "why",
        "t",
        judged,
    )


def test_an_offer_nobody_saw_before_is_new() -> None:
    tonight = look(judged=judgement())
    assert compare([tonight], {}).new == (tonight,)


def test_an_offer_seen_before_with_the_same_claims_is_the_same() -> None:
    before = look(judged=judgement(Decision.CAPTURE, "Rs 999"))
    tonight = look(judged=judgement(Decision.CAPTURE, "RS  999"))
    findings = compare([tonight], {before.key: before})
    assert findings.same == (tonight,)
    assert not findings.changed


def test_claims_that_came_and_went_are_a_change() -> None:
    before = look(judged=judgement(Decision.CAPTURE, "Rs 999"))
    findings = compare([look(judged=judgement(Decision.CAPTURE, "Rs 1,499"))], {before.key: before})
    (change,) = findings.changed
    assert [c.quote for c in change.came] == ["Rs 1,499"]
    assert [c.quote for c in change.went] == ["Rs 999"]


def test_a_page_that_stopped_offering_is_a_change_even_without_claims() -> None:
    before = look(judged=judgement(Decision.CAPTURE))
    assert len(compare([look(judged=judgement(Decision.DISCARD, probability=0.1))], {before.key: before}).changed) == 1


def test_a_410_is_absent_only_where_an_offer_was_seen_before() -> None:
    gone = look(state=SightingState.ABSENT)
    before = look(judged=judgement())
    assert compare([gone], {before.key: before}).absent == ((gone, before),)
    assert compare([gone], {}).not_seen == (gone,)


def test_a_refused_or_unreachable_page_is_not_a_change() -> None:
    before = look(judged=judgement())
    for state in (SightingState.REFUSED, SightingState.UNREACHABLE, SightingState.FAILED):
        tonight = look(state=state)
        findings = compare([tonight], {before.key: before})
        assert findings.not_seen == (tonight,)
        assert not findings.changed
        assert not findings.absent


def test_a_page_that_was_seen_and_not_judged_is_said_to_be_so() -> None:
    page = look()
    assert compare([page], {}).not_judged == (page,)


def test_two_looks_at_one_address_count_once_and_the_seen_one_counts() -> None:
    seen = look(judged=judgement())
    unseen = replace(look(state=SightingState.UNREACHABLE), source="recheck")
    assert best_per_address([unseen, seen]) == [seen]
    assert best_per_address([seen, unseen]) == [seen]


LOOKS = st.lists(
    st.builds(
        look,
        url=st.sampled_from([f"http://{c}.example/" for c in "abcde"]),
        state=st.sampled_from(SightingState),
        judged=st.none() | st.builds(judgement, st.sampled_from(Decision), st.sampled_from(["x", "y"])),
    ).map(lambda made: made if made.state == "seen" else replace(made, judgement=None)),
    max_size=12,
)


@given(LOOKS, LOOKS)
def test_every_address_is_in_at_most_one_group_and_no_unseen_one_is_lost(tonight: list[Look], past: list[Look]) -> None:
    earlier = {old.key: old for old in past if old.offers}
    f = compare(tonight, earlier)
    grouped = [
        *f.new,
        *(c.now for c in f.changed),
        *f.same,
        *(now for now, _ in f.absent),
        *f.review,
        *f.not_seen,
        *f.not_judged,
    ]
    keys = [one.key for one in grouped]
    assert len(keys) == len(set(keys))
    unseen = {one.key for one in best_per_address(tonight) if one.state is not SightingState.SEEN}
    assert unseen <= set(keys)


@given(st.lists(st.text(max_size=8), max_size=5))
def test_nothing_changed_against_itself(quotes: list[str]) -> None:
    one = judgement(Decision.CAPTURE, *quotes)
    assert claim_changes(one, one) == ((), ())
