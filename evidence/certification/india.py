"""India: the certificate of section 63(4) BSA 2023 in the Schedule's own form.

Part A has 19 fields and Part B 17, in the Schedule's order; each inline of a field is named with its letter and number.
Prefilled are device facts, hash values and the algorithm. Affirmations, the choice of source and of holding, and
everything about a person is blank.
"""

from __future__ import annotations

from evidence.certification import record as read
from evidence.certification.facts import Matter
from evidence.certification.hash_report import FILE, file_table, tool
from evidence.certification.model import (
    Blank,
    Block,
    Heading,
    Inline,
    Para,
    Sheet,
    Signature,
    Style,
    Text,
    Tick,
    mono,
    words,
)
from evidence.certification.process import STEPS
from evidence.certification.shared import (
    annex_custody,
    annex_hash_report,
    browser_of,
    exhibit_facts,
    machine_of,
)
from evidence.certification.statute import (
    BSA_AFFIRM,
    BSA_ALGORITHMS,
    BSA_BY_ME,
    BSA_CONTROL,
    BSA_ENCLOSED,
    BSA_HASH,
    BSA_HELD,
    BSA_HOLDINGS,
    BSA_OBTAINED,
    BSA_OTHER_INFORMATION,
    BSA_PART_A,
    BSA_PART_B,
    BSA_PRODUCED,
    BSA_SIGN_A,
    BSA_SIGN_B,
    BSA_SOURCES,
    BSA_STANDARD,
    BSA_THROUGH,
    BSA_TITLE,
)

#: Up to so many exhibits the digests of their manifests stand in the form itself.
MAX_INLINE = 3


def build(matter: Matter) -> tuple[Block, ...]:
    """The Schedule, Part A and Part B, with the hash report and particulars of the records annexed."""
    return (
        *(Heading(line, 2, centred=True) for line in BSA_TITLE),
        *_part_a(matter),
        Sheet(),
        *_part_b(matter),
        *annex_hash_report(matter, "1"),
        Sheet(),
        Heading("Annex 2: The records and how they were produced"),
        Para(
            words(
                "Particulars for section 63(4)(a) and (b). Times in UTC, on the machine's clock face, and in IST "
                "(UTC+05:30)."
            )
        ),
        *manner(),
        *records(matter),
        *annex_custody(matter, "3"),
    )


def _part_a(matter: Matter) -> tuple[Block, ...]:
    return (
        *_part_title(BSA_PART_A),
        _opening("A"),
        Para(words(BSA_PRODUCED)),
        *_device(matter, "A"),
        Para(words(BSA_CONTROL, name="A11 control and working order")),
        Para(words(BSA_HELD + " ") + _boxes("A12", BSA_HOLDINGS, before=False) + words(BSA_BY_ME)),
        *_hash(matter, "A", 13),
        Signature("A16 name and signature", BSA_SIGN_A),
        *_when("A", 17),
    )


def _part_b(matter: Matter) -> tuple[Block, ...]:
    return (
        *_part_title(BSA_PART_B),
        _opening("B"),
        Para(words(BSA_OBTAINED)),
        *_device(matter, "B"),
        *_hash(matter, "B", 11),
        Signature("B14 name, designation and signature", BSA_SIGN_B),
        *_when("B", 15),
    )


def _part_title(lines: tuple[str, str]) -> tuple[Block, ...]:
    return (Heading(lines[0], 2, centred=True), Para(words(lines[1]), centred=True))


def _opening(part: str) -> Para:
    return Para(
        (
            Text("I, "),
            Blank(f"{part}1 name", 30),
            Text(" (Name), Son/daughter/spouse of "),
            Blank(f"{part}2 son/daughter/spouse of", 26),
            Text(" residing/employed at "),
            Blank(f"{part}3 residing/employed at", 36),
            Text(" "),
            Text(BSA_AFFIRM, name=f"{part}4 affirmation"),
        )
    )


def _boxes(field: str, labels: tuple[str, ...], *, before: bool) -> tuple[Inline, ...]:
    """Tick boxes after (or before) their labels, as the Schedule prints them."""
    found: list[Inline] = []
    for label in labels:
        box = Tick(f"{field} {label}")
        found += [box, Text(f"\u00a0{label}   ")] if before else [Text(f"{label}\u00a0"), box, Text("   ")]
    return tuple(found)


def _line(*runs: Inline) -> Para:
    """One line of the form."""
    return Para(runs, tight=True)


def _device(matter: Matter, part: str) -> tuple[Block, ...]:
    record = matter.exhibits[0].record
    model, serial, cloud = particulars(record)
    return (
        _line(*_boxes(f"{part}5", BSA_SOURCES, before=False)),
        _line(Text("Other: "), Blank(f"{part}5 other source", 40)),
        _line(
            Text("Make & Model: "),
            *given(f"{part}6 make and model", model, 24),
            Text("   Color: "),
            Blank(f"{part}7 color", 14),
        ),
        _line(Text("Serial Number: "), *given(f"{part}8 serial number", serial, 24)),
        _line(
            Text("IMEI/UIN/UID/MAC/Cloud ID "),
            *given(f"{part}9 IMEI/UIN/UID/MAC/Cloud ID", cloud, 30),
            Text(" (as applicable)"),
        ),
        Para(
            (
                Text(f"{BSA_OTHER_INFORMATION} "),
                Text(_other(matter), Style.FACT, f"{part}10 other relevant information"),
                Text(" (specify)."),
            )
        ),
    )


def particulars(record: object) -> tuple[str, str, str]:
    """Make and model, serial number, cloud identity, where the capture record has them; else empty."""
    collection = record.get("collection", {}) if isinstance(record, dict) else {}
    first = [
        next((found for name in names if (found := read.known(collection, name))), "")
        for names in (
            ("make_model", "make_model_serial"),
            ("serial_number", "serial"),
            ("cloud_id", "cloud", "cloud_instance"),
        )
    ]
    return first[0], first[1], first[2]


def given(field: str, value: str, width: int) -> tuple[Inline, ...]:
    """The value, or a line to write it on where there is none."""
    return (Text(value, Style.FACT, field),) if value else (Blank(field, width),)


def _other(matter: Matter) -> str:
    record = matter.exhibits[0].record
    numbers = ", ".join(str(one.number) for one in matter.exhibits)
    system = read.told(record, "collection", "os").partition(" (Linux-")[0]
    return (
        f"machine {machine_of(record)}; {system}; captured by "
        f"{tool(matter.exhibits[0])} with {browser_of(record)}; exhibit(s) {numbers} of {matter.case.id}: visits to "
        "web addresses, see Annex 2"
    )


def _hash(matter: Matter, part: str, first: int) -> tuple[Block, ...]:
    name = f"{part}{first} hash values"
    if len(matter.exhibits) <= MAX_INLINE:
        values = "; ".join(f"exhibit {one.number}: {one.manifest_sha256}" for one in matter.exhibits)
        value = f"{values} (manifest.json); each file: enclosed hash report"
    else:
        value = f"as listed for each file in the enclosed hash report ({FILE}, whose own value is {matter.hash_report})"
    boxes = [
        _line(Tick(f"{part}{first + 1} {label}", ticked=label == "SHA256:"), Text(f" {label}"))
        for label in BSA_ALGORITHMS
    ]
    other = (Tick(f"{part}{first + 1} Other"), Text(" Other "), Blank(f"{part}{first + 1} other algorithm", 18))
    return (
        Para(words(f"{BSA_HASH} ") + mono(value, name) + words(BSA_THROUGH)),
        *boxes,
        _line(*other, Text(f" {BSA_STANDARD}")),
        Para(words(BSA_ENCLOSED, name=f"{part}{first + 2} hash report enclosed")),
    )


def _when(part: str, first: int) -> tuple[Block, ...]:
    return (
        _line(Text("Date (DD/MM/YYYY): "), Blank(f"{part}{first} date", 14)),
        _line(Text("Time (IST): "), Blank(f"{part}{first + 1} time", 10), Text("hours (In 24 hours format)")),
        _line(Text("Place: "), Blank(f"{part}{first + 2} place", 24)),
    )


def manner() -> tuple[Block, ...]:
    """How the records were produced, step by step."""
    return tuple(Para(words(step), f"({letter})") for letter, step in zip("abcdef", STEPS, strict=True))


def records(matter: Matter) -> tuple[Block, ...]:
    """Each exhibit with its particulars and files."""
    found: list[Block] = []
    for one in matter.exhibits:
        found += [Heading(f"Exhibit {one.number}", 3), exhibit_facts(one), file_table(one)]
    return tuple(found)
