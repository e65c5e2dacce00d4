"""India, older cases: a certificate under section 65B(4) of the Evidence Act, 1872.

For proceedings pending on 1 July 2024. Section 65B fixes conditions and no form, so the words are ours; what only the
signer can state is for ticking and initials.
"""

from __future__ import annotations

from evidence.certification import record as read
from evidence.certification.facts import Matter
from evidence.certification.india import given, manner, particulars, records
from evidence.certification.model import (
    Blank,
    Block,
    Facts,
    Heading,
    Lines,
    Para,
    Sheet,
    Signature,
    Style,
    Text,
    Tick,
    fact,
    words,
)
from evidence.certification.shared import annex_custody, annex_hash_report, browser_of, machine_of, program_of


def build(matter: Matter) -> tuple[Block, ...]:
    """A certificate under section 65B(4) of the Evidence Act, 1872, for proceedings pending on 1 July 2024."""
    record = matter.exhibits[0].record
    model, serial, cloud = particulars(record)
    conditions = (
        (
            "(2)(a)",
            "the computer output was produced during a period over which the computer was used regularly to store or "
            "process information for activities regularly carried on over that period, by a person with lawful control "
            "over its use",
        ),
        (
            "(2)(b)",
            "over that period, information of the kind contained in the record, or from which it is derived, was "
            "regularly fed into the computer in the ordinary course of those activities",
        ),
        (
            "(2)(c)",
            "throughout the material part of that period the computer was operating properly, or, where it was not, "
            "that did not affect the record or the accuracy of its contents",
        ),
        (
            "(2)(d)",
            "the information in the record reproduces, or is derived from, information fed into the computer in the "
            "ordinary course of those activities",
        ),
    )
    return (
        Heading("CERTIFICATE", 1, centred=True),
        Para(words("under section 65B(4) of the Indian Evidence Act, 1872", Style.BOLD), centred=True),
        Para((Text("In the Court of "), Blank("court", 40))),
        Para(
            (
                Text("Proceeding: "),
                Blank("proceeding and number", 30),
                Text("  instituted on "),
                Blank("date of institution", 14),
            )
        ),
        Para(
            (
                Text("I, "),
                Blank("certifier's name", 30),
                Text(", son/daughter/spouse of "),
                Blank("certifier's parent or spouse", 26),
                Text(", residing/employed at "),
                Blank("certifier's residence or employment", 36),
                Text(", occupying the position of "),
                Blank("certifier's official position", 28),
                Text(
                    ", which is a responsible official position in relation to the operation of the relevant device or "
                    "the management of the relevant activities (strike out what does not apply), certify to the best "
                    "of my knowledge and belief:"
                ),
            )
        ),
        Para(
            words(
                f"Identification, section 65B(4)(a). The electronic records are exhibit(s) "
                f"{', '.join(str(one.number) for one in matter.exhibits)} of {matter.case.id}, described in Annex 2, "
                "whose files and SHA-256 values are in the hash report (Annex 1). They were produced as follows:"
            ),
            "1.",
        ),
        *manner(),
        Para(words("Particulars of the device, section 65B(4)(b):"), "2."),
        Facts(
            (
                ("Make and model", given("make and model", model, 26)),
                ("Serial number", given("serial number", serial, 26)),
                ("MAC or Cloud ID", given("MAC or Cloud ID", cloud, 26)),
                ("Machine", fact(machine_of(record))),
                ("Operating system", fact(read.told(record, "collection", "os"))),
                ("Program", fact(program_of(record))),
                ("Browser engine", fact(browser_of(record))),
            )
        ),
        Para(words("Conditions of section 65B(2). Tick and initial what you can truthfully state:"), "3."),
        *(
            Para((Tick(f"condition {mark}"), Text(f" {sentence} "), Blank(f"initials, condition {mark}", 6)), mark[3:])
            for mark, sentence in conditions
        ),
        Para(
            words("Any time at which the device was not working properly, and why it did not affect the records:"), "4."
        ),
        Lines("times at which the device did not work properly", 2),
        Signature("certifier's signature", "(Name, official position and signature)"),
        Para(
            (
                Text("Date: "),
                Blank("date", 14),
                Text("   Time (IST): "),
                Blank("time", 10),
                Text("   Place: "),
                Blank("place", 20),
            )
        ),
        *annex_hash_report(matter, "1"),
        Sheet(),
        Heading("Annex 2: The records"),
        *records(matter),
        *annex_custody(matter, "3"),
    )
