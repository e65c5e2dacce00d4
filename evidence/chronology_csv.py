"""``chronology.csv``: every dated look at every quoted claim, one row each, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO

from crawler import clock
from evidence.chronology import LINE, ClaimLine
from evidence.index_csv import neutral

COLUMNS = (
    "address",
    "claim_type",
    "quote",
    "exhibits",
    "looked_at_utc",
    "observation",
    "detail",
    "rests_on",
    "after_7_december_2019",
    "after_notice",
)


def chronology_csv(lines: Iterable[ClaimLine], served: datetime | None = None) -> bytes:
    """The file's bytes. ``served`` is when the case's own notice was served, None when no service is recorded."""
    stream = StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in lines:
        numbers = "; ".join(map(str, line.exhibits))
        for look in line.looks:
            after = "no notice served" if served is None else "yes" if look.at >= served else "no"
            row = (
                *(line.url, line.kind, line.quote, numbers, clock.iso(look.at), str(look.presence), look.detail),
                *(look.basis, "yes" if look.at >= LINE else "no", after),
            )
            writer.writerow([neutral(cell) for cell in row])
    return stream.getvalue().encode("utf-8-sig")
