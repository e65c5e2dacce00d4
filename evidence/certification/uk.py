"""England and Wales: an exhibit list to go with a witness statement, with draft paragraphs that identify each exhibit.

Marks are the witness's initials and a number that runs on through all statements (Practice Direction 32, paragraphs
17 and 18). The statement of truth is that of Practice Direction 22; it is printed for the witness and signed by nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from evidence.certification import record as read
from evidence.certification.facts import ExhibitFacts, Matter
from evidence.certification.hash_report import file_table
from evidence.certification.model import (
    Blank,
    Block,
    Facts,
    Heading,
    Inline,
    Lines,
    Para,
    Signature,
    Style,
    Table,
    Text,
    fact,
    mono,
    words,
)
from evidence.certification.shared import (
    annex_custody,
    annex_hash_report,
    browser_of,
    exhibit_facts,
    machine_of,
    program_of,
    started_ended,
)
from evidence.certification.statute import UK_TRUTH
from evidence.certification.times import LONDON, local, utc


def london(moment: datetime) -> str:
    """The moment on the clocks of London."""
    return local(moment, LONDON)


def build(matter: Matter) -> tuple[Block, ...]:
    """Title page matter, the list, draft paragraphs, the statement of truth, and the annexes."""
    return (
        *_title(matter),
        Heading("List of exhibits"),
        _list(matter),
        *_draft(matter),
        Heading("Statement of truth"),
        Para(words(UK_TRUTH)),
        Signature("witness's signature", "(Signed)"),
        Para(
            (Text("Full name: "), Blank("witness's full name", 30), Text("   Date signed: "), Blank("date signed", 16))
        ),
        Heading("Particulars of the exhibits"),
        *_particulars(matter),
        *annex_hash_report(matter, "A"),
        *annex_custody(matter, "B"),
    )


def mark(matter: Matter, place: int) -> tuple[Inline, ...]:
    """The mark of the exhibit at ``place`` from 0: initials (blank where nobody gave them) and number."""
    number = Text(str(matter.first_number + place), Style.BOLD)
    if matter.initials:
        return (Text(f"{matter.initials}{number.text}", Style.BOLD),)
    return (Blank("witness's initials", 5), number)


def _title(matter: Matter) -> tuple[Block, ...]:
    last = matter.first_number + len(matter.exhibits) - 1
    marks = f"{matter.initials or '(initials)'}{matter.first_number}" + (
        f" to {last}" if len(matter.exhibits) > 1 else ""
    )
    return (
        Facts(
            (
                ("On behalf of", (Blank("party", 24),)),
                ("Witness", (Blank("witness's initials and surname", 24),)),
                ("Statement no.", (Blank("number of the statement", 8),)),
                ("Exhibits", fact(marks)),
                ("Date of statement", (Blank("date of the statement", 16),)),
                ("Claim no.", (Blank("claim number", 24),)),
                ("Court", (Blank("court, division and list", 40),)),
                (
                    "Between",
                    (Blank("claimant", 30), Text(" Claimant and "), Blank("defendant", 30), Text(" Defendant")),
                ),
            )
        ),
        Heading("EXHIBITS TO THE WITNESS STATEMENT", 1, centred=True),
        Para((Text("of "), Blank("witness's full name", 34)), centred=True),
    )


def _list(matter: Matter) -> Table:
    rows = tuple(
        (
            mark(matter, place),
            fact(_description(one)),
            mono(read.known(one.record, "target", "url_requested") or one.url),
            fact(f"{utc(one.captured_at)}") + words("\n") + fact(london(one.captured_at)),
            mono(one.manifest_sha256),
            (Blank("pages of the exhibit", 5),),
        )
        for place, one in enumerate(matter.exhibits)
    )
    return Table(
        ("Mark", "Description", "Address", "Captured", "SHA-256 of manifest.json", "Pages"),
        rows,
        (16, 34, 40, 34, 36, 12),
        tiny=True,
    )


def _description(one: ExhibitFacts) -> str:
    title = read.known(one.record, "title")
    return f"Capture of a web page{f', titled “{title}”' if title else ''} ({len(one.files)} files)"


def _draft(matter: Matter) -> Iterator[Block]:
    record = matter.exhibits[0].record
    yield Heading("Draft paragraphs")
    yield Para(
        words(
            "For the witness to check, put into the witness's own words, or strike out. Facts come from the record of "
            "each capture."
        ),
        small=True,
    )
    yield Para(
        (
            Text("I am "),
            Blank("witness's occupation and employer", 36),
            Text(". I make this statement from "),
            Blank("own knowledge, or information and belief and its source", 44),
            Text("."),
        ),
        "1.",
    )
    yield Para(
        (
            Text("This statement was prepared "),
            Blank("how it was prepared (for example by telephone, with whom)", 44),
            Text("."),
        ),
        "2.",
    )
    yield Para(
        words("The captures were made by the computer program ")
        + fact(program_of(record))
        + words(" with the browser ")
        + fact(browser_of(record))
        + words(" on the machine ")
        + fact(machine_of(record))
        + words(". My part in that was:"),
        "3.",
    )
    yield Lines("the witness's part in the captures", 2)
    for place, one in enumerate(matter.exhibits):
        start, _ = started_ended(one.record, one.captured_at)
        yield Para(
            (
                Text("I refer to the capture of the web page at "),
                Text(read.known(one.record, "target", "url_requested") or one.url, Style.MONO),
                Text(f", made on {utc(start)} ({london(start)}), marked “"),
                *mark(matter, place),
                Text(f"”. Its list of files has the SHA-256 {one.manifest_sha256}."),
            ),
            f"{place + 4}.",
        )


def _particulars(matter: Matter) -> Iterator[Block]:
    for one in matter.exhibits:
        yield Heading(f"Exhibit {one.number} of {matter.case.id}", 3)
        yield exhibit_facts(one, london)
        yield file_table(one)
