"""OpenTimestamps: pending at first, confirmed later, beside the tokens; a calendar that lies changes nothing."""

from __future__ import annotations

import io
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpSHA256
from opentimestamps.core.serialize import BytesSerializationContext, StreamDeserializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp

from evidence import ots, proof_tables, verify
from evidence.config import CalendarSettings, TimestampSettings
from evidence.errors import Unreadable
from evidence.exhibit import seal
from evidence.ots import Calendars, OtsState
from evidence.ots_stamping import OtsRound, look_after
from tests.evidence.authority_making import guard_to, host
from tests.evidence.exhibit_making import make_draft, open_house

URL = f"http://{host()}/"
HEIGHT = 870_123


class Calendar:
    """A calendar on loopback. ``anchored``: it can lead digests to a block; ``body`` replaces its answers."""

    def __init__(self):
        self.anchored, self.body, self.uri, self.asked = False, None, URL, []

    def answer(self, message: bytes, path: str) -> bytes | None:
        self.asked.append(path)
        if self.body is not None:
            return self.body
        timestamp = Timestamp(message)
        if path.startswith("/digest"):
            timestamp.ops.add(OpAppend(b"calendar")).ops.add(OpSHA256()).attestations.add(PendingAttestation(self.uri))
        elif self.anchored:
            timestamp.ops.add(OpSHA256()).attestations.add(BitcoinBlockHeaderAttestation(HEIGHT))
        else:
            return None
        context = BytesSerializationContext()
        timestamp.serialize(context)
        return context.getbytes()


@contextmanager
def running(calendar):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format, *args):  # noqa: A002  # the base class names it so
            """Says nothing."""

        def give(self, message):
            body = calendar.answer(message, self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def do_POST(self):
            self.give(self.rfile.read(int(self.headers["Content-Length"])))

        def do_GET(self):
            self.give(bytes.fromhex(self.path.rsplit("/", 1)[1]))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        with guard_to(server.server_address[1]) as guard:
            settings = TimestampSettings(calendars=(CalendarSettings(name="alice", url=URL),), timeout_s=5)
            yield Calendars(settings, guard.url)
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def house(tmp_path):
    db, exhibits, custody = open_house(tmp_path / "data")
    yield exhibits, custody, seal(make_draft(tmp_path / "draft"), exhibits, custody)
    db.close()


def test_a_proof_is_pending_first_and_confirmed_later(house):
    exhibits, custody, exhibit = house
    calendar = Calendar()
    with running(calendar) as calendars:
        assert look_after(exhibits, calendars, custody) == OtsRound(submitted=1, waiting=1)
        again = look_after(exhibits, calendars, custody)
        assert (again.submitted, again.confirmed, again.waiting) == (0, 0, 1)
        assert again.told == ("alice: not anchored yet",)
        calendar.anchored = True
        assert look_after(exhibits, calendars, custody) == OtsRound(confirmed=1)
        asked = len(calendar.asked)
        assert look_after(exhibits, calendars, custody) == OtsRound()
        assert len(calendar.asked) == asked
    row = proof_tables.ots_proofs(exhibits.db)[exhibit.exhibit_id]
    assert (row.state, row.blocks) == ("confirmed", (HEIGHT,))
    states = [e.facts["state"] for e in custody.log.entries(exhibit.exhibit_id) if e.action == "opentimestamps"]
    assert states == ["pending", "confirmed"]
    manifest = exhibits.read(exhibit.exhibit_id, "manifest.json")
    assert ots.blocks(exhibits.vault.read(row.proof_sha256), manifest) == (HEIGHT,)


def test_the_calendar_never_sees_the_digest_itself(house):
    exhibits, custody, exhibit = house
    calendar = Calendar()
    seen = []
    real = calendar.answer
    calendar.answer = lambda message, path: (seen.append(message), real(message, path))[1]
    with running(calendar) as calendars:
        look_after(exhibits, calendars, custody)
    assert seen
    assert bytes.fromhex(exhibit.manifest_sha256) not in seen


def test_an_exported_proof_is_read_by_the_reference_library_and_by_the_verifier(house, tmp_path):
    exhibits, custody, exhibit = house
    with running(Calendar()) as calendars:
        look_after(exhibits, calendars, custody)
    out = tmp_path / "out"
    exhibits.export(exhibit.exhibit_id, out)
    data = (out / "ots" / "manifest.json.ots").read_bytes()
    whole = DetachedTimestampFile.deserialize(StreamDeserializationContext(io.BytesIO(data)))
    assert whole.file_digest.hex() == exhibit.manifest_sha256
    report = verify.verify(out)
    assert [step.failed for step in report.steps if step.failed] == []
    told = [sentence for step in report.steps for sentence in step.not_checked]
    assert any("ots --no-bitcoin verify" in sentence for sentence in told)
    (out / "ots" / "manifest.json.ots").write_bytes(data.replace(data[32:64], bytes(32), 1))
    failed = [sentence for step in verify.verify(out).steps for sentence in step.failed]
    assert any("not an OpenTimestamps proof over" in sentence for sentence in failed)


JUNK = [b"", b"junk", b"\xff" * 9_000, b"\x08" * 9_000, b"x" * 20_000, b"\xf0\xff\xff\xff\x7f"]


@pytest.mark.parametrize("body", JUNK)
def test_an_answer_that_is_no_timestamp_leaves_nothing_and_is_told(house, body):
    exhibits, custody, _ = house
    calendar = Calendar()
    calendar.body = body
    with running(calendar) as calendars:
        done = look_after(exhibits, calendars, custody)
    assert (done.submitted, done.waiting) == (0, 0)
    assert done.told[0].startswith("alice: it answered")
    assert proof_tables.ots_proofs(exhibits.db) == {}


def test_an_address_that_a_calendar_names_is_never_asked(house):
    exhibits, custody, _ = house
    calendar = Calendar()
    calendar.uri = "http://127.0.0.1:1/"
    with running(calendar) as calendars:
        look_after(exhibits, calendars, custody)
        asked = len(calendar.asked)
        assert look_after(exhibits, calendars, custody).told == (
            "a calendar that is no longer configured holds a promise",
        )
        assert len(calendar.asked) == asked


def test_a_calendar_that_is_down_is_told_and_not_waited_for(house, tmp_path):
    exhibits, custody, _ = house
    for number in range(2, 7):
        seal(make_draft(tmp_path / f"d{number}", f"sg-{number}"), exhibits, custody)
    with guard_to(9) as guard:
        settings = TimestampSettings(calendars=(CalendarSettings(name="alice", url=URL),), timeout_s=5)
        done = look_after(exhibits, Calendars(settings, guard.url), custody)
    assert (done.submitted, done.waiting) == (0, 0)
    assert done.told[0].startswith("alice: ")


def test_a_proof_over_other_bytes_is_refused(house):
    with running(Calendar()) as calendars:
        proof = calendars.submit(b"one thing")
        assert proof.state is OtsState.PENDING
        with pytest.raises(Unreadable, match="over other bytes"):
            calendars.upgrade(proof.data, b"another")
    with pytest.raises(Unreadable, match="cannot be read"):
        ots.read(b"junk", b"one thing")


def test_without_calendars_nothing_is_asked(house):
    exhibits, custody, _ = house
    assert look_after(exhibits, Calendars(TimestampSettings(), "http://127.0.0.1:1"), custody) == OtsRound()
