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
UNREAD = "route.picture"
"""The rule that sends a page to a person because its picture was not read; it no longer holds once it was."""


def readings(db: Database) -> dict[str, Mapping[str, Any]]:
    """The rows of the table, by sighting."""
    return {row["sighting_id"]: row for row in db.query("select * from pictures")}


def with_picture(judged: Judgement, row: Mapping[str, Any] | None) -> Judgement:
    """The judgement with what its page's picture says as further reasons; a discarded page may go to a person by it."""
    if row is None:
        return judged
    speaks = row["decision"] != Decision.DISCARD.value
    lifted = judged.decision is Decision.DISCARD and speaks
    before = judged.reasons if row["problem"] else (one for one in judged.reasons if one.rule != UNREAD)
    return replace(
        judged,
        decision=Decision.REVIEW if lifted else judged.decision,
        reasons=(*_reasons(row, speaks=speaks), *before),
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
    # A rule under "route." is what the morning report shows of a page.
    if speaks:
        label = row["label"].replace("_", " ")
        sentence = f"What a machine read in its picture reads like {label}; look at it, it decides nothing by itself."
        yield Reason("route.picture_offer", Polarity.FOR, sentence)
    said = f"A machine read in the picture, and may have misread: “{words[:SHOWN_CHARS]}”.{codes}"
    yield Reason("route.picture_text", Polarity.NEUTRAL, said)
    for one in json.loads(row["leads"]):
        sentence = f"A lead from the picture, to be compared with it: {one['kind'].replace('_', ' ')} {one['value']}."
        yield Reason("picture.lead", Polarity.NEUTRAL, sentence)
