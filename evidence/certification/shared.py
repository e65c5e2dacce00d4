"""Blocks that several certificates share: what was captured, with what, and how it is known. Facts in, blocks out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from evidence.certification import record as read
from evidence.certification.facts import ExhibitFacts, Matter, TokenFacts, Touch
from evidence.certification.hash_report import FILE, as_table, rows_of
from evidence.certification.model import (
    Block,
    Facts,
    Heading,
    Para,
    Runs,
    Sheet,
    Style,
    Table,
    Text,
    fact,
    mono,
    visible,
    words,
)
from evidence.certification.times import ist, local, utc, zone_of

Moment = Callable[[datetime], str]
LOOPBACK = ("127.", "::1")


def started_ended(record: Any, fallback: datetime) -> tuple[datetime, datetime]:
    """When the visit began and ended; the time of capture where the record does not say."""
    moments = []
    for name in ("started_at", "ended_at"):
        try:
            moments.append(datetime.fromisoformat(read.known(record, "collection", name)).astimezone(UTC))
        except ValueError:
            moments.append(fallback)
    return moments[0], moments[1]


def machine_time(record: Any, moment: datetime) -> str:
    """The moment on the capturing machine's own clock face."""
    zone = zone_of(read.known(record, "collection", "timezone_of_host"))
    return local(moment, zone) if zone else "the machine's time zone is not recorded"


def program_of(record: Any) -> str:
    """Name, version and commit of the program that captured; says so when its files differed from that commit."""
    tool = read.at(record, "collection", "tool")
    tool = tool if isinstance(tool, dict) else {}
    commit = read.known(tool, "commit") or read.told(tool, "commit")
    changed = "; the program's files had been changed since that commit" if tool.get("changed_since_commit") else ""
    return f"{read.told(tool, 'name')} {read.told(tool, 'version')}, commit {commit}{changed}"


def browser_of(record: Any) -> str:
    """Name and version of the browser engine."""
    product, version = (read.told(record, "collection", "browser", name) for name in ("product", "version"))
    return f"{product} {version}"


def machine_of(record: Any) -> str:
    """Name and identity of the capturing machine."""
    name, identity = read.told(record, "collection", "host_name"), read.told(record, "collection", "host_id")
    return f"{name}; machine ID {identity}"


def exhibit_rows(one: ExhibitFacts, *extra: Moment) -> tuple[tuple[str, Runs], ...]:
    """Everything a certificate says of one exhibit but its files. ``extra`` are further forms of the times."""
    record = one.record
    start, end = started_ended(record, one.captured_at)
    forms: tuple[Moment, ...] = (utc, lambda moment: machine_time(record, moment), ist, *extra)
    rows: list[tuple[str, Runs]] = [
        ("Exhibit ID", mono(one.exhibit_id)),
        ("Manifest SHA-256", mono(one.manifest_sha256)),
        ("URL requested", mono(read.known(record, "target", "url_requested") or one.url)),
        ("Final URL", mono(read.told(record, "url_final"))),
        ("Redirects", fact(_redirects(record))),
        ("Page title", fact(read.told(record, "title"))),
        ("Capture start", _lines(form(start) for form in forms)),
        ("Capture end", _lines(form(end) for form in forms)),
        ("HTTP status", fact(read.told(record, "status"))),
        ("Server IP address", fact(_server(record))),
        ("TLS certificate SHA-256", mono(_tls(record))),
        ("Collector egress IP", fact(read.told(record, "network", "collector_egress_ip"))),
        ("Machine", fact(machine_of(record))),
        ("Operating system", fact(read.told(record, "collection", "os"))),
        ("Program", fact(program_of(record))),
        ("Browser engine", fact(browser_of(record))),
        ("Operator, as configured", fact(read.told(record, "collection", "operator_name"))),
        ("Independent timestamps", _stamps(one)),
        ("Errors and missing parts", _errors(one)),
        ("Events of the day", fact(_events(one))),
        ("Limits stated in the record", _lines(_limits(record))),
        ("Conversions", fact(conversions(one))),
    ]
    return tuple(rows)


def conversions(one: ExhibitFacts) -> str:
    """Which files were derived from which, and that nothing was converted for the certificate."""
    derived = [f"{file.path} was derived from {file.derived_from}" for file in one.files if file.derived_from]
    made = f"At capture {'; '.join(derived)}. " if derived else ""
    return f"{made}No file was converted for this certificate."


def token_line(token: TokenFacts) -> Text:
    """One token in a line; a practice one in the colour of a warning."""
    if token.practice:
        return Text(f"{utc(token.gen_time)}, {token.authority}: a PRACTICE authority, proves nothing", Style.WARNING)
    difference = token.clock_difference_ms
    clock = "" if difference is None else f"; its clock minus this machine's: {difference} ms"
    return Text(f"{utc(token.gen_time)}, {token.authority}, serial {token.serial}{clock}", Style.FACT)


def annex_hash_report(matter: Matter, letter: str, heading: str = "") -> tuple[Block, ...]:
    """The hash report on sheets that lie across."""
    rows = rows_of(matter.exhibits)
    return (
        Sheet(landscape=True),
        Heading(heading or f"Annex {letter}: Hash report"),
        Para(
            words(
                f"{len(rows)} files of {len(matter.exhibits)} exhibit(s). “Hash at capture” is the value sealed in the "
                "exhibit's manifest.json (for the files of a timestamp: the value when it was received); “hash at "
                f"export” was computed anew on {utc(matter.made_at)} for {matter.made_by} from the bytes "
                + ("of the copy made with this certificate. " if matter.copied else "in the vault. ")
                + f"The same rows are in {FILE}, whose own SHA-256 is "
            )
            + mono(matter.hash_report)
            + words("."),
            small=True,
        ),
        as_table(rows, matter.made_by),
    )


def annex_custody(matter: Matter, letter: str) -> tuple[Block, ...]:
    """The custody entries about these exhibits and their case."""
    return (
        Sheet(),
        Heading(f"Annex {letter}: Custody entries"),
        Para(
            words(
                f"Entries about {matter.case.id} and these exhibits, out of a log of which every entry is bound to "
                f"those before it. The whole log was verified when this was made; its head then: {head_words(matter)}. "
                "Entries about other matters are left out; a bundle of the case carries the proofs."
            ),
            small=True,
        ),
        touch_table(matter.touches),
    )


def touch_table(touches: tuple[Touch, ...]) -> Table:
    """Custody entries: number, time, person or program, deed, subject, purpose."""
    rows = tuple(
        (
            words(str(t.number)),
            words(utc(t.at).removesuffix(" UTC")),
            words(t.actor),
            words(t.action.replace("_", " ")),
            mono(t.subject),
            words(t.purpose),
        )
        for t in touches
    )
    columns = ("Entry", "Time (UTC)", "By", "What", "About", "Purpose")
    return Table(columns, rows, (12, 30, 38, 28, 36, 28), tiny=True)


def head_words(matter: Matter) -> str:
    """The verified head of the custody log in words."""
    return ", ".join(f"{name} {value}" for name, value in matter.head.items())


def _redirects(record: Any) -> str:
    chain = [read.told(hop, "url") for hop in read.rows(record, "target", "redirect_chain") if isinstance(hop, dict)]
    return " → ".join(chain) if len(chain) > 1 else "none"


def _server(record: Any) -> str:
    address = read.told(record, "server_ip")
    local_page = " (this very machine: a practice page)" if address.startswith(LOOPBACK) else ""
    return f"{address}, port {read.told(record, 'network', 'port')}{local_page}"


def _tls(record: Any) -> str:
    digest = read.known(record, "network", "tls", "sha256")
    return digest or read.reason(record, "network", "tls") or read.told(record, "network", "tls", "sha256")


def _stamps(one: ExhibitFacts) -> Runs:
    if not one.tokens:
        sentence = (
            "NONE: no independent authority has stamped the manifest; the time rests on this machine's clock alone"
        )
        return (Text(sentence, Style.WARNING),)
    return _joined(token_line(token) for token in one.tokens)


def _errors(one: ExhibitFacts) -> Runs:
    if not one.problems:
        return fact("the record of this capture names no failed request, no error and no missing part")
    told = [Text(problem, Style.FACT) for problem in one.problems]
    return _joined([*told, Text(f"Explained: “{one.explanation}”", Style.FACT)])


def _events(one: ExhibitFacts) -> str:
    found = [*(f"earlier attempt {a}" for a in one.attempts), *(f"no timestamp {s}" for s in one.failed_stamps)]
    requests = read.at(one.record, "collection", "requests")
    refused = requests.get("refused_by_guard") if isinstance(requests, dict) else None
    if refused:
        found.append(f"{refused} request(s) of the page were not let through, by rule (egress guard)")
    return "; ".join(found) or "no failed attempt and no failed timestamp is recorded"


def _limits(record: Any) -> Iterator[str]:
    yield from (visible(str(one)) for one in read.rows(record, "limits")) if read.rows(record, "limits") else ("none",)


def _lines(texts: Any) -> Runs:
    return _joined(Text(text, Style.FACT) for text in texts)


def _joined(texts: Any) -> Runs:
    """Several runs, each on a line of its own."""
    found: list[Text] = []
    for text in texts:
        if found:
            found.append(Text("\n"))
        found.append(text)
    return tuple(found)


def exhibit_facts(one: ExhibitFacts, *extra: Moment) -> Facts:
    """The table of one exhibit."""
    return Facts(exhibit_rows(one, *extra))
