"""Judgement <-> JSON form: plain dicts, lists, strings and numbers, nothing lost either way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from classifiers.judgement import Claim, Decision, Identifier, Judgement, Polarity, Reason
from classifiers.labels import ClaimType, Label


def to_dict(judgement: Judgement) -> dict[str, Any]:
    """The JSON form. Enumerations become their values, tuples become lists."""
    table = asdict(judgement)
    table["label"], table["decision"] = judgement.label.value, judgement.decision.value
    table["claims"] = [_claim_table(claim) for claim in table["claims"]]
    table["identifiers"] = [{**one, "readings": list(one["readings"])} for one in table["identifiers"]]
    table["source_identifiers"] = [{**one, "readings": list(one["readings"])} for one in table["source_identifiers"]]
    table["reasons"] = [{**reason, "polarity": reason["polarity"].value} for reason in table["reasons"]]
    return table


def from_dict(table: Mapping[str, Any]) -> Judgement:
    """The inverse of :func:`to_dict`. Raises KeyError, TypeError or ValueError for a dict of another shape."""
    return Judgement(
        label=Label(table["label"]),
        offence=table["offence"],
        probability=table["probability"],
        decision=Decision(table["decision"]),
        lang=table["lang"],
        claims=tuple(Claim(**{**claim, "type": ClaimType(claim["type"])}) for claim in table["claims"]),
        identifiers=_identifiers(table["identifiers"]),
        reasons=tuple(Reason(**{**reason, "polarity": Polarity(reason["polarity"])}) for reason in table["reasons"]),
        model=table["model"],
        text_sha256=table["text_sha256"],
        source_identifiers=_identifiers(table.get("source_identifiers", ())),
    )


def _identifiers(rows: Iterable[Mapping[str, Any]]) -> tuple[Identifier, ...]:
    return tuple(Identifier(**{**row, "readings": tuple(row["readings"])}) for row in rows)


def _claim_table(claim: dict[str, Any]) -> dict[str, Any]:
    """A claim without the value that was not read: judgements made before values were read have none either."""
    table = {**claim, "type": claim["type"].value}
    if table["value"] is None:
        del table["value"]
    return table
