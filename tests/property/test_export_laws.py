"""Laws of the load files and tables: what goes in comes out again, whatever a page says."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from evidence.exports.load_files import FIELDS, REPLACED, Profile, dat, opt, read_dat
from evidence.exports.spreadsheets import csv_bytes
from evidence.exports.tables import harmless
from evidence.index_csv import FORMULA_STARTS

ODD = [
    '"quoted", with a comma',
    "two\nlines",
    "👩‍👩‍👧 family",
    "बल्क मैसेज",
    "إرسال بدون حظر",
    "=cmd|' /C calc'!A0",
    "þ ® \x14",
    "\r\n",
]
texts = st.one_of(st.sampled_from(ODD), st.text(max_size=60))
records = st.lists(st.dictionaries(st.sampled_from(FIELDS), texts), max_size=5)


def expected(text: str) -> str:
    """What a value becomes by the documented replacements, written down a second time."""
    for mark, instead in REPLACED.items():
        text = text.replace(mark, instead)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c if c == "\n" or (ord(c) >= 32 and not 0xD800 <= ord(c) <= 0xDFFF) else "\ufffd" for c in text)


@given(records, st.sampled_from(["utf-8", "utf-16"]))
def test_dat_files_give_back_every_value(rows, encoding):
    data, lost = dat(rows, Profile(encoding=encoding))
    assert lost == 0
    assert read_dat(data) == [{name: expected(row.get(name, "")) for name in FIELDS} for row in rows]


@given(records)
def test_pythons_own_reader_sees_the_same(rows):
    data, _ = dat(rows, Profile())
    stream = io.StringIO(data.decode("utf-8-sig"), newline="")
    read = list(csv.DictReader(stream, delimiter="\x14", quotechar="\xfe", strict=True))
    assert read == [{name: expected(row.get(name, "")).replace("\n", "\xae") for name in FIELDS} for row in rows]


@given(records)
def test_the_eight_bit_file_counts_what_it_lost(rows):
    data, lost = dat(rows, Profile(encoding="cp1252"))
    kept = [{name: expected(row.get(name, "")) for name in FIELDS} for row in rows]
    assert lost == sum(_lost(value) for row in kept for value in row.values())
    if lost == 0 and rows:
        assert read_dat(data) == kept


def _lost(text: str) -> int:
    return sum(1 for c in text if c != "\n" and c.encode("cp1252", "ignore") == b"")


@given(st.lists(st.tuples(*[texts] * 7).map(lambda row: tuple(c.replace("\r", " ").replace("\n", " ") for c in row))))
def test_opt_lines_have_seven_fields(rows):
    rows = [tuple(c.encode("utf-8", "replace").decode() for c in row) for row in rows]
    read = list(csv.reader(io.StringIO(opt(rows, "utf-8").decode("utf-8"), newline="")))
    assert [tuple(row) for row in read] == rows


@given(st.lists(texts, min_size=1, max_size=6))
def test_a_cell_is_never_a_formula_and_joins_stay(cells):
    row = tuple(map(harmless, cells))
    (read,) = list(csv.reader(io.StringIO(csv_bytes((), [row]).decode("utf-8-sig"), newline="")))[1:] or [[]]
    assert tuple(read) == row
    for given_cell, cell in zip(cells, row, strict=True):
        assert not cell.lstrip().startswith(FORMULA_STARTS)
        assert ("\u200d" in given_cell) == ("\u200d" in cell)
