"""The method in plain words: the exhibits' own records and the casebook in, sentences out, each from a fact.

The steps describe what the program is made to do, the same for every exhibit; with which versions, on which machine, by
which clock and what went wrong that day is read from the records.

The measured error rate of the classifier goes in only when counsel asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from classifiers.error_rate import ErrorRate, at_most

STEPS = (
    (
        "Looking",
        "A program opens public addresses from lists that people keep: websites, listings, ad libraries, public "
        "channel pages. It says who it is, obeys robots.txt and pauses between requests. It uses no account, sends no "
        "form, and works around no barrier. What is refused, absent or unreachable is written down as that.",
    ),
    (
        "Sorting",
        "A program sorts the pages, so that people need not read all of them, and marks passages by type. What it "
        "thinks of a page is no evidence and is kept apart from it.",
    ),
    (
        "Capturing",
        "A real browser, started fresh for each exhibit, opens the address through a guard that notes the server's "
        "address. It keeps every answer that the browser received, two screenshots, the document, and a print.",
    ),
    (
        "Quoting",
        "Rules find statements on the captured page. Each is kept word for word with the place where it stands in the "
        "page's text; a quote that does not stand there is refused by the program.",
    ),
    (
        "Sealing",
        "The SHA-256 digest of every file goes into a manifest. The files are stored under their digests and never "
        "written again.",
    ),
    (
        "Stamping",
        "The digest of the manifest is sent to timestamp authorities (RFC 3161), which sign it together with their "
        "own time. They see the digest and nothing else.",
    ),
    (
        "Logging",
        "Every touch of an exhibit is added to a log that cannot be rewritten unseen: its head is in each manifest, "
        "and so under each timestamp.",
    ),
    (
        "Deciding",
        "A named person's acceptance of each exhibit is recorded. The program decides nothing, sends nothing and signs "
        "nothing.",
    ),
    (
        "Bundling",
        "Copies of the files leave the store byte for byte. The printed exhibits are made from them afterwards, as "
        "reading copies; the frames around quoted words exist in the print alone.",
    ),
)


@dataclass(frozen=True, slots=True)
class Method:
    """The statement: what each step does, what it was done with, what failed, the clock, and the error rate if asked.

    Each part is a list of (heading, sentence).
    """

    steps: tuple[tuple[str, str], ...]
    tools: tuple[tuple[str, str], ...]
    failures: tuple[tuple[str, str], ...]
    clock: tuple[tuple[str, str], ...]
    error_rate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """What the statement reads of one exhibit: its number, ``capture.json``, and the ``result.json`` of its proofs."""

    number: int
    exhibit_id: str
    run_id: str
    capture: Mapping[str, Any]
    results: tuple[Mapping[str, Any], ...]


def method(records: Sequence[Record], db: Database, rate: ErrorRate | None) -> Method:
    """The statement for the exhibits of one bundle."""
    return Method(
        steps=STEPS,
        tools=tuple(_tools(records)),
        failures=tuple(_failures(records, db)),
        clock=tuple(_clock(records)),
        error_rate=tuple(_error_rate(rate)) if rate else (),
    )


def of_exhibits(numbers: Iterable[int]) -> str:
    """``exhibit 3`` or ``exhibits 1 to 4, 7``."""
    ordered = sorted(set(numbers))
    parts: list[list[int]] = []
    for number in ordered:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    told = ", ".join(f"{part[0]} to {part[-1]}" if len(part) > 2 else ", ".join(map(str, part)) for part in parts)
    return f"exhibit{'s' if len(ordered) > 1 else ''} {told}"


def _tools(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """Every distinct version with the exhibits it made."""
    for label, read in (
        ("Program", _program),
        ("Browser", lambda c: f"{_told(c['browser'].get('product'))} {_told(c['browser'].get('version'))}"),
        ("Machine", lambda c: f"{_told(c.get('host_name'))}, {_told(c.get('os'))}, Python {_told(c.get('python'))}"),
        ("Run by", lambda c: _told(c.get("operator_name"))),
    ):
        found: dict[str, list[int]] = {}
        for record in records:
            found.setdefault(read(record.capture["collection"]), []).append(record.number)
        for value, numbers in found.items():
            yield label, value if len(found) == 1 else f"{value} ({of_exhibits(numbers)})"


def _program(collection: Mapping[str, Any]) -> str:
    tool = collection.get("tool", {})
    changed = ", with changes since that commit" if tool.get("changed_since_commit") else ""
    return f"{_told(tool.get('name'))} {_told(tool.get('version'))}, source commit {_told(tool.get('commit'))}{changed}"


def _failures(records: Sequence[Record], db: Database) -> Iterator[tuple[str, str]]:
    """What went wrong in the nights these exhibits come from, and with the exhibits themselves."""
    for run in dict.fromkeys(record.run_id for record in records if record.run_id):
        numbers = [record.number for record in records if record.run_id == run]
        yield f"Night of {of_exhibits(numbers)}", _night(db, run)
    for record in records:
        tried = record.capture["collection"].get("failures") or []
        if tried:
            reasons = "; ".join(dict.fromkeys(str(one["reason"]) for one in tried))
            yield f"Exhibit {record.number}", f"{_times(len(tried), 'request')} of the page came to nothing: {reasons}."
        yield from ((f"Exhibit {record.number}", told) for told in _unstamped(db, record.exhibit_id))


def _unstamped(db: Database, exhibit_id: str) -> Iterator[str]:
    """Each way an authority gave no timestamp, and whether a later request to it is on record, with its outcome."""
    rows = db.query(
        "SELECT authority, state, reason, count(*) AS times, "
        "(SELECT count(*) FROM stamps l WHERE l.exhibit_id = s.exhibit_id AND l.authority = s.authority "
        "AND l.seq > max(s.seq)) AS later, "
        "(SELECT count(*) FROM stamps l WHERE l.exhibit_id = s.exhibit_id AND l.authority = s.authority "
        "AND l.seq > max(s.seq) AND l.state = 'verified') AS got FROM stamps s "
        "WHERE exhibit_id = ? AND state <> 'verified' GROUP BY authority, state, reason ORDER BY min(seq)",
        (exhibit_id,),
    )
    for row in rows:
        told = f"{row['authority']} gave no timestamp {_times(row['times'], 'time')} ({row['state']}: {row['reason']})"
        if row["got"]:
            yield f"{told}; a later request to it is recorded, and it gave one."
        elif row["later"]:
            yield f"{told}; a later request to it is recorded, and it gave none."
        else:
            yield f"{told}; no later request to it is recorded."


def _night(db: Database, run: str) -> str:
    """One night in numbers. Reasons stay out: they may name addresses that are about other matters."""
    sources = list(db.query("SELECT source, state FROM source_runs WHERE run_id = ? ORDER BY source", (run,)))
    bad = [f"{row['source']} ({row['state']})" for row in sources if row["state"] != "finished"]
    looks = dict(db.conn.execute("SELECT state, count(*) FROM sightings WHERE run_id = ? GROUP BY state", (run,)))
    parts = [f"{_times(sum(looks.values()), 'address')} looked at"]
    parts += [f"{count} {state}" for state, count in sorted(looks.items()) if state != "seen"]
    captures = dict(
        db.conn.execute(
            "SELECT c.state, count(*) FROM captures c JOIN sightings s USING (sighting_id) WHERE s.run_id = ? "
            "AND c.seq = (SELECT max(seq) FROM captures l WHERE l.exhibit_id = c.exhibit_id) GROUP BY c.state",
            (run,),
        )
    )
    told = ", ".join(parts) + "."
    if captures:
        told += f" Captures: {', '.join(f'{count} {state}' for state, count in sorted(captures.items()))}."
    if bad:
        told += f" Sources that did not finish: {'; '.join(bad)}."
    elif sources:
        told += f" {_times(len(sources), 'source')}, all finished."
    return told


def _clock(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """How far the collecting machine's clock stood from the authorities' when they stamped."""
    zones = dict.fromkeys(_told(record.capture["collection"].get("timezone_of_host")) for record in records)
    yield "Zone", f"The collecting machine's clock is set to {'; '.join(zones)}. All records are kept in UTC."
    found: dict[str, list[int]] = {}
    for result in (result for record in records for result in record.results):
        if isinstance(result.get("clock_difference_ms"), int):
            found.setdefault(str(result["authority"]), []).append(result["clock_difference_ms"])
    for authority, values in found.items():
        least, most = f"{min(values) / 1000:+.1f}", f"{max(values) / 1000:+.1f}"
        span = f"{least} s" if least == most else f"{least} to {most} s"
        yield (
            "Against " + authority,
            f"The authority's time minus this clock: {span} over {_times(len(values), 'stamp')}.",
        )
    if not found:
        yield "Checked", "No timestamp authority's time is there to hold the clock against."
    states = dict.fromkeys(_told(record.capture["collection"].get("clock")) for record in records)
    for state in states:
        yield "As recorded", state


def _error_rate(rate: ErrorRate) -> Iterator[str]:
    yield (
        f"The sorting program was measured on {rate.documents:,} documents that were written for this purpose after "
        "real pages; each was answered by a model that had not seen it."
    )
    share, most = _percent(rate.wronged, rate.innocent), at_most(rate.wronged, rate.innocent)
    yield (
        f"Of {rate.innocent:,} documents that offer nothing of the kind, {rate.wronged} would have been captured "
        f"({share}; 95 percent confidence: at most {100 * most:.2f} percent)."
    )
    most = at_most(rate.wronged_protected, rate.protected)
    yield (
        f"Of {rate.protected:,} of them that are authorised providers, press or ordinary shops, "
        f"{rate.wronged_protected} would have been (95 percent confidence: at most {100 * most:.2f} percent)."
    )
    yield (
        f"Of {rate.offences:,} documents that are such offers, {rate.captured:,} would have been captured "
        f"({_percent(rate.captured, rate.offences)}) and {rate.missed:,} put away unread "
        f"({_percent(rate.missed, rate.offences)}); the rest is put before a person."
    )
    yield (
        "The rate says how often the program errs in choosing what to capture. It says nothing about an exhibit here: "
        "the acceptance of each by a named person is recorded."
    )
    yield (
        f"The record of the measurement carries no date. Digests: answers {rate.answers_sha256}, "
        f"documents {rate.corpus_sha256}, model {rate.weights_sha256}."
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} percent" if whole else "none measured"


def _times(count: int, word: str) -> str:
    plural = word + ("es" if word.endswith("s") else "s")
    return f"{count:,} {word if count == 1 else plural}"


def _told(value: Any) -> str:
    """A recorded value as text; what could not be had with its reason."""
    if isinstance(value, Mapping):
        if "reason" in value and value.get("value") is None:
            return f"not recorded ({value['reason']})"
        return ", ".join(f"{str(key).replace('_', ' ')} {_told(one)}" for key, one in value.items())
    return "not recorded" if value in (None, "") else str(value)
