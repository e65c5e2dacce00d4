"""United States: declarations under Federal Rules of Evidence 902(11) to 902(14) with the clause of 28 U.S.C. 1746.

The rules fix no form; a declaration must say what a live witness would have to say (Committee Notes of 2017). So the
facts are laid out for the declarant to adopt, and what only a person knows is left blank. Only 1746 fixes words.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.certification.facts import ExhibitFacts, Matter
from evidence.certification.hash_report import file_table
from evidence.certification.model import (
    Blank,
    Block,
    Facts,
    Heading,
    Lines,
    Para,
    Runs,
    Signature,
    Style,
    Text,
    Tick,
    fact,
    words,
)
from evidence.certification.process import STEPS
from evidence.certification.shared import (
    annex_custody,
    annex_hash_report,
    browser_of,
    exhibit_facts,
    machine_of,
    program_of,
)
from evidence.certification.statute import US_ABROAD, US_WITHIN
from evidence.certification.times import utc
from evidence.certification.us_parts import business, copying

RULES = {"us-902-13": "902(13)", "us-902-14": "902(14)", "us-902-11": "902(11)", "us-902-12": "902(12)"}
BUSINESS = ("us-902-11", "us-902-12")


def build(matter: Matter) -> tuple[Block, ...]:
    """The declaration for ``matter.form``."""
    numbers = _numbers()
    return (
        *_caption(matter),
        *_declarant(numbers),
        *_system(matter, numbers),
        *(copying(matter, numbers) if matter.form == "us-902-14" else ()),
        *(business(matter, numbers) if matter.form in BUSINESS else ()),
        *_exhibits(matter, numbers),
        *_knowledge(numbers),
        *_perjury(matter),
        *annex_hash_report(matter, "A"),
        *annex_custody(matter, "B"),
    )


def _numbers() -> Iterator[str]:
    return (f"{number}." for number in range(1, 100))


def _caption(matter: Matter) -> tuple[Block, ...]:
    rule = RULES[matter.form]
    return (
        Para(
            (Text("IN THE UNITED STATES DISTRICT COURT FOR THE ", Style.BOLD), Blank("court and district", 30)),
            centred=True,
        ),
        Facts(
            (
                ("Plaintiff", (Blank("plaintiff", 40),)),
                ("Defendant", (Blank("defendant", 40),)),
                ("Case No.", (Blank("case number", 24),)),
            )
        ),
        Heading("DECLARATION OF QUALIFIED PERSON", 1, centred=True),
        Para(words(f"under Federal Rule of Evidence {rule} and 28 U.S.C. § 1746", Style.BOLD), centred=True),
    )


def _declarant(numbers: Iterator[str]) -> tuple[Block, ...]:
    return (
        Heading("Declarant"),
        Para((Text("I, "), Blank("declarant's full name", 34), Text(", declare as follows.")), next(numbers)),
        Para(
            (
                Text("I am employed by "),
                Blank("declarant's employer", 28),
                Text(" as "),
                Blank("declarant's title", 24),
                Text(". My business address is "),
                Blank("declarant's business address", 44),
                Text("."),
            ),
            next(numbers),
        ),
        Para(
            words("My training and experience with the system described below and with systems of its kind:"),
            next(numbers),
        ),
        Lines("declarant's training and experience", 3),
        Para(
            (
                Text("My role with respect to the system is "),
                Blank("declarant's role", 30),
                Text(", and I have been in charge of it, or responsible for it, from "),
                Blank("in charge from", 14),
                Text(" to "),
                Blank("in charge to", 14),
                Text("."),
            ),
            next(numbers),
        ),
    )


def _system(matter: Matter, numbers: Iterator[str]) -> tuple[Block, ...]:
    first = matter.exhibits[0].record
    alike = all(
        program_of(one.record) == program_of(first) and machine_of(one.record) == machine_of(first)
        for one in matter.exhibits
    )
    differ = (
        "" if alike else " Program and machine are not the same for all exhibits; each exhibit's table names its own."
    )
    files = sum(len(one.files) + len(one.proof_files) for one in matter.exhibits)
    tokens = [token for one in matter.exhibits for token in one.tokens]
    return (
        Heading("The system and its process"),
        Para(
            words("The exhibits were made by the computer program ")
            + fact(program_of(first))
            + words(", with the browser engine ")
            + fact(browser_of(first))
            + words(", on the machine ")
            + fact(machine_of(first))
            + words(f".{differ} It works in these steps:"),
            next(numbers),
        ),
        *(Para(words(step), f"({letter})") for letter, step in zip("abcdef", STEPS, strict=True)),
        Para(words("As to whether the process gives an accurate result, I rely on the following."), next(numbers)),
        Para(
            words(
                f"When this was generated, on {utc(matter.made_at)}, the bytes of all {files} files of these exhibits "
                "were read and hashed again; every SHA-256 equals the value recorded when the file was sealed or "
                "received (Annex A)."
            ),
            "(a)",
        ),
        Para(
            words("The whole custody log was recomputed and holds; the entries about these exhibits are in Annex B."),
            "(b)",
        ),
        Para(words(_stamp_sentence(len(tokens), sum(token.practice for token in tokens))), "(c)"),
        Para(words(_error_sentence(matter.exhibits)), "(d)"),
        Para(words("Tests, validation and maintenance of the system that I know of:"), "(e)"),
        Lines("tests, validation and maintenance known to the declarant", 3),
    )


def _stamp_sentence(tokens: int, practice: int) -> str:
    if not tokens:
        return "No independent timestamp stands behind the times stated here; they are the capturing machine's own."
    kind = f" {practice} of them come from a practice authority and prove nothing." if practice else ""
    return (
        f"{tokens} RFC 3161 timestamp(s) over the manifests were verified again.{kind} How far this machine's clock "
        "was from each authority's is stated with each exhibit."
    )


def _error_sentence(exhibits: tuple[ExhibitFacts, ...]) -> str:
    bad = [str(one.number) for one in exhibits if one.problems]
    if not bad:
        return "The records of these captures name no failed request and no missing part."
    return (
        f"The records name errors of exhibit(s) {', '.join(bad)}; they, and the explanation given for them, are stated "
        "with the exhibit."
    )


def _exhibits(matter: Matter, numbers: Iterator[str]) -> Iterator[Block]:
    yield Heading("The exhibits")
    yield Para(
        words(
            "Each exhibit is one visit to one address and the files that the system wrote at it. The files listed are "
            "its output, unaltered since they were sealed: each has the size and the SHA-256 recorded then."
        ),
        next(numbers),
    )
    for one in matter.exhibits:
        yield Heading(f"Exhibit {one.number}", 3)
        yield exhibit_facts(one)
        yield file_table(one)


def _knowledge(numbers: Iterator[str]) -> tuple[Block, ...]:
    return (
        Heading("Familiarity and personal knowledge"),
        Para(
            words(
                "My familiarity with the system and its records, and what I state of my own knowledge (and what not):"
            ),
            next(numbers),
        ),
        Lines("familiarity and personal knowledge", 5),
        Para(words("Whether any error affected the captures above, to my knowledge:"), next(numbers)),
        Lines("whether an error affected the captures", 2),
    )


def _perjury(matter: Matter) -> Iterator[Block]:
    yield Heading("Declaration")
    date: Runs = (Blank("date of execution", 18), Text("."))
    if matter.form == "us-902-12":
        yield Para(words(US_ABROAD + " ") + date)
        yield Para(
            (
                Text("I sign this in "),
                Blank("country of signing", 20),
                Text(", where a false statement in it would subject me to a criminal penalty under "),
                Blank("criminal provision of the country of signing", 30),
                Text("."),
            )
        )
    else:
        yield Para(words("Tick the one that applies and strike out the other."), small=True)
        yield Para(
            (Tick("signed within the United States"), Text(" (within the United States) " + US_WITHIN + " "), *date)
        )
        yield Para(
            (
                Tick("signed outside of the United States"),
                Text(" (without the United States) " + US_ABROAD + " "),
                *date,
            )
        )
    yield Para((Text("Place: "), Blank("place of execution", 30)))
    yield Signature("declarant's signature", "(Signature)")
