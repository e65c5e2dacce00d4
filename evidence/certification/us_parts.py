"""United States: what Rules 902(11), (12) and (14) ask for beyond what Rule 902(13) does. Facts in, blocks out."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.certification.facts import Matter
from evidence.certification.hash_report import ALGORITHM
from evidence.certification.model import Blank, Block, Facts, Heading, Lines, Para, Text, Tick, fact, words
from evidence.certification.times import utc


def copying(matter: Matter, numbers: Iterator[str]) -> tuple[Block, ...]:
    """Rule 902(14): what was copied from where, with what, and how the hashes compare."""
    chosen = ", ".join(str(one.number) for one in matter.exhibits)
    command = f"offsignal certificate, for {matter.case.id}, form us-902-14, exhibit(s) {chosen}"
    return (
        Heading("Process of digital identification"),
        Para(
            words(
                "The data offered are copies. Each was copied from the electronic storage named below and identified "
                "by comparing hash values, a process of digital identification:"
            ),
            next(numbers),
        ),
        Facts(
            (
                (
                    "Source items",
                    fact(
                        "objects of the content-addressed store (“vault”) of the system, each named by its own SHA-256"
                    ),
                ),
                ("Storage", (Blank("where and on what the vault is stored", 40),)),
                ("Copy items", fact("the files below exhibits/ that accompany this declaration; Annex A names each")),
                ("Tool and version", fact(matter.program)),
                ("Command, in substance", fact(command)),
                ("Algorithm", fact(ALGORITHM)),
                (
                    "Hash recorded at capture",
                    fact("Annex A, column “Hash at capture”; also the object ID of the source item"),
                ),
                (
                    "Hash recomputed at export",
                    fact("Annex A, column “Hash at export”, from the bytes of the copy read back"),
                ),
                ("Match", fact("yes, for every file; a file that does not match refuses the certificate")),
                ("Date and time of copying", fact(utc(matter.made_at))),
                ("Person who copied", fact(matter.made_by)),
            )
        ),
    )


def business(matter: Matter, numbers: Iterator[str]) -> tuple[Block, ...]:
    """Rules 902(11) and (12): the foundation of Rule 803(6)(A) to (C), each condition for a person to adopt."""
    regular = matter.regularity
    foreign = (
        "records of a regularly conducted activity kept outside of the United States"
        if matter.form == "us-902-12"
        else ("records of a regularly conducted activity")
    )
    conditions = (
        (
            "803(6)(A)",
            "The records were made at or near the time by, or from information transmitted by, someone with knowledge.",
        ),
        (
            "803(6)(B)",
            "The records were kept in the course of a regularly conducted activity of the business named above.",
        ),
        ("803(6)(C)", "Making the records was a regular practice of that activity."),
    )
    return (
        Heading("Regularly conducted activity"),
        Para(
            words(
                f"The exhibits are offered as {foreign}. The system's own record shows how regularly such captures "
                f"were made: from {utc(regular.first)} to {utc(regular.last)} it sealed {regular.captures} captures on "
                f"{regular.days} day(s). Each file was written during the visit it records and sealed at its end "
                "(start and end are stated with each exhibit, the sealing in Annex B)."
            ),
            next(numbers),
        ),
        Para(words("I am the custodian of the records, or another qualified person, namely:"), next(numbers)),
        Lines("custodian or other qualified person", 1),
        Para(words("Tick and initial what you can truthfully state:"), next(numbers)),
        *(
            Para(
                (Tick(f"Rule {rule}"), Text(f" (Rule {rule}) {sentence} "), Blank(f"initials, Rule {rule}", 6)),
                f"({rule[-2]})",
            )
            for rule, sentence in conditions
        ),
        Para(words("The activity, its schedule, and why the records are made:"), next(numbers)),
        Lines("the activity, its schedule and its reason", 3),
    )
