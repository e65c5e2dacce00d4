"""Completes drafts into sightings: a draft and its visit in, a checked :class:`Sighting` in the page's batch out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler

from crawler.acknowledge import Found
from crawler.draft import Draft, Issue, IssueKind
from crawler.egress import check_url
from crawler.errors import BadURL, StoreError
from crawler.ledger import Batch
from crawler.secrets import Secrets
from crawler.sighting import Sighting, SightingState, sighting_id
from crawler.urls import same_page
from crawler.visit import Visit
from crawler.work import Work, work_of

MAX_TITLE_CHARS = 500
MAX_TEXT_CHARS = 200_000
MAX_LINKS = 1_000
MAX_FACTS = 60
MAX_FACT_CHARS = 2_000

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def complete(draft: Draft, visit: Visit, *, run_id: str, source: str, secrets: Secrets) -> Sighting:
    """The sighting that a draft and the visit to its page make. Raises BadURL when its address cannot be one.

    A draft of the page itself takes over the page's redirect chain; one of a thing on the page (an ad, a post) stands
    for itself. Texts are cut to the limits above; control characters, lone surrogates and secrets are replaced.
    """
    url = check_url(_clean(draft.url, 4_000, secrets))
    facts = {_clean(k, 80, secrets): _clean(v, MAX_FACT_CHARS, secrets) for k, v in draft.facts.items()}
    facts = dict(list(facts.items())[:MAX_FACTS])
    if visit.certificate_sha256:
        facts["certificate_sha256"] = visit.certificate_sha256
    if visit.redacted:
        facts["redacted"] = f"the access token, in {visit.redacted} places of the stored exchange"
    links = tuple(dict.fromkeys(_clean(link, 4_000, secrets) for link in draft.links[:MAX_LINKS]))
    seen = draft.state is SightingState.SEEN
    return Sighting(
        sighting_id=sighting_id(run_id, source, url),
        run_id=run_id,
        source=source,
        url=url,
        url_chain=visit.url_chain if same_page(url, visit.url) else (url,),
        seen_at=visit.seen_at,
        state=draft.state,
        reason="" if seen else _clean(draft.reason, 500, secrets),
        status=visit.status,
        content_type=_clean(visit.content_type, 200, secrets),
        title=_clean(draft.title, MAX_TITLE_CHARS, secrets),
        text=_clean(draft.text, MAX_TEXT_CHARS, secrets),
        links=links,
        facts=facts,
        body_sha256=visit.body_sha256,
        spool=visit.spool,
        robots=visit.robots,
        peer_ip=visit.peer_ip,
    )


def _clean(text: str, most: int, secrets: Secrets) -> str:
    return secrets.in_text(_CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text))[0][:most]


class SightingPipeline:
    """The only item pipeline. It writes nothing: the ledger stores the whole page at once."""

    def __init__(self, work: Work) -> None:
        self.work = work

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(work_of(crawler))

    def process_item(self, item: Found) -> Found:
        """Puts a found draft or issue into the batch of its page."""
        batch = self.work.ledger.open[item.lease]
        match item.output:
            case Draft():
                self._add(item.output, item.visit, batch)
            case Issue():
                batch.issues.append(self._issue(item.output))
            case stop:
                self.work.stop(_clean(stop.reason, 300, self.work.secrets))
        try:
            self.work.ledger.arrived(item.lease)
        except StoreError as error:
            self.work.fail(error)
        return item

    def _add(self, draft: Draft, visit: Visit, batch: Batch) -> None:
        run_id, source = self.work.context.run_id, self.work.spider.name
        try:
            sighting = complete(draft, visit, run_id=run_id, source=source, secrets=self.work.secrets)
        except BadURL as error:
            what = f"a sighting could not be made: {error}"
            batch.issues.append(self._issue(Issue(IssueKind.BROKEN, what, visit.url)))
            return
        if not draft.thin:
            batch.sightings.append(sighting)
        elif self.work.context.settings.crawl.render:
            batch.thin.append(sighting)
        else:
            facts = {**sighting.facts, "render": "not done: crawl.render is off"}
            batch.sightings.append(replace(sighting, facts=facts))

    def _issue(self, issue: Issue) -> Issue:
        secrets = self.work.secrets
        return Issue(issue.kind, _clean(issue.what, 500, secrets), _clean(issue.place, 2_000, secrets))
