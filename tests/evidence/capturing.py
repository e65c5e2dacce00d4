"""Helpers of the capture tests: what an exhibit's archive holds, what is missing in it, and a capture in one call."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

from crawler.warc import read_records
from evidence.capture import Capturer
from tests.evidence.page_serving import COLLECTOR, QUICK, sighting


def records(directory):
    """The records of the exhibit's WARC, and the WARC's path."""
    with zipfile.ZipFile(directory / "capture.wacz") as package:
        package.extract("archive/data.warc.gz", directory)
    path = directory / "archive" / "data.warc.gz"
    return list(read_records(path)), path


def answers(directory):
    """The responses of the page, robots.txt aside: by address."""
    found = (record for record in records(directory)[0] if record.type == "response")
    return {record.uri: record for record in found if not record.uri.endswith("/robots.txt")}


def gaps(draft):
    return {one.what: one.reason for one in draft.missing}


def unpacked(directory):
    """The bodies that were sent packed, unpacked: by address."""
    return {record.uri: record.payload for record in records(directory)[0] if record.type == "conversion"}


def about(directory):
    """The facts that the archive holds of its exchanges: by kind."""
    told = (record for record in records(directory)[0] if record.type == "metadata" and record.uri.startswith("urn:"))
    return {record.uri.split(":")[1]: json.loads(record.payload) for record in told}


def captured(
    guard, place, path, settings=QUICK, judge=None, earlier=None, while_open=None, scheme="http", run="run-1", **changes
):
    """The draft and the record of one capture into the new directory ``place``."""
    place.mkdir()
    seen = replace(sighting(path, scheme=scheme, run=run), **changes)
    draft = Capturer(settings, COLLECTOR, guard, judge, while_open).capture(seen, place, earlier)
    return draft, json.loads((place / "capture.json").read_bytes())
