"""Scrapy's settings. What depends on ``offsignal.toml`` (delays, sizes, times, the user agent) is set by the add-on.

Every value differs from Scrapy's default; the reason stands beside it.
"""

from __future__ import annotations

BOT_NAME = "offsignal"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# Wires everything below to one open run.
ADDONS = {"crawler.addon.Addon": 100}

# The lease queue: JOBDIR and Redis queues lose pages when a worker is killed.
SCHEDULER = "crawler.scheduler.LeaseScheduler"

# Public pages only, as their owners allow it.
ROBOTSTXT_OBEY = True
# Nothing is remembered between requests: no session, no log-in.
COOKIES_ENABLED = False
# A host must not learn from whose page we came.
REFERRER_POLICY = "no-referrer"
# The pause a host gets is never shorter than the settings promise.
DOWNLOAD_DELAY_JITTER = 0
AUTOTHROTTLE_ENABLED = False
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
    # No language is preferred: the page's own is the evidence.
    "Accept-Language": "*",
}

# Scrapy runs an HTTP server that executes code, and a telnet console, unless told not to.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

# Only http and https, only by a handler that goes through the egress guard; the add-on refuses to start with another.
DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.OneConnectionHandler",
    "https": "crawler.handler.OneConnectionHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
# Self-signed and expired certificates are common among the pages we look for. The chain is kept when one is captured.
DOWNLOAD_VERIFY_CERTIFICATES = False
# Half an answer is kept, marked as cut, and asked for again.
DOWNLOAD_FAIL_ON_DATALOSS = False

# Every status reaches the spider, because every status becomes a sighting.
HTTPERROR_ALLOW_ALL = True
# A landing page that forwards by <meta refresh> within seconds is followed like any redirect.
METAREFRESH_MAXDELAY = 5

DOWNLOADER_MIDDLEWARES = {
    # Our own frontier keeps to each source's limits.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    # Ours records each decision and asks once a run.
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.robots.RobotsGate": 100,
    "crawler.politeness.HostGate": 110,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    # Ours waits between two attempts, and as long as the host asks.
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "crawler.retry.Retry": 550,
    "crawler.politeness.Outgoing": 740,
    # Ours decodes as Scrapy's does, and spools before redirects are followed: so it stands behind them.
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "crawler.recorder.Recorder": 840,
}

SPIDER_MIDDLEWARES = {
    # Outermost: counts what leaves a page, so that its lease ends when all of it is stored.
    "crawler.acknowledge.Acknowledge": 1,
    # The frontier counts depth and length before a request is made.
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
}

ITEM_PIPELINES = {"crawler.pipelines.SightingPipeline": 100}

EXTENSIONS = {
    "crawler.politeness.CrawlDelay": 100,
    # Nothing is exported by Scrapy itself: the casebook is the record.
    "scrapy.extensions.feedexport.FeedExporter": None,
}

# The pipeline only puts things into a page's batch: a hundred tasks a page for that cost more than the page.
CONCURRENT_ITEMS = 1
# Scrapy would read and compile each parse method's source anew for every page to look for a return value.
WARN_ON_GENERATOR_RETURN_VALUE = False
# A crawl that eats the machine is closed; its frontier stays.
MEMUSAGE_LIMIT_MB = 3072
# The log on stderr is for faults; progress is told on stdout.
LOG_LEVEL = "WARNING"
STATS_DUMP = False
