"""For the expert who is asked to sign Part B: what to take, what to run, what to see. Matter in, a document out.

It is no part of the certificate. Every command works without this program.
"""

from __future__ import annotations

from evidence.certification.facts import Matter
from evidence.certification.hash_report import FILE
from evidence.certification.model import Block, Facts, Heading, Para, fact, mono, words
from evidence.certification.shared import browser_of, program_of
from evidence.certification.times import ist, utc

DOCUMENTS = (
    ("docs/evidence.md", "what each file of an exhibit is, how it was made, what it proves and does not prove"),
    ("docs/verify.md", "the formats and the steps of the verification"),
    ("VERIFY.md in the bundle", "every step by hand, with standard tools"),
)


def build(matter: Matter) -> tuple[Block, ...]:
    """The sheet for the expert."""
    bundles = [t for t in matter.touches if t.action == "bundle_built"]
    last = (
        f"the last one was built on {utc(bundles[-1].at)} by {bundles[-1].actor}"
        if bundles
        else "none has been built yet"
    )
    first = matter.exhibits[0]
    return (
        Heading("Support for the expert who fills in Part B", 1),
        Para(
            words(
                "Part B is the expert's own statement. The hash values in it are prefilled from the hash report; "
                "compute them yourself before you adopt them. This sheet says from what and how. It is no part of the "
                "certificate."
            )
        ),
        Facts(
            (
                ("Generation", mono(matter.generation)),
                ("Made at", fact(f"{utc(matter.made_at)}; {ist(matter.made_at)}")),
                ("Hash report", fact(f"{FILE}, SHA-256 ") + mono(matter.hash_report)),
                (
                    "What to ask for",
                    fact(
                        f"a bundle of {matter.case.id} ({last}); it carries the files, their manifests, the custody "
                        "entries, the timestamps and verify.py"
                    ),
                ),
                ("Program that captured", fact(program_of(first.record))),
                ("Browser engine", fact(browser_of(first.record))),
            )
        ),
        Heading("1. The hashes", 3),
        Para(words("For each exhibit, in its folder exhibits/<exhibit ID> of the bundle:")),
        *(
            Para(mono(f"sha256sum exhibits/{one.exhibit_id}/manifest.json   # {one.manifest_sha256}"))
            for one in matter.exhibits
        ),
        Para(mono("sha256sum exhibits/<exhibit ID>/*   # each as in the hash report and in manifest.json")),
        Heading("2. The whole bundle", 3),
        Para(mono("python3 -I verify.py .")),
        Para(
            words(
                "Standard-library Python 3.9 or newer and openssl. Read the program first if you wish; VERIFY.md does "
                "every step by hand."
            )
        ),
        Heading("3. The timestamps", 3),
        Para(
            mono(
                "openssl ts -verify -in proofs/<authority>/response.tsr -data manifest.json -CAfile "
                "proofs/<authority>/root.pem -untrusted proofs/<authority>/chain.pem"
            )
        ),
        Heading("4. What the files are", 3),
        *(Para(words(f"{name}: {what}."), "•") for name, what in DOCUMENTS),
        Heading("5. What cannot be seen from the files", 3),
        Para(
            words(
                "That a server sent the same to anybody else; who runs a page; the capturing machine itself (make, "
                "model, serial number), which has to be inspected or stated by who has it."
            )
        ),
    )
