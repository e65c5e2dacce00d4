"""Structured data of a page (schema.org as JSON-LD): markup in, plain nodes out, and a word for each broken block.

Hostile by assumption: blocks may be broken, huge, nested without end, or say the same thing twice. Numbers keep the
spelling of the page, because a price is quoted, not computed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser

MAX_BLOCKS = 50
MAX_BLOCK_CHARS = 2_000_000
MAX_NODES = 5_000

Node = dict[str, Any]

_WRAPPED = re.compile(r"^\s*(<!--|(//\s*)?<!\[CDATA\[)|(-->|(//\s*)?\]\]>)\s*;?\s*$")

_WRAPPED = re.compile(r"^\s*(<!--|(//\s*)?<!\[CDATA\[)|(-->|(//\s*)?\]\]>)\s*;?\s*$")


@dataclass(frozen=True, slots=True)
class Structured:
    """Every typed node of a page, outer before inner, and what could not be read."""

    nodes: tuple[Node, ...]
    faults: tuple[str, ...]

    def of_type(self, *types: str) -> list[Node]:
        """The nodes of one of these schema.org types."""
        return [node for node in self.nodes if types_of(node) & set(types)]


def read(tree: LexborHTMLParser) -> Structured:
    """The structured data of a parsed page. Never raises."""
    nodes: list[Node] = []
    faults: list[str] = []
    blocks = tree.css('script[type="application/ld+json" i]')
    if len(blocks) > MAX_BLOCKS:
        faults.append(f"more than {MAX_BLOCKS} JSON-LD blocks; the rest was left out")
    for block in blocks[:MAX_BLOCKS]:
        text = block.text(deep=True)
        if len(text) > MAX_BLOCK_CHARS:
            faults.append(f"a JSON-LD block of more than {MAX_BLOCK_CHARS} characters was left out")
            continue
        try:
            value = json.loads(_unwrapped(text), strict=False, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError) as error:
            faults.append(f"a JSON-LD block is not JSON: {type(error).__name__}")
            continue
        for node in _walk(value):
            if len(nodes) >= MAX_NODES:
                faults.append(f"more than {MAX_NODES} JSON-LD nodes; the rest was left out")
                break
            nodes.append(node)
    return Structured(tuple(nodes), tuple(dict.fromkeys(faults)))


def types_of(node: Node) -> set[str]:
    """The schema.org types of a node, without prefix: ``https://schema.org/Product`` -> ``Product``."""
    return {re.split(r"[/#:]", name)[-1] for name in _strings(node.get("@type"))}


def text_of(value: Any) -> str:
    """A value as one text: a string or number as it stands, a list joined by commas, a node by its name; else ""."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return ", ".join(text for item in value[:20] if (text := text_of(item)))
    if isinstance(value, dict):
        return text_of(value.get("name") or value.get("@value") or "")
    return ""


def nodes_of(value: Any) -> list[Node]:
    """A value that is a node, or a list of nodes, as a list."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _strings(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _walk(value: Any) -> Iterator[Node]:
    """Every typed node, outer before inner; without recursion, because a page decides how deep it goes."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            if item.get("@type"):
                yield item
            waiting.extend(reversed([inner for inner in item.values() if isinstance(inner, list | dict)]))


def _unwrapped(text: str) -> str:
    """The JSON without the CDATA or comment marks that some sites put around it."""
    return _WRAPPED.sub("", text).strip().rstrip(";")
