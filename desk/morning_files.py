"""The morning report as files: one dictionary in, ``report.html`` and ``report.json`` below ``reports/<night>/``.

Every page text in it is data: escaped by the template, never a link, never markup. Pictures are copies of the exhibits'
viewport screenshots.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, select_autoescape

from desk.nights import Night
from desk.placing import WEBSITE_SOURCES
from desk.talk import printable
from desk.workspace import Workspace

REPORTS = "reports"


def write(workspace: Workspace, night: Night, data: dict[str, Any]) -> tuple[Path, Path]:
    """Writes ``report.html`` and ``report.json`` of a night, each whole or not at all; gives both paths."""
    directory = workspace.data_dir / REPORTS / night.night_id
    directory.mkdir(parents=True, exist_ok=True)
    _copy_pictures(workspace, directory, data)
    page, record = directory / "report.html", directory / "report.json"
    _replace(record, json.dumps(data, ensure_ascii=False, indent=2) + "\n")
    _replace(page, render(data))
    return page, record


def render(data: dict[str, Any]) -> str:
    """The report as one HTML page with no script, no link and no outside resource."""
    environment = Environment(
        loader=PackageLoader("desk"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["words"] = lambda name: str(name).replace("_", " ")
    environment.filters["moment"] = lambda text: f"{text[:10]} {text[11:19]} UTC" if text else ""
    environment.finalize = lambda value: printable(value) if type(value) is str else value
    data = {**data, "new": by_site(data["new"]), "changed": by_site(data["changed"])}
    offers = [*data["new"], *data["changed"], *data["same"], *data["review"]]
    return environment.get_template("morning.html").render(
        **data, example_sighting=offers[0]["sighting_id"] if offers else "SIGHTING"
    )


def by_site(offers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The offers with the pages of one website behind its surest one, as ``others``; listings, ads and posts alone."""
    sites: dict[str, dict[str, Any]] = {}
    for offer in sorted(offers, key=lambda one: (one["supporting"], one["url"] != one["url_final"])):
        own_site = offer["source"] in WEBSITE_SOURCES
        key = urlsplit(offer["url_final"]).hostname if own_site else offer["url"]
        first = sites.setdefault(str(key), {**offer, "others": []})
        if first["sighting_id"] != offer["sighting_id"]:
            first["others"].append(offer)
    return list(sites.values())


def _copy_pictures(workspace: Workspace, directory: Path, data: dict[str, Any]) -> None:
    for exhibit in data["exhibits"]:
        if exhibit["viewport_sha256"]:
            with workspace.vault.open(exhibit["viewport_sha256"]) as source:
                (directory / f"{exhibit['exhibit_id']}.png").write_bytes(source.read())


def _replace(path: Path, text: str) -> None:
    """Writes beside and renames, so that a reader never sees half a report."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, "utf-8")
    os.replace(part, path)
