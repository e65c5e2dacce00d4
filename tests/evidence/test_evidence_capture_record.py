"""The capture record, field by field: every field of the consolidated table is a fact, or a null with its reason."""

from __future__ import annotations

import pytest

from crawler import clock
from evidence.config import RecordSettings
from evidence.digest import sha256_hex
from evidence.earlier import Earlier
from tests.evidence.page_serving import HOST, OFFER, PNG, QUICK

pytestmark = pytest.mark.browser

#: The consolidated capture record: each field of its table, and where it stands in capture.json.
TABLE = """
identity.evidence_id identity.case_id identity.source_id identity.run_id identity.spider identity.spider_version
identity.schema_version identity.supersedes identity.duplicate_of target.url_requested target.url_normalised
target.redirect_chain target.url_final target.canonical_link target.page_title target.language target.platform
target.post_or_ad_id target.publish_date_shown target.seller_name_shown target.price_shown target.currency
network.method status network.request_headers network.response_headers server_ip network.port
network.dns_answers network.resolver network.tls network.http_version network.collector_egress_ip
network.collector_country network.proxy_or_vpn network.robots.decision network.robots.robots_url
network.robots.sha256 content.html_raw content.dom_rendered content.screenshot_full content.screenshot_viewport
content.pdf_print content.text_extracted content.wacz content.har content.media content.files
content.hash_algorithm embedded_metadata.exif_xmp embedded_metadata.pdf_info embedded_metadata.open_graph
embedded_metadata.json_ld embedded_metadata.apk context.search_query_or_seed context.referrer context.position
context.seller_profile context.comments_visible context.ad_library_id context.previous_capture
context.diff_summary collection.operator_name collection.operator_role collection.host_id
collection.make_model_serial collection.cloud_id collection.os collection.tool.commit collection.browser.version
collection.user_agent collection.viewport collection.locale collection.timezone_of_page
collection.timezone_of_host collection.physical_location collection.virtual_identity collection.login_used
collection.scripts_run collection.started_at collection.ended_at collection.clock.source
collection.clock.offset_ms collection.failures missing integrity.per_file integrity.hash_algorithm
integrity.manifest_sha256 integrity.signature integrity.timestamps integrity.verify_result
integrity.previous_record_hash authority_privacy.lawful_basis_ref authority_privacy.assessment_ref
authority_privacy.purpose authority_privacy.data_categories_found authority_privacy.retention_date
authority_privacy.legal_hold authority_privacy.access_class custody_events derivatives human_decision
""".split()  # noqa: SIM905  # a table is easier to read
#: Fields that a page on loopback, an unset setting or a later step leaves without a value.
MAY_BE_NULL = {
    "identity.case_id", "identity.supersedes", "identity.duplicate_of", "target.post_or_ad_id",
    "target.publish_date_shown", "target.seller_name_shown", "target.price_shown", "target.currency",
    "network.dns_answers", "network.tls", "network.collector_egress_ip", "network.collector_country", "content.har",
    "embedded_metadata.exif_xmp", "embedded_metadata.pdf_info", "embedded_metadata.apk",
    "context.search_query_or_seed", "context.referrer", "context.position", "context.seller_profile",
    "context.comments_visible", "context.ad_library_id", "context.previous_capture", "context.diff_summary",
    "collection.operator_role", "collection.make_model_serial", "collection.cloud_id", "collection.physical_location",
    "collection.host_id", "collection.tool.commit", "collection.clock.source", "collection.clock.offset_ms",
    "integrity.manifest_sha256", "integrity.signature", "integrity.timestamps", "integrity.verify_result",
    "integrity.previous_record_hash", "authority_privacy.lawful_basis_ref", "authority_privacy.assessment_ref",
    "authority_privacy.retention_date", "authority_privacy.access_class", "custody_events", "derivatives",
    "human_decision",
}  # fmt: skip


def at(record, path):
    for name in path.split("."):
        record = record[name]
    return record


def is_null(value):
    return isinstance(value, dict) and set(value) == {"value", "reason"} and value["value"] is None


def bare_nulls(value, path=""):
    """The places of nulls without a reason."""
    if isinstance(value, dict):
        if is_null(value) and value["reason"]:
            return
        for name, inner in value.items():
            yield from bare_nulls(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from bare_nulls(inner, f"{path}/{number}")
    elif value is None:
        yield path


def test_every_field_of_the_table_is_a_fact_or_has_its_reason(capture):
    _, record = capture("/offer")
    assert list(bare_nulls(record)) == []
    for path in TABLE:
        value = at(record, path)
        if is_null(value):
            assert path in MAY_BE_NULL, path
            assert len(value["reason"]) > 10, path
        else:
            assert value != "", path


def test_facts_of_the_page_are_those_of_the_page(capture):
    _, record = capture("/offer")
    assert record["network"]["robots"]["decision"] == "allowed"
    assert record["network"]["tls"]["reason"].startswith("plain HTTP")
    assert record["network"]["headers_from"] == "the wire"
    assert record["target"]["canonical_link"] == f"http://{HOST}/offer"
    assert record["embedded_metadata"]["open_graph"] == {"og:title": "Pelican"}
    assert (record["title"], record["status"], record["server_ip"]) == ("Pelican Sender", 200, "127.0.0.1")
    assert record["collection"]["tool"]["version"]
    assert record["limits"][0].startswith("The page came over plain HTTP")
    (bird,) = record["content"]["media"]
    assert (bird["url"], bird["sha256"]) == (f"http://{HOST}/bird.png", sha256_hex(PNG))
    assert record["authority_privacy"]["data_categories_found"] == ["phone"]


def test_what_only_the_operator_knows_comes_from_the_settings(capture):
    own = RecordSettings(
        operator_role="investigator",
        physical_location="Pune, India",
        make_model_serial="Acme A1 / 42",
        cloud_id="i-7/x",
        egress_ip="198.51.100.7",
        egress_country="IN",
        proxy_or_vpn="none",
        purpose="matter 7",
        lawful_basis_ref="LB-1",
        assessment_ref="LIA-2",
        retention_days=30,
        legal_hold="matter 7",
        access_class="counsel",
    )
    _, record = capture("/offer", QUICK.model_copy(update={"record": own}))
    collection, network, privacy = record["collection"], record["network"], record["authority_privacy"]
    assert (collection["operator_role"], collection["physical_location"]) == ("investigator", "Pune, India")
    assert (collection["make_model_serial"], collection["cloud_id"]) == ("Acme A1 / 42", "i-7/x")
    assert (network["collector_egress_ip"], network["collector_country"]) == ("198.51.100.7", "IN")
    assert network["proxy_or_vpn"].endswith("; none")
    assert (privacy["lawful_basis_ref"], privacy["assessment_ref"], privacy["purpose"]) == ("LB-1", "LIA-2", "matter 7")
    assert privacy["legal_hold"] == {"on": True, "matter": "matter 7"}
    assert (privacy["access_class"], privacy["retention_date"] > record["captured_at"][:10]) == ("counsel", True)


def test_it_says_what_changed_since_the_exhibit_before(capture):
    before = Earlier("ex-before", clock.now(), sha256_hex(OFFER.encode()), "Bulk WhatsApp sender\nold words\n")
    _, record = capture("/offer", earlier=before)
    told = record["context"]["diff_summary"]
    assert (record["context"]["previous_capture"], record["identity"]["duplicate_of"]) == ("ex-before", "ex-before")
    assert (told["same_body"], told["same_text"], told["lines_that_went"]) == (True, False, ["old words"])
    assert "Call +91 90000 00411" in told["lines_that_came"]
