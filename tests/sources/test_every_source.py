"""Every saved page of every source, parsed again: the sightings, next steps and issues must be those on file.

A case is a folder ``<source>/<case>/``: ``response.*`` as it came, ``meta.json`` (what it is, its address, the frozen
time), ``sightings.json``, and ``also.json`` with the next steps and issues. A new case needs no code here: write its
page and meta, run once with WRITE_EXPECTED=1, and read what was written before it is kept.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from crawler import clock, sources
from crawler.config import SourceSettings
from crawler.draft import Draft, Issue, Output, Step
from crawler.pipelines import complete
from crawler.secrets import Secrets
from crawler.source import Source
from crawler.store import to_row
from crawler.visit import Visit, of_status

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/*/meta.json"))
EMPTY = ("", "[]", "{}", None, 0)


def saved_response(case: Path, meta: dict[str, Any]) -> Response:
    """The response of a case as Scrapy would have handed it to the spider, with its visit."""
    body = next(case.glob("response.*")).read_bytes()
    chain = meta.get("chain", [meta["url"]])
    status = meta.get("status", 200)
    headers = {"Content-Type": meta["content_type"], **meta.get("headers", {})}
    state, reason = of_status(status)
    visit = Visit(
        url=chain[0],
        url_chain=tuple(chain),
        seen_at=clock.parse(meta["frozen"]),
        state=state,
        reason=reason,
        status=status,
        content_type=meta["content_type"],
        body_sha256=hashlib.sha256(body).hexdigest(),
        robots="allowed",
    )
    about: dict[str, Any] = {"visit": visit, "depth": meta.get("depth", 0), "redirect_urls": chain[:-1]}
    raw = {name.encode(): value.encode() for name, value in headers.items()}
    made = responsetypes.from_args(headers=raw, url=chain[-1], body=body)
    return made(chain[-1], status=status, headers=headers, body=body, request=Request(chain[-1], meta=about))


def as_plain(outputs: list[Output], spider: Source, response: Response) -> tuple[list[Any], dict[str, Any]]:
    """Outputs as JSON: sightings without what is empty; steps and issues beside them."""
    visit, sightings, also = response.meta["visit"], [], {}
    for output in outputs:
        if isinstance(output, Draft):
            secrets = Secrets(spider.token)
            row = to_row(complete(output, visit, run_id="fixture", source=spider.name, secrets=secrets))
            row = {key: value for key, value in row.items() if value not in EMPTY}
            row |= {key: json.loads(row[key]) for key in ("url_chain", "links", "facts") if key in row}
            sightings.append({**row, "thin": True} if output.thin else row)
        elif isinstance(output, Step):
            also.setdefault("steps", []).append([output.to, output.url, output.priority])
        elif isinstance(output, Issue):
            also.setdefault("issues", []).append([output.kind.value, Secrets(spider.token).in_text(output.what)[0]])
        else:
            also["stop"] = output.reason
    return sightings, also


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_saved_page_gives_what_is_on_file(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meta = json.loads((case / "meta.json").read_text("utf-8"))
    monkeypatch.setattr(clock, "now", lambda: clock.parse(meta["frozen"]))
    for name, value in meta.get("environment", {}).items():
        monkeypatch.setenv(name, value)
    spider = sources.load(case.parent.name)(options=SourceSettings(**meta.get("options", {})))
    response = saved_response(case, meta)
    sightings, also = as_plain(list(spider.parse(response, meta["step"])), spider, response)
    if os.environ.get("WRITE_EXPECTED"):
        write(case / "sightings.json", sightings)
        write(case / "also.json", also)
    assert sightings == json.loads((case / "sightings.json").read_text("utf-8"))
    assert also == json.loads((case / "also.json").read_text("utf-8"))


def write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")


@pytest.mark.parametrize("name", sources.names())
def test_a_source_states_its_facts_and_has_cases(name: str) -> None:
    spider = sources.load(name)
    assert spider.__module__ == f"crawler.spiders.{name}"
    assert spider.__name__.lower() == name.replace("_", "")
    facts = sources.describe(name)
    assert all(dataclasses.astuple(facts))
    assert [case for case in CASES if case.parent.name == name], f"tests/sources/{name}/ has no case"
    lines = inspect.getsource(sys.modules[spider.__module__]).count("\n")
    assert lines <= 80, "an access pattern is missing: move what is not declared data to crawler/access/"


def test_every_folder_belongs_to_a_source() -> None:
    folders = {path.name for path in HERE.iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders == set(sources.names())
