"""One run: sources one after another through Scrapy, then the pages that need a browser; sightings out.

Sources go one by one, because then one pause between two requests to a host holds for all of them. Whatever
happens to one source is recorded and the next one goes on; only a casebook or spool that cannot be written ends the
run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.log import configure_logging
from scrapy.utils.reactor import install_reactor

from crawler import lifeline, sources
from crawler.casebook import writing
from crawler.config import SourceSettings
from crawler.draft import Issue, IssueKind
from crawler.egress import check_url
from crawler.errors import BadURL, CrawlError, OffsignalError, SettingsError, UnknownSource
from crawler.events import Events
from crawler.frontier import Frontier
from crawler.renders import Renders
from crawler.store import Issues, Runs, Sightings, SourceRuns
from crawler.work import PRODUCT, RunContext, open_run

#: Sources that only look at what they are handed; they are not part of "all".
BY_HAND = ("given", "recheck")

#: What these warn of (a body that is too large, a certificate that does not fit) is kept with the sighting.
RECORDED_ELSEWHERE = (
    "scrapy.core.downloader.handlers.http11",
    "scrapy.core.downloader.tls",
    "scrapy.downloadermiddlewares.httpcompression",
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to collect. No sources and no URLs: every source that the settings enable."""

    sources: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    recheck: tuple[str, ...] = ()


@dataclass
class Run:
    """A run in progress: how each source has ended so far, and whether the run has been told to stop."""

    context: RunContext
    ended: dict[str, tuple[str, str]] = field(default_factory=dict)
    stopped: bool = False


def read_addresses(path: Path) -> tuple[str, ...]:
    """The addresses of a file, one a line; blank lines and those that begin with # are skipped.

    Raises SettingsError when it cannot be read.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the addresses to re-check cannot be read: {error}") from error
    return tuple(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def collect(data_dir: Path, run_id: str, wanted: Wanted, events: Events) -> str:
    """Collects the sightings of one run, or goes on with it; returns "finished" or "stopped".

    Raises UnknownSource, BadURL or SettingsError before anything is asked; StoreError when nothing more can be stored;
    CrawlError at the end when a source failed.
    """
    for name in wanted.sources:
        sources.load(name)
    urls = tuple(check_url(url) for url in wanted.urls)
    with open_run(data_dir, run_id, events) as context:
        names = _names(context, wanted)
        context.inputs = {"given": urls, "recheck": wanted.recheck}
        run = Run(context)
        with writing(context.db):
            Runs(context.db).begin(run_id, software=PRODUCT, user_agent=context.user_agent)
        events.say("started", run_id=run_id, sources=list(names))
        _crawl(run, names)
        if context.failure is None and not run.stopped and Renders(context.db).waiting(run_id):
            from crawler.rendering import render_waiting  # the browser's library is loaded only for those who need it

            render_waiting(context, lambda: run.stopped)
        return _end(run, names)


def _names(context: RunContext, wanted: Wanted) -> tuple[str, ...]:
    """The sources to run, in order. Raises UnknownSource for one in the settings that no spider declares."""
    for name in context.settings.sources:
        if name not in sources.names():
            known = ", ".join(sources.names())
            raise UnknownSource(f"{context.data_dir}/offsignal.toml: sources.{name}: no such source; there are {known}")
    chosen = list(wanted.sources)
    if not chosen and not wanted.urls:
        chosen = [name for name, one in context.settings.sources.items() if one.enabled and name not in BY_HAND]
    chosen += ["recheck"] * bool(wanted.recheck) + ["given"] * bool(wanted.urls)
    return tuple(dict.fromkeys(chosen))


def _crawl(run: Run, names: Sequence[str]) -> None:
    """Runs every source in Scrapy, in this process; returns when they have ended or the run is told to stop."""
    settings = Settings()
    settings.setmodule("crawler.settings")
    configure_logging(settings)
    for name in RECORDED_ELSEWHERE:
        logging.getLogger(name).setLevel(logging.ERROR)
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor as installed  # importing it earlier would install another one

    reactor: Any = installed

    runner = AsyncCrawlerRunner(settings)
    unexpected: list[BaseException] = []

    async def main() -> None:
        for name in names:
            if run.stopped or run.context.failure is not None:
                break
            await _one(run, runner, name)

    def finish(result: Any) -> None:
        if getattr(result, "value", None) is not None:
            unexpected.append(result.value)
        reactor.stop()

    def stop() -> None:
        run.stopped = True
        reactor.callFromThread(_stop, run, runner)

    lifeline.on_stop(stop)
    reactor.callWhenRunning(lambda: deferred_from_coro(main()).addBoth(finish))
    reactor.run(installSignalHandlers=False)
    if unexpected:
        raise unexpected[0]


def _stop(run: Run, runner: AsyncCrawlerRunner) -> None:
    """Lets what is in flight end, and nothing new begin."""
    run.context.stopping.set()
    deferred_from_coro(runner.stop())


async def _one(run: Run, runner: AsyncCrawlerRunner, name: str) -> None:
    """One source from beginning to end; how it ended goes into ``run.ended``."""
    context = run.context
    with writing(context.db):
        SourceRuns(context.db).begin(context.run_id, name)
    context.events.say("source_started", source=name)
    spider_class = sources.load(name)
    options = context.settings.sources.get(name, SourceSettings())
    given: dict[str, Any] = {"options": options, "crawl": context.settings.crawl}
    given["inputs"] = context.inputs.get(name, ())
    if reason := spider_class(**given).missing():
        with writing(context.db):
            Issues(context.db).note(context.run_id, name, Issue(IssueKind.KEY, reason))
        run.ended[name] = ("refused", reason)
    else:
        crawler = runner.create_crawler(spider_class)
        try:
            await runner.crawl(crawler, context=context, **given)
            run.ended[name] = _state(run, str(crawler.stats.get_value("finish_reason", "")))
        except OffsignalError as error:
            context.failure = context.failure or error
            run.ended[name] = ("failed", str(error))
        except Exception as error:
            logger.exception("the source %s broke", name)
            run.ended[name] = ("failed", f"{type(error).__name__}: {error}")
    if not any(one.source == name for one in Renders(context.db).waiting(context.run_id)):
        _end_source(run, name)


def _state(run: Run, reason: str) -> tuple[str, str]:
    """How a source ended, from the reason Scrapy closed its spider for."""
    if run.context.failure is not None:
        return "failed", str(run.context.failure)
    if run.stopped or reason == "shutdown":
        return "stopped", "the run was stopped; run it again to go on"
    if reason == "finished":
        return "finished", ""
    if reason in ("start_error", "memusage_exceeded"):
        return "failed", f"Scrapy closed it: {reason}"
    return "refused", reason


def _end_source(run: Run, name: str) -> None:
    """Records how a source ended, checks its floor and ceiling, and says so."""
    context, (state, reason) = run.context, run.ended[name]
    counts = Sightings(context.db).counts(context.run_id, name)
    queue = Frontier(context.db, context.run_id, name, owner="").counts()
    counts |= {key if key.startswith("skipped") else f"addresses {key}": number for key, number in queue.items()}
    options = context.settings.sources.get(name)
    with writing(context.db):
        if options is not None and state == "finished":
            for issue in _bounds(counts.get("seen", 0), options):
                Issues(context.db).note(context.run_id, name, issue)
        SourceRuns(context.db).end(context.run_id, name, state, reason, counts)
    context.events.say("source_finished", source=name, state=state, reason=reason, counts=counts)


def _bounds(seen: int, options: SourceSettings) -> Iterable[Issue]:
    if seen < options.floor:
        yield Issue(IssueKind.FLOOR, f"fewer sightings than the floor of {options.floor}: {seen}")
    if seen > options.ceiling:
        yield Issue(IssueKind.CEILING, f"more sightings than the ceiling of {options.ceiling}: {seen}")


def _end(run: Run, names: Sequence[str]) -> str:
    """Records the end of the run. Raises what ended it early, or CrawlError naming the sources that failed."""
    context = run.context
    recorded = {one.source: one.finished_at for one in SourceRuns(context.db).of_run(context.run_id)}
    for name in names:
        if name in run.ended and not recorded.get(name):
            if run.stopped and run.ended[name][0] == "finished":
                run.ended[name] = ("stopped", "the run was stopped before its pages were rendered; run it again")
            _end_source(run, name)
    state = "stopped" if run.stopped else "failed" if context.failure else "finished"
    with writing(context.db):
        Runs(context.db).end(context.run_id, state)
    context.events.say("finished", run_id=context.run_id, state=state)
    if context.failure is not None:
        raise context.failure
    if broken := [f"{name} ({reason})" for name, (how, reason) in run.ended.items() if how == "failed"]:
        raise CrawlError(f"{context.run_id}: these sources failed, the others are stored: {'; '.join(broken)}")
    return state


__all__ = ["BadURL", "Run", "Wanted", "collect", "read_addresses"]
