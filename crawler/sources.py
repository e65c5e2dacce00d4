"""The sources there are, found by looking into ``crawler/spiders``: names in, spider classes and their facts out."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from dataclasses import dataclass, fields
from functools import cache

from crawler import spiders
from crawler.errors import UnknownSource
from crawler.source import Source


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a source's docstring says of it. The facts stand there in this order, one or more lines each."""

    name: str
    summary: str
    service: str
    what_it_finds: str
    endpoint: str
    terms: str
    needs: str
    limits: str


FACTS = tuple(field.name for field in fields(SourceFacts))[2:]


def names() -> tuple[str, ...]:
    """The name of every source, sorted."""
    return tuple(sorted(_classes()))


def load(name: str) -> type[Source]:
    """The spider class of a source. Raises UnknownSource with a sentence that lists the known ones."""
    try:
        return _classes()[name]
    except KeyError:
        raise UnknownSource(f"there is no source {name!r}; the sources are {', '.join(names())}") from None


def describe(name: str) -> SourceFacts:
    """What a source is, from its docstring. Raises UnknownSource; ValueError for a docstring that lacks a fact."""
    text = inspect.getdoc(load(name)) or ""
    summary, _, rest = text.partition("\n\n")
    found = re.findall(r"^([A-Z][a-z ]+): (.*(?:\n +.*)*)", rest, re.MULTILINE)
    facts = {key.lower().replace(" ", "_"): " ".join(value.split()) for key, value in found}
    if tuple(facts) != FACTS:
        raise ValueError(f"the docstring of the source {name} must state {', '.join(FACTS)}, in this order")
    return SourceFacts(name=name, summary=summary, **facts)


@cache
def _classes() -> dict[str, type[Source]]:
    """The one source class of each file. A file's own name is the source's."""
    found: dict[str, type[Source]] = {}
    for module in pkgutil.iter_modules(spiders.__path__):
        members = vars(importlib.import_module(f"{spiders.__name__}.{module.name}")).values()
        own = [one for one in members if inspect.isclass(one) and one.__module__.endswith(f".{module.name}")]
        for one in own:
            if issubclass(one, Source):
                found[str(one.name)] = one
    return found
