"""The spool under kills, full disks and damage: what it has promised stays readable."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import StoreError
from crawler.sighting import SpoolRef
from crawler.spool import Spool, mend, open_ref
from crawler.warc import Exchange, read_records

AT = datetime(2026, 11, 24, 1, 2, 3, 4, tzinfo=UTC)

#: A process that stores bodies that do not compress until something stops it, saying each reference once it has it.
WRITER = textwrap.dedent(
    """
    import json, os, resource, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from crawler.errors import StoreError
    from crawler.spool import Spool
    from crawler.warc import Exchange
    directory, limit, size = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    at = datetime(2026, 11, 24, tzinfo=UTC)
    with Spool(directory, "night", info={"software": "test"}) as spool:
        while True:
            body = os.urandom(size)
            exchange = Exchange("http://a.example/", "GET", (), b"", 200, "OK", "HTTP/1.1", (), body, at)
            try:
                ref = spool.put(exchange)
            except StoreError as error:
                print(error, file=sys.stderr)
                raise SystemExit(4)
            print(json.dumps([ref.segment, ref.offset, ref.record_id, body[:8].hex()]), flush=True)
    """
)

#: The same process with a disk so slow that the kill always comes when a fraction of the third body is written.
DIES_WRITING = WRITER.replace(
    "with Spool(",
    textwrap.dedent(
        """
        import io, signal
        from crawler import spool as spool_module
        class Disk(io.FileIO):
            def write(self, data):
                taken = super().write(data[:1000])
                if self.tell() > limit_of_life:
                    os.kill(os.getpid(), signal.SIGKILL)
                return taken
        limit_of_life = int(sys.argv[4])
        make = spool_module.Spool._create
        def create(self):
            make(self).close()
            return Disk(self._path, "r+")
        spool_module.Spool._create = create
        with Spool("""
    ).rstrip(),
    1,
)


def exchange(body: bytes) -> Exchange:
    return Exchange("http://a.example/", "GET", (), b"", 200, "OK", "HTTP/1.1", (), body, AT)


def start_writer(directory: Path, *, limit: int = 0, size: int = 300_000) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(directory), str(limit), str(size)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def promised(output: str) -> list[tuple[SpoolRef, str]]:
    lines = [json.loads(line) for line in output.splitlines() if line.endswith("]")]
    return [(SpoolRef(segment, offset, record_id), start) for segment, offset, record_id, start in lines]


def fill(directory: Path, bodies: int = 3) -> list[SpoolRef]:
    """A segment as a kill leaves it: whole, and still writable."""
    with Spool(directory, "night", info={}) as spool:
        refs = [spool.put(exchange(f"body {number}".encode())) for number in range(bodies)]
    (directory / refs[0].segment).chmod(0o644)
    return refs


def test_nothing_is_made_before_the_first_write(tmp_path: Path) -> None:
    with Spool(tmp_path / "spool", "night", info={}):
        assert not (tmp_path / "spool").exists()


def test_put_and_open(tmp_path: Path) -> None:
    with Spool(tmp_path, "night", info={"operator": "A. Person"}) as spool:
        first = spool.put(exchange(b"one"))
        second = spool.put_resource("urn:rendered:http://a.example/", "text/html", b"<p>", AT)
        assert open_ref(tmp_path, first).payload == b"one"  # readable while the segment is open
    assert first.segment == second.segment == "night-0001.warc.gz"
    assert open_ref(tmp_path, second).uri == "urn:rendered:http://a.example/"
    assert (tmp_path / first.segment).stat().st_mode & 0o777 == 0o444


def test_a_continued_run_and_a_second_worker_write_new_segments(tmp_path: Path) -> None:
    segments = []
    with Spool(tmp_path, "night", info={}) as one, Spool(tmp_path, "night", info={}) as two:
        segments += [one.put(exchange(b"1")).segment, two.put(exchange(b"2")).segment]
    with Spool(tmp_path, "night", info={}) as three:
        segments.append(three.put(exchange(b"3")).segment)
    assert segments == [f"night-000{number}.warc.gz" for number in (1, 2, 3)]


def test_a_grown_segment_is_closed_and_the_next_begun(tmp_path: Path) -> None:
    with Spool(tmp_path, "night", info={}, segment_bytes=5000) as spool:
        refs = [spool.put(exchange(os.urandom(3000))) for _ in range(4)]
    assert [ref.segment[6:10] for ref in refs] == ["0001", "0001", "0002", "0002"]


@pytest.mark.parametrize("name", ["../night", "a/b", "", ".hidden", "a\nb"])
def test_a_run_id_that_is_a_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="cannot name a spool segment"):
        Spool(tmp_path, name, info={})


def test_a_reference_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    first, second, _ = fill(tmp_path)
    with pytest.raises(StoreError, match="do not belong together"):
        open_ref(tmp_path, SpoolRef(first.segment, first.offset, second.record_id))
    with pytest.raises(StoreError, match="is not the name"):
        open_ref(tmp_path / "below", SpoolRef(f"../{first.segment}", first.offset, first.record_id))
    with pytest.raises(StoreError, match="No such file"):
        open_ref(tmp_path, SpoolRef("gone.warc.gz", 0, "x"))


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_writer_loses_nothing_it_has_promised(tmp_path: Path, seed: int) -> None:
    process = start_writer(tmp_path, size=3_000_000)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.0, 0.4))  # noqa: S311  # a moment, not a secret
    process.send_signal(signal.SIGKILL)
    output, _ = process.communicate()
    kept = promised(first + output)
    said = mend(tmp_path)
    assert all("half a record" in sentence for sentence in said)
    assert mend(tmp_path) == []
    for ref, start in kept:
        assert open_ref(tmp_path, ref).payload[:8].hex() == start
    whole = [record for path in tmp_path.glob("*.warc.gz") for record in read_records(path)]
    assert len(kept) <= sum(record.type == "response" for record in whole) <= len(kept) + 1


@pytest.mark.parametrize("life", [500, 20_000, 25_000, 30_500])
def test_a_writer_killed_inside_a_write_leaves_a_tear_that_is_mended(tmp_path: Path, life: int) -> None:
    command = [sys.executable, "-c", DIES_WRITING, str(tmp_path), "0", "10000", str(life)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == -signal.SIGKILL, process.stderr
    kept = promised(process.stdout)
    assert len(kept) == life // 10_900
    (said,) = mend(tmp_path)
    assert "ended in half a record" in said
    for ref, start in kept:
        assert open_ref(tmp_path, ref).payload[:8].hex() == start
    assert mend(tmp_path) == []


def test_every_tear_of_the_last_write_is_mended(tmp_path: Path) -> None:
    refs = fill(tmp_path)
    path = tmp_path / refs[0].segment
    data = path.read_bytes()
    starts = [record.offset for record in read_records(path)]
    for end in range(refs[2].offset, len(data)):
        path.chmod(0o644)
        path.write_bytes(data[:end])
        said = mend(tmp_path)
        assert len(said) == (0 if end in starts else 1)
        assert [open_ref(tmp_path, ref).payload for ref in refs[:2]] == [b"body 0", b"body 1"]
        assert len(list(read_records(path))) == sum(start < end for start in starts) - (end not in starts)


def test_damage_in_the_middle_is_reported_and_never_cut(tmp_path: Path) -> None:
    refs = fill(tmp_path)
    path = tmp_path / refs[0].segment
    data = bytearray(path.read_bytes())
    data[refs[1].offset + 30] ^= 0xFF
    path.write_bytes(data)
    (said,) = mend(tmp_path)
    assert f"damaged at byte {refs[1].offset}" in said
    assert path.read_bytes() == data
    assert open_ref(tmp_path, refs[2]).payload == b"body 2"


def test_a_segment_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    with Spool(tmp_path, "night", info={}) as spool:
        ref = spool.put(exchange(b"one"))
        with (tmp_path / ref.segment).open("ab") as stream:
            stream.write(b"half of")
        assert mend(tmp_path) == []


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b\x08half", b"\0" * 100])
def test_a_segment_without_a_whole_record_is_removed(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "night-0001.warc.gz").write_bytes(data)
    (said,) = mend(tmp_path)
    assert "was removed" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("limit", [100, 1_000_000])
def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path, limit: int) -> None:
    output, errors = start_writer(tmp_path, limit=limit).communicate(timeout=60)
    assert "cannot be written: File too large; make room" in errors
    assert errors.count("\n") == 1
    kept = promised(output)
    assert len(kept) == limit // 300_500
    assert mend(tmp_path) == []  # the failed write was cut off on the spot
    for ref, start in kept:
        assert open_ref(tmp_path, ref).payload[:8].hex() == start
    assert len(list(tmp_path.iterdir())) == (1 if kept else 0)


def test_a_directory_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file, not a directory")
    with Spool(tmp_path / "spool", "night", info={}) as spool, pytest.raises(StoreError, match="cannot be written"):
        spool.put(exchange(b"one"))
