"""What every page we print has in common: templates, filters, and a policy that lets no word of a captured page act.

The policy allows images of the bundle and the one style sheet, by digest. Every word of a captured page is escaped.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

#: Facts that are shown in a monospaced face.
MONO = frozenset(
    {"Address reached", "Address requested", "Way there", "Server", "Certificate SHA-256", "User agent", "Exhibit ID"}
)


def render_page(template: str, rules: str = "", **values: Any) -> str:
    """A page from one of our templates. ``rules`` are further lines of the style sheet: our own numbers alone."""
    style = template_text("report.css") + rules
    page = _environment().get_template(template)
    return page.render(style=Markup(style), policy=_policy(style), mono=MONO, **values)  # noqa: S704  # our own words


def template_text(name: str) -> str:
    """One of our templates as it ships."""
    return resources.files("evidence").joinpath("templates", name).read_text("utf-8")


def utc(moment: datetime) -> str:
    """A time as pages show it."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def plain(moment: datetime) -> str:
    """The same where a heading says that it is UTC."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def day(moment: datetime) -> str:
    """A date in words."""
    return f"{moment.day} {moment:%B %Y}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(autoescape=True, undefined=StrictUndefined, loader=FunctionLoader(template_text))
    environment.filters.update(utc=utc, plain=plain, day=day)
    return environment


def _policy(style: str) -> str:
    """The content security policy: nothing but images of the same origin and this very style sheet."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    only = f"default-src 'none'; img-src 'self' file:; style-src 'sha256-{digest}'"
    return f"{only}; base-uri 'none'; form-action 'none'"
