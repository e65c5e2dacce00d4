"""The last sheet of every document: what the program checked, what a person must fill in, and what nobody has verified.

It is no part of the certificate and is taken off before filing.
"""

from __future__ import annotations

from collections.abc import Callable

from evidence.certification import record as read
from evidence.certification.facts import ExhibitFacts, Matter
from evidence.certification.model import Block, Box, Document, Facts, Heading, Para, Sheet, fact, mono, to_fill, words
from evidence.certification.shared import LOOPBACK, head_words
from evidence.certification.times import ist, utc


def warnings(matter: Matter) -> tuple[str, ...]:
    """What whoever signs or files must know, made from the facts; one sentence a kind, with the exhibits' numbers."""
    kinds: tuple[tuple[str, Callable[[ExhibitFacts], bool]], ...] = (
        (
            "UNSEALED: no authority has stamped it; its time rests on this machine's clock alone",
            lambda one: not one.tokens,
        ),
        (
            "PRACTICE timestamps only: they prove nothing, and its time rests on this machine's clock",
            lambda one: one.practice_only,
        ),
        (f"captured with errors; {matter.made_by} explained them as printed", lambda one: bool(one.problems)),
        (
            "captured by a program whose files differed from the commit it names",
            lambda one: bool(read.at(one.record, "collection", "tool", "changed_since_commit")),
        ),
        (
            "a practice page of this very machine; it is no evidence of anything",
            lambda one: read.known(one.record, "server_ip").startswith(LOOPBACK),
        ),
    )
    found = []
    for sentence, applies in kinds:
        if numbers := [str(one.number) for one in matter.exhibits if applies(one)]:
            found.append(f"Exhibit {', '.join(numbers)}: {sentence}.")
    return tuple(found)


def note(matter: Matter, body: Document, law: tuple[str, ...], unverified: tuple[str, ...]) -> tuple[Block, ...]:
    """The sheet, for the document ``body`` without it. ``law`` are points for counsel, ``unverified`` open ends."""
    files = sum(len(one.files) + len(one.proof_files) for one in matter.exhibits)
    tokens = sum(len(one.tokens) for one in matter.exhibits)
    told = warnings(matter)
    return (
        Sheet(),
        Heading("Generation note"),
        Box(
            (
                words(
                    "Not part of the certificate. Take this sheet off before the document is signed, served or filed."
                ),
                words("Shaded words were filled in by the program; ruled lines and boxes are for a person."),
            )
        ),
        *((Box(tuple(words(one) for one in told), warning=True),) if told else ()),
        Facts(
            (
                ("Generation", mono(matter.generation)),
                ("Form", mono(matter.form)),
                ("Case", fact(f"{matter.case.id}, {matter.case.name}")),
                ("Made by", fact(matter.made_by)),
                ("Purpose", fact(matter.purpose)),
                ("Made at", fact(f"{utc(matter.made_at)}; {ist(matter.made_at)}")),
                ("Program", fact(matter.program)),
                ("Custody log", fact(f"verified; head before this generation: {head_words(matter)}")),
            )
        ),
        Heading("Checked by the program", 3),
        *_bullets(
            (
                "Each exhibit is accepted by the standing decision of a named person: "
                + "; ".join(
                    f"exhibit {one.number} by {one.accepted_by} on {utc(one.accepted_at)}" for one in matter.exhibits
                )
                + ".",
                f"All {files} files were read and hashed again and equal what was sealed; each manifest is the one the "
                "custody log saw sealed.",
                "The custody log and the decisions recompute.",
                f"{tokens} timestamp(s) were verified again, without revocation.",
                "The capture records name no unexplained error or missing part.",
                "This generation is an entry of the custody log, with the digests of the files it made.",
            )
        ),
        Heading("To be filled in or ticked by a person", 3),
        Para(words("; ".join(to_fill(body)) + "."), small=True),
        Heading("For counsel", 3),
        *_bullets(law),
        Heading("Not verified", 3),
        *_bullets(unverified),
    )


def _bullets(sentences: tuple[str, ...]) -> tuple[Block, ...]:
    return tuple(Para(words(sentence), "•", small=True) for sentence in sentences)
