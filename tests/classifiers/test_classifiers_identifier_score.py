"""Precision and recall of identifiers by kind, on snippets with traps: orders, dates, versions, prices, accounts."""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from classifiers import identifiers
from classifiers.text import extract_html, plain

SNIPPETS = Path(__file__).parent / "fixtures/identifiers.jsonl"
FLOOR = 0.97
KIND_FLOOR = 0.9


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in SNIPPETS.read_text("utf-8").splitlines()]


def found(row: dict[str, Any]) -> set[tuple[str, str]]:
    url = row.get("url", "")
    if "html" not in row:
        return {(one.kind, one.value) for one in identifiers.find(plain(row["text"]), row["lang"], url)}
    page = extract_html(row["html"].encode(), charset="utf-8")
    inside = identifiers.in_source(row["html"])
    return {(one.kind, one.value) for one in (*identifiers.find(page, row["lang"], url), *inside)}


@lru_cache(maxsize=1)
def counts() -> dict[str, Counter[str]]:
    """By kind: right, wrong and missed."""
    table: dict[str, Counter[str]] = {"right": Counter(), "wrong": Counter(), "missed": Counter()}
    for row in rows():
        got, wanted = found(row), {tuple(pair) for pair in row["expect"]}
        for name, pairs in (("right", got & wanted), ("wrong", got - wanted), ("missed", wanted - got)):
            table[name].update(kind for kind, _ in pairs)
    return table


def test_there_are_enough_snippets_and_each_kind_is_among_them() -> None:
    assert len(rows()) >= 120
    assert sum(not row["expect"] for row in rows()) >= 30
    assert len({kind for row in rows() for kind, _ in row["expect"]}) >= 26


def test_precision_and_recall_hold_over_all_kinds() -> None:
    right, wrong, missed = (sum(counts()[name].values()) for name in ("right", "wrong", "missed"))
    assert right / (right + wrong) >= FLOOR
    assert right / (right + missed) >= FLOOR


@pytest.mark.parametrize("kind", sorted({kind for row in rows() for kind, _ in row["expect"]}))
def test_precision_and_recall_hold_for_each_kind(kind: str) -> None:
    table = counts()
    right, wrong, missed = (table[name][kind] for name in ("right", "wrong", "missed"))
    assert right / (right + wrong) >= KIND_FLOOR
    assert right / (right + missed) >= KIND_FLOOR
