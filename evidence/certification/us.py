"""United States: declarations under Federal Rules of Evidence 902(11) to 902(14) with the clause of 28 U.S.C. 1746.

The rules fix no form; a declaration must say what a live witness would have to say (Committee Notes of 2017). So the
facts are laid out for the declarant to adopt, and what only a person knows is left blank. Only 1746 fixes words.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.certification.facts import ExhibitFacts, Matter
from evidence.certification.hash_report import ALGORITHM, file_table
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
)
from evidence.certification.statute import US_ABROAD, US_WITHIN
from evidence.certification.times import utc

RULES = {"us-902-13": "902(13)", "us-902-14": "902(14)", "us-902-11": "902(11)", "us-902-12": "902(12)"}
BUSINESS = ("us-902-11", "us-902-12")
#: What the system does, step by step, as its own documentation has it.
STEPS = (
    "Search. Configured public sources are searched, at night on a schedule or when a person says so. robots.txt and "
    "rate limits are obeyed, and the system says who it is in its user agent. No account is used, no form is sent, "
    "nothing is bought.",
    "Fetch and render. An address to be preserved is opened by a browser process of its own with a fresh, empty "
    "profile. Its only way to the network is the system's own guard, which checks and records every address it "
    "connects to.",
    "Record. The exchanges the browser was given are kept as WARC 1.1 records in a WACZ file, together with the "
    "document after its scripts ran, screenshots, a print and the text. Requests that failed and parts that could not "
    "be had are listed with the reason in capture.json.",
    "Hash. The size and the SHA-256 of each file are listed in manifest.json, together with the head of the custody "
    "log.",
    "Timestamp. Authorities that have no part in the system are asked for RFC 3161 timestamps over manifest.json.",
    "Store. Files are kept read-only under the name of their own digest, and are checked against it whenever they are "
    "read. Every capture, sealing, copy and decision is an entry of a custody log in which each entry is bound to "
    "those before it.",
)


def build(matter: Matter) -> tuple[Block, ...]:
    """The declaration for ``matter.form``."""
    numbers = _numbers()
    return (
        *_caption(matter),
        *_declarant(numbers),
        *_system(matter, numbers),
        *(_copying(matter, numbers) if matter.form == "us-902-14" else ()),
        *(_business(matter, numbers) if matter.form in BUSINESS else ()),
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
        Para(words("That the process gives an accurate result is known from the following."), next(numbers)),
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
        return (
            "Errors are recorded, not hidden: the records of these captures name no failed request and no missing part."
        )
    return (
        f"Errors are recorded, not hidden: those of exhibit(s) {', '.join(bad)}, and the explanation given for them, "
        "are stated with the exhibit."
    )


def _copying(matter: Matter, numbers: Iterator[str]) -> tuple[Block, ...]:
    chosen = " ".join(f"--exhibit {one.number}" for one in matter.exhibits)
    command = f"offsignal certificate {matter.case.id} --form us-902-14 {chosen}"
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
                ("Command", mono(command)),
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


def _business(matter: Matter, numbers: Iterator[str]) -> tuple[Block, ...]:
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
