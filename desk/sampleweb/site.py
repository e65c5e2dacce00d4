"""One virtual host: a folder of real files and a ``site.toml`` that says what the plain mapping cannot.

In: a path, a query, the night. Out: an :class:`Answer`. Files and folders whose name begins with ``_`` or ``.``, and
``site.toml`` itself, are never served by their own name; a rule may name them.

``site.toml``::

    headers = [["Server", "nginx"]]        # sent with every answer of the host
    charset = "utf-8"                      # of text files; "" leaves it out of Content-Type

    [[page]]                               # the first rule that fits wins; without one, the path names the file
    path = "/old"                          # exact and decoded; "*" is every path
    query = "id=4"                         # exact; left out: any
    night = 2                              # left out: both
    status = 301
    location = "http://other.example/"     # the redirect's target
    file = "_gone.html"                    # a file of this folder
    type, charset, headers                 # override the host's
    gzip, chunked, slow, endless = true    # how the body travels; endless ones answer only when asked for
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".txt": "text/plain",
    ".xml": "application/xml",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".apk": "application/vnd.android.package-archive",
}
NOT_FOUND = (
    b"<!doctype html><html><head><title>404 Not Found</title></head>"
    b"<body><h1>Not Found</h1><p>The requested URL was not found on this server.</p></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a handler may look at: decoded path, raw query, lower-case header names, and which night it is."""

    path: str
    query: str = ""
    night: int = 1
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer before it is put on the wire. ``body`` is what a client reads after decoding."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    gzip: bool = False
    chunked: bool = False
    slow: bool = False
    endless: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One ``[[page]]`` of a ``site.toml``."""

    path: str
    query: str | None = None
    night: int = 0
    status: int = 200
    location: str = ""
    file: str = ""
    type: str = ""
    charset: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    gzip: bool = False
    chunked: bool = False
    slow: bool = False
    endless: bool = False

    def fits(self, request: Request) -> bool:
        """True when path, query and night are all this rule's."""
        return (
            self.path in ("*", request.path)
            and self.query in (None, request.query)
            and self.night in (0, request.night)
        )


class Site:
    """A host's folder. The folder's name is the host name."""

    def __init__(self, folder: Path) -> None:
        """Reads ``site.toml`` once; files are read when asked for. Raises ValueError for a malformed rule."""
        self.folder = folder.resolve()
        self.host = folder.name
        settings = folder / "site.toml"
        table: dict[str, Any] = tomllib.loads(settings.read_text("utf-8")) if settings.exists() else {}
        self.headers = _pairs(table.get("headers", []))
        self.charset = str(table.get("charset", "utf-8"))
        self.rules = tuple(_rule(row, settings) for row in table.get("page", []))

    def answer(self, request: Request) -> Answer:
        """What the host says to one request; 404 with its own error page when nothing fits."""
        for rule in self.rules:
            if rule.fits(request):
                return self._by_rule(rule, request)
        file = self.file_of(request.path)
        if file is not None:
            return Answer(200, file.read_bytes(), (self._type(file, Rule("")), *self.headers))
        return self.not_found()

    def not_found(self) -> Answer:
        """The host's ``_404.html``, or the plain page of a plain server."""
        own = self.folder / "_404.html"
        body = own.read_bytes() if own.is_file() else NOT_FOUND
        return Answer(404, body, (("Content-Type", "text/html; charset=utf-8"), *self.headers))

    def file_of(self, path: str) -> Path | None:
        """The file a decoded path names, or None; nothing outside the folder and nothing hidden is ever named."""
        parts = [part for part in path.split("/") if part]
        if any(part[0] in "._" or "\\" in part or "\0" in part for part in parts) or parts == ["site.toml"]:
            return None
        base = self.folder.joinpath(*parts)
        names = (base / "index.html",) if path.endswith("/") else (base, base.with_name(base.name + ".html"))
        for name in names:
            if name.is_file() and name.resolve().is_relative_to(self.folder):
                return name
        return None

    def _by_rule(self, rule: Rule, request: Request) -> Answer:
        """The answer a rule describes; a rule without a file keeps the file its path names."""
        file = self.folder / rule.file if rule.file else self.file_of(request.path)
        body = file.read_bytes() if file is not None and not rule.location else b""
        headers = [*rule.headers, *self.headers]
        if rule.location:
            headers.insert(0, ("Location", rule.location))
        if body or not rule.location:
            headers.insert(0, self._type(file or self.folder / "empty.html", rule))
        return Answer(
            rule.status,
            body,
            tuple(headers),
            gzip=rule.gzip,
            chunked=rule.chunked,
            slow=rule.slow,
            endless=rule.endless,
        )

    def _type(self, file: Path, rule: Rule) -> tuple[str, str]:
        """The Content-Type header of a file under a rule."""
        kind = rule.type or TYPES.get(file.suffix, "application/octet-stream")
        charset = self.charset if rule.charset is None else rule.charset
        textual = kind.startswith("text/") or kind in ("application/json", "application/xml")
        return ("Content-Type", f"{kind}; charset={charset}" if charset and textual else kind)


def load_sites(root: Path) -> dict[str, Site]:
    """Every host below ``root``, by name."""
    return {folder.name: Site(folder) for folder in sorted(root.iterdir()) if folder.is_dir()}


def _rule(row: dict[str, Any], where: Path) -> Rule:
    try:
        return Rule(**{**row, "headers": _pairs(row.get("headers", []))})
    except TypeError as error:
        raise ValueError(f"{where}: a [[page]] has a key that does not exist: {error}") from error


def _pairs(rows: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in rows)
