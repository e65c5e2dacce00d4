"""Pages of one site, judged together: what is lifted, taken along and held back, and that nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.judgement import CAPTURED, Claim, Decision, Identifier, Judgement, Polarity, Reason
from classifiers.labels import OFFENCES, ClaimType, Label
from classifiers.site import MAX_SUPPORTING, Placement, Role, SitePage, account_of, place, role_of

TERMS = (Label.UNRELATED, Decision.DISCARD, ClaimType.DISCLAIMER)
PHONE = Identifier("phone", "+919800000001", "98000 00001", 0, 5, "text")


def page(
    url: str,
    label: Label = Label.UNRELATED,
    decision: Decision = Decision.DISCARD,
    *kinds: ClaimType,
    probability: float = -1.0,
    rules: tuple[str, ...] = (),
    identifiers: tuple[Identifier, ...] = (),
) -> SitePage:
    offence = label in OFFENCES
    chance = probability if probability >= 0 else (0.9 if offence else 0.05)
    claims = tuple(Claim(kind, f"{url} {kind}", 0, 4, "text") for kind in kinds)
    reasons = tuple(Reason(rule, Polarity.NEUTRAL, "so it is") for rule in rules)
    return SitePage(
        url, url, Judgement(label, offence, chance, decision, "en", claims, identifiers, reasons, "m", "0" * 64)
    )


def offer(path: str = "/") -> SitePage:
    return page(
        f"https://vendor.example{path}", Label.BULK_SENDING_OFFER, Decision.CAPTURE, ClaimType.ANTI_BAN, ClaimType.PRICE
    )


def placed(*pages: SitePage) -> dict[str, Placement]:
    return {one.id: one for one in place(pages)}


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("https://www.vendor.co.in/buy", "vendor.co.in"),
        ("https://shop.vendor.co.in/", "vendor.co.in"),
        ("https://github.com/Owner/tool/blob/main/README.md", "github.com/owner"),
        ("https://t.me/channel/12", "t.me/channel"),
        ("https://play.google.com/store/apps/details?id=a.b", "https://play.google.com/store/apps/details?id=a.b"),
        ("https://owner.github.io/tool/", "owner.github.io"),
    ],
)
def test_whose_page_it_is(url: str, account: str) -> None:
    assert account_of(url) == account


def test_a_terms_page_with_a_statement_is_taken_along_with_the_home_page_that_sells() -> None:
    terms = page("https://vendor.example/terms", *TERMS, probability=0.2)
    found = placed(offer(), terms)
    assert found[terms.id].decision is Decision.CAPTURE
    assert found[terms.id].supporting
    assert "https://vendor.example/" in found[terms.id].reasons[0].sentence


def test_alone_it_is_nothing() -> None:
    terms = page("https://vendor.example/terms", *TERMS, probability=0.2)
    assert placed(terms)[terms.id].decision is Decision.DISCARD


def test_a_page_with_the_vendors_number_is_taken_along_and_one_without_a_tie_is_not() -> None:
    home = page(
        "https://vendor.example/",
        Label.BULK_SENDING_OFFER,
        Decision.CAPTURE,
        ClaimType.ANTI_BAN,
        identifiers=(PHONE,),
    )
    contact = page("https://vendor.example/contact", identifiers=(PHONE,))
    blog = page("https://vendor.example/blog")
    found = placed(home, contact, blog)
    assert found[contact.id].supporting
    assert found[blog.id].decision is Decision.DISCARD


def test_a_strangers_post_on_the_vendors_site_is_not_taken_along() -> None:
    post = page("https://vendor.example/t/1", Label.NEWS_OR_COMMENTARY, Decision.DISCARD, ClaimType.PRICE)
    assert placed(offer(), post)[post.id].decision is Decision.DISCARD


@pytest.mark.parametrize("rule", ["route.language", "route.picture", "route.mitigated", "route.label"])
def test_what_a_person_must_look_at_is_not_lifted(rule: str) -> None:
    held = page(
        "https://vendor.example/api", Label.UNOFFICIAL_API_OFFER, Decision.REVIEW, ClaimType.PRICE, rules=(rule,)
    )
    assert placed(offer(), held)[held.id].decision is Decision.REVIEW


def test_an_unsure_page_of_a_vendor_is_lifted_only_with_a_quote() -> None:
    quoted = page("https://vendor.example/api", Label.UNOFFICIAL_API_OFFER, Decision.REVIEW, ClaimType.UNOFFICIAL_API)
    silent = page("https://vendor.example/docs", Label.UNOFFICIAL_API_OFFER, Decision.REVIEW)
    found = placed(offer(), quoted, silent)
    assert found[quoted.id].decision is Decision.CAPTURE
    assert not found[quoted.id].supporting
    assert found[silent.id].decision is Decision.REVIEW


def test_two_pages_with_one_quote_each_make_one_offer() -> None:
    lacking = ("route.unquoted",)
    one = page("https://vendor.example/", Label.BULK_SENDING_OFFER, Decision.REVIEW, ClaimType.ANTI_BAN, rules=lacking)
    two = page(
        "https://vendor.example/pricing",
        Label.BULK_SENDING_OFFER,
        Decision.REVIEW,
        ClaimType.UNSAVED_CONTACTS,
        rules=(*lacking, "route.text_unsure"),
    )
    found = placed(one, two)
    assert found[one.id].decision is Decision.CAPTURE
    assert found[one.id].reasons[0].rule == "site.together"
    assert placed(one)[one.id].decision is Decision.REVIEW


@pytest.mark.parametrize(
    ("label", "role"), [(Label.NEWS_OR_COMMENTARY, Role.PUBLISHER), (Label.AUTHORISED_PROVIDER, Role.PROVIDER)]
)
def test_a_paper_or_a_provider_holds_its_one_loud_page_back(label: Label, role: Role) -> None:
    others = [page(f"https://vendor.example/{n}", label) for n in range(3)]
    found = placed(offer("/quote"), *others)
    loud = found["https://vendor.example/quote"]
    assert loud.role is role
    assert loud.decision is Decision.REVIEW
    assert loud.reasons[0].polarity is Polarity.AGAINST


def test_one_page_about_the_official_way_does_not_make_a_vendor_a_provider() -> None:
    found = placed(offer(), page("https://vendor.example/official", Label.AUTHORISED_PROVIDER))
    assert {one.role for one in found.values()} == {Role.VENDOR}


def test_a_listing_does_not_accuse_the_platform_or_its_other_sellers() -> None:
    listing = page("https://www.olx.in/item/1", Label.ABUSE_SUPPLY_OFFER, Decision.CAPTURE, ClaimType.ACCOUNT_SUPPLY)
    bicycle = page("https://www.olx.in/item/2", Label.UNRELATED, Decision.DISCARD, ClaimType.PRICE)
    found = placed(listing, bicycle)
    assert found[bicycle.id].decision is Decision.DISCARD
    assert found[bicycle.id].role is not Role.VENDOR


def test_so_many_supporting_pages_and_no_more() -> None:
    many = [page(f"https://vendor.example/{n}", *TERMS, probability=0.2) for n in range(20)]
    assert sum(one.supporting for one in placed(offer(), *many).values()) == MAX_SUPPORTING


PAGES = st.lists(
    st.builds(
        page,
        st.integers(0, 30).map(lambda n: f"https://vendor{n % 3}.example/{n}"),
        st.sampled_from(Label),
        st.sampled_from(Decision),
        st.sampled_from(ClaimType),
    ),
    unique_by=lambda one: one.url,
    max_size=12,
)


@given(PAGES)
def test_every_page_is_placed_once_in_any_order_and_no_site_without_an_offer_gains_one(
    pages: list[SitePage],
) -> None:
    found = placed(*pages)
    assert set(found) == {one.id for one in pages}
    assert placed(*reversed(pages)) == found
    for site in {one.site for one in found.values()}:
        own = [one for one in pages if found[one.id].site == site]
        if not any(one.judgement.decision in CAPTURED for one in own):
            assert not any(found[one.id].decision in CAPTURED for one in own)
        if role_of(own)[0] is not Role.VENDOR:
            assert not any(found[one.id].supporting for one in own)
