"""Reads single facts out of a capture record: ``capture.json`` in, text out, and "not known" with its reason.

A field that could not be had holds ``{"value": null, "reason": …}``; what an older record lacks is "not recorded".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evidence.certification.model import visible

ABSENT = "not recorded"
MAX_CHARACTERS = 1500


def at(record: Mapping[str, Any], *path: str) -> Any:
    """The value at ``path``, or None when the record has no such place."""
    value: Any = record
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value


def known(record: Mapping[str, Any], *path: str) -> str:
    """The value at ``path`` as text; empty when it could not be had."""
    value = at(record, *path)
    return "" if _missing(value) else _text(value)


def told(record: Mapping[str, Any], *path: str) -> str:
    """The value at ``path`` as text, or "not known" with the reason the record gives."""
    value = at(record, *path)
    if isinstance(value, Mapping) and _missing(value):
        return f"not known: {_text(value.get('reason') or 'no reason given')}"
    return ABSENT if _missing(value) else _text(value) or "none"


def reason(record: Mapping[str, Any], *path: str) -> str:
    """Why the value at ``path`` could not be had; empty when it is there."""
    value = at(record, *path)
    if not _missing(value):
        return ""
    return _text(value.get("reason") or "no reason given") if isinstance(value, Mapping) else ABSENT


def rows(record: Mapping[str, Any], *path: str) -> list[Any]:
    """The list at ``path``; empty when there is none."""
    value = at(record, *path)
    return value if isinstance(value, list) else []


def _missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, Mapping) and value.get("value", "") is None)


def _text(value: Any) -> str:
    """Any JSON value in one line; cut where it would fill the page."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        whole = "; ".join(f"{name}: {_text(one)}" for name, one in value.items() if not _missing(one))
    elif isinstance(value, list):
        whole = ", ".join(_text(one) for one in value)
    else:
        whole = str(value)
    whole = visible(whole)
    return whole if len(whole) <= MAX_CHARACTERS else f"{whole[:MAX_CHARACTERS]} … (cut; whole in capture.json)"
