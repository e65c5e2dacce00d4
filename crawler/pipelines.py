"""Completes drafts into sightings: a draft and its visit in, a checked :class:`Sighting` in the page's batch out."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler

from crawler.acknowledge import Found
from crawler.draft import Draft, Issue, IssueKind
from crawler.egress import check_url
from crawler.errors import BadURL, StoreError
from crawler.ledger import Batch
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

logger = logging.getLogger(__name__)


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
                self._draft(item.output, item.visit, batch)
            case Issue():
                batch.issues.append(self._issue(item.output))
            case stop:
                self.work.stop(self._clean(stop.reason, 300))
        try:
            self.work.ledger.arrived(item.lease)
        except StoreError as error:
            self.work.fail(error)
        return item

    def _draft(self, draft: Draft, visit: Visit, batch: Batch) -> None:
        try:
            sighting = self._complete(draft, visit)
        except (BadURL, ValueError) as error:
            what = f"a sighting could not be made: {error}"
            batch.issues.append(self._issue(Issue(IssueKind.BROKEN, what, visit.url)))
            return
        if not draft.thin:
            batch.sightings.append(sighting)
        elif self.work.context.settings.crawl.render:
            batch.thin.append(sighting)
        else:
            batch.sightings.append(
                replace(sighting, facts={**sighting.facts, "render": "not done: crawl.render is off"})
            )

    def _complete(self, draft: Draft, visit: Visit) -> Sighting:
        """The sighting. Raises BadURL for a draft whose address cannot be one."""
        run_id, source = self.work.context.run_id, self.work.spider.name
        url = check_url(self._clean(draft.url, 4_000))
        own = same_page(url, visit.url)
        facts = {self._clean(k, 80): self._clean(v, MAX_FACT_CHARS) for k, v in list(draft.facts.items())[:MAX_FACTS]}
        if visit.redacted:
            facts["redacted"] = f"the access token, in {visit.redacted} places of the stored exchange"
        seen = draft.state is SightingState.SEEN
        return Sighting(
            sighting_id=sighting_id(run_id, source, url),
            run_id=run_id,
            source=source,
            url=url,
            url_chain=visit.url_chain if own else (url,),
            seen_at=visit.seen_at,
            state=draft.state,
            reason="" if seen else self._clean(draft.reason, 500),
            status=visit.status,
            content_type=self._clean(visit.content_type, 200),
            title=self._clean(draft.title, MAX_TITLE_CHARS),
            text=self._clean(draft.text, MAX_TEXT_CHARS),
            links=tuple(dict.fromkeys(self._clean(link, 4_000) for link in draft.links))[:MAX_LINKS],
            facts=facts,
            body_sha256=visit.body_sha256,
            spool=visit.spool,
            robots=visit.robots,
            peer_ip=visit.peer_ip,
        )

    def _issue(self, issue: Issue) -> Issue:
        return Issue(issue.kind, self._clean(issue.what, 500), self._clean(issue.place, 2_000))

    def _clean(self, text: str, most: int) -> str:
        """``text`` without control characters, lone surrogates and secrets, and not longer than ``most``."""
        return self.work.secrets.in_text(_CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text))[0][:most]
