"""Facts around a capture: the clock as the system tells it, what pictures say, what changed since before."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from evidence import clock_facts, earlier
from evidence.digest import sha256_hex
from evidence.errors import NotAllowed
from evidence.picture_facts import picture_facts

XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>made by Acme</x:xmpmeta>"


def saved(kind, **more):
    out = BytesIO()
    Image.new("RGB", (2, 2)).save(out, kind, **more)
    return out.getvalue()


def exif():
    told = Image.Exif()
    told[0x010F], told[0x0131], told[0x0132] = "Acme", "Sender Studio 3", "2026:11:24 10:00:00"
    told.get_ifd(0x8769)[0x9003] = "2026:11:23 09:00:00"
    told.get_ifd(0x8825)[1] = "N"
    return told


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_say_who_made_them(kind):
    told = picture_facts(saved(kind, exif=exif()))
    assert told["exif"] == {
        "Make": "Acme",
        "Software": "Sender Studio 3",
        "DateTime": "2026:11:24 10:00:00",
        "DateTimeOriginal": "2026:11:23 09:00:00",
    }
    assert told["gps"] is True


def test_xmp_and_texts_are_given_as_they_stand():
    assert picture_facts(saved("JPEG", xmp=XMP))["xmp"] == XMP.decode()
    assert picture_facts(saved("WEBP", xmp=XMP))["xmp"] == XMP.decode()
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "R. Iyer")
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    told = picture_facts(saved("PNG", pnginfo=info))
    assert (told["texts"], told["xmp"]) == ({"Author": "R. Iyer"}, XMP.decode())


def test_plain_pictures_say_nothing():
    assert [picture_facts(saved(kind)) for kind in ("PNG", "WEBP", "GIF")] == [{}, {}, {}]
    assert picture_facts(b"") == picture_facts(b"no picture") == {}


def test_a_directory_that_points_to_itself_ends():
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    tiff = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry
    data = b"\x89PNG\r\n\x1a\n" + len(tiff).to_bytes(4, "big") + b"eXIf" + tiff + zlib.crc32(tiff).to_bytes(4, "big")
    assert picture_facts(data) == {"exif": {}, "gps": False}


@given(st.sampled_from([b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF0000WEBP"]), st.binary(max_size=300))
def test_no_picture_is_too_hostile(start, rest):
    assert isinstance(picture_facts(start + rest), dict)


def test_chrony_is_understood():
    line = "C0248F97,192.0.2.7,2,1764000000.1,-0.000012345,0.000001,0.00002,1.5,0.001,0.02,0.01,0.0005,64.1,Normal\n"
    assert clock_facts.chrony(line) == {"source": "NTP by chrony: 192.0.2.7", "stratum": 2, "offset_ms": "-0.012345"}
    with pytest.raises(ValueError, match="not the fields"):
        clock_facts.chrony("506 Cannot talk to daemon")


def test_timesyncd_is_understood():
    text = "       Server: 192.0.2.9 (ntp.example)\n Poll interval: 34min\n        Offset: +1.204ms\n"
    assert clock_facts.timesync(text) == {
        "source": "NTP by systemd-timesyncd: 192.0.2.9 (ntp.example)",
        "offset_ms": "1.204000",
    }
    with pytest.raises(ValueError, match="no server or no offset"):
        clock_facts.timesync("Server: n/a")


class Row:
    def __init__(self, exhibit_id, url, day):
        self.exhibit_id, self.url, self.captured_at = exhibit_id, url, datetime(2026, 11, day, tzinfo=UTC)


def test_the_latest_exhibit_of_the_same_address_is_the_one_before():
    rows = [
        Row("ex-1", "http://a.example/?x=1&y=2", 1),
        Row("ex-2", "http://a.example/?y=2&x=1", 2),
        Row("ex-3", "http://b.example/", 3),
    ]
    files = {("ex-2", "body"): b"one", ("ex-2", "text"): b"line\nold"}

    def read(exhibit_id, name):
        if (exhibit_id, name) not in files:
            raise NotAllowed("no such file")
        return files[exhibit_id, name]

    found = earlier.latest(rows, read, "http://a.example/?x=1&y=2#part", ("body", "text"))
    assert (found.exhibit_id, found.body_sha256, found.text) == ("ex-2", sha256_hex(b"one"), "line\nold")
    assert earlier.latest(rows, read, "http://c.example/", ("body", "text")) is None
    assert earlier.latest(rows, read, "http://b.example/", ("body", "text")).text == ""
    told = earlier.difference(found, sha256_hex(b"one"), "line\nnew")
    assert (told["same_body"], told["same_text"]) == (True, False)
    assert (told["lines_that_came"], told["lines_that_went"]) == (["new"], ["old"])


def test_a_difference_is_bounded():
    before = earlier.Earlier("ex-1", datetime(2026, 11, 1, tzinfo=UTC), "", "x" * 5000 + "\n" + "\n".join("ab" * 5000))
    told = earlier.difference(before, "", "")
    assert len(told["lines_that_went"]) == earlier.MAX_SHOWN
    assert all(len(line) <= earlier.MAX_CHARS for line in told["lines_that_went"])
