"""What was read in a page's picture -> further reasons for its judgement. It decides nothing by itself.

A page that was discarded for its silence goes to a person when its picture reads like an offer; nothing is lifted
higher. The numbers in a picture are leads: they are shown, and tie no two pages together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from classifiers.judgement import Decision, Judgement, Polarity, Reason
from classifiers.pictures import SURE

SHOWN_CHARS = 300


def readings(db: Database) -> dict[str, Mapping[str, Any]]:
    """The rows of the table, by sighting."""
    return {row["sighting_id"]: row for row in db.query("select * from pictures")}


def with_picture(judged: Judgement, row: Mapping[str, Any] | None) -> Judgement:
    """The judgement with what its page's picture says as further reasons; a discarded page may go to a person by it."""
    if row is None:
        return judged
    speaks = row["decision"] != Decision.DISCARD.value
    lifted = judged.decision is Decision.DISCARD and speaks
    return replace(
        judged,
        decision=Decision.REVIEW if lifted else judged.decision,
        reasons=(*_reasons(row, speaks=speaks), *judged.reasons),
    )


def _reasons(row: Mapping[str, Any], *, speaks: bool) -> Iterator[Reason]:
    if row["problem"]:
        yield Reason("picture.unread", Polarity.NEUTRAL, f"The picture was not read: {row['problem']}.")
        return
    words = " / ".join(line["text"] for line in json.loads(row["lines"]) if line["confidence"] >= SURE)
    codes = "".join(f" QR code: {code['text'][:200]}." for code in json.loads(row["codes"]))
    if not words and not codes:
        yield Reason("picture.silent", Polarity.NEUTRAL, "No text and no code could be read in the picture.")
        return
    said = f"A machine read in the picture, and may have misread: “{words[:SHOWN_CHARS]}”.{codes}"
    yield Reason("picture.text", Polarity.NEUTRAL, said)
    if speaks:
        label = row["label"].replace("_", " ")
        sentence = f"What was read in the picture reads like {label}; look at it, it decides nothing by itself."
        yield Reason("picture.offer", Polarity.FOR, sentence)
    for one in json.loads(row["leads"]):
        sentence = f"A lead from the picture, to be compared with it: {one['kind'].replace('_', ' ')} {one['value']}."
        yield Reason("picture.lead", Polarity.NEUTRAL, sentence)
