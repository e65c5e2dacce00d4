"""European Union: a note on the timestamps, token by token, and whether each is known to be qualified.

Regulation (EU) No 910/2014 (eIDAS), articles 41 and 42, as amended by Regulation (EU) 2024/1183; Implementing
Regulation (EU) 2025/1929. Only a qualified timestamp has the presumption of article 41(2). An authority counts as
qualified here only where the settings name its entry in a trusted list; else it is "not known to be qualified".
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.certification.facts import CertificateFacts, ExhibitFacts, Matter, TokenFacts
from evidence.certification.model import (
    Blank,
    Block,
    Box,
    Facts,
    Heading,
    Para,
    Runs,
    Style,
    Table,
    Text,
    fact,
    mono,
    words,
)
from evidence.certification.shared import annex_hash_report
from evidence.certification.times import utc
from evidence.errors import CertificateRefused

LAW = (
    "An electronic timestamp may not be denied legal effect or admissibility as evidence solely because it is "
    "electronic or not qualified: article 41(1).",
    "A qualified electronic timestamp has the presumption of the accuracy of the date and time it indicates and of the "
    "integrity of the data to which they are bound (article 41(2)), in all Member States (article 41(3)).",
    "Qualified is one that binds date and time to the data so as to reasonably preclude undetectable change, rests on "
    "an accurate time source linked to UTC, and is signed or sealed by the qualified trust service provider: article "
    "42(1). Implementing Regulation (EU) 2025/1929 names the standards that give a presumption of compliance: article "
    "42(1a) and (2).",
)


def check(matter: Matter) -> None:
    """Refuses a note about exhibits without a timestamp of an outside authority: there is nothing to note."""
    for one in matter.exhibits:
        if all(token.practice for token in one.tokens):
            kind = "only a PRACTICE timestamp, which proves nothing" if one.tokens else "no timestamp"
            raise CertificateRefused(
                "timestamp",
                one.exhibit_id,
                f"no note on timestamps: exhibit {one.number} ({one.exhibit_id}) has {kind}; set up an authority under "
                "[timestamp] and let the next night ask it, or name other exhibits with --exhibit",
            )


def build(matter: Matter) -> tuple[Block, ...]:
    """The note: summary, law, each token with its chain, how to check it, and a line for who checked."""
    tokens = [(one, token) for one in matter.exhibits for token in one.tokens]
    return (
        Heading("NOTE ON ELECTRONIC TIMESTAMPS", 1, centred=True),
        Para(words("Regulation (EU) No 910/2014, articles 41 and 42", Style.BOLD), centred=True),
        Para(
            words(
                f"This note describes {len(tokens)} RFC 3161 timestamp(s) over the manifests of {len(matter.exhibits)} "
                f"exhibit(s) of {matter.case.id}. Each was verified again on {utc(matter.made_at)}: its message "
                "imprint is the SHA-256 of manifest.json, its signature holds, and its chain leads to the root named."
            )
        ),
        Heading("Summary"),
        _summary(tokens),
        Heading("What the law attaches to a timestamp"),
        *(Para(words(sentence), f"{number}.") for number, sentence in enumerate(LAW, 1)),
        Heading("The timestamps"),
        *_tokens(tokens),
        Heading("Checking one by hand"),
        Para(mono("openssl ts -verify -in response.tsr -data manifest.json -CAfile root.pem -untrusted chain.pem")),
        Para(mono("openssl ts -reply -in response.tsr -text")),
        Para(
            words(
                "Revocation of the authorities' certificates at the time of the timestamp was not checked and no "
                "revocation data is kept. Whether an authority was on a trusted list at the time of its token is for "
                "counsel to check: the European Commission's trusted list browser is at eidas.ec.europa.eu/efda."
            )
        ),
        Heading("Checked for use in proceedings"),
        Para((Text("By "), Blank("who checked the note", 30), Text("  on "), Blank("date of the check", 16))),
        Para((Text("Trusted list consulted, entry and date: "), Blank("trusted list consulted", 44))),
        *annex_hash_report(matter, "A"),
    )


def qualified(token: TokenFacts) -> Runs:
    """Whether a token is known to be qualified, and by what."""
    if token.practice:
        return (Text("PRACTICE authority: proves nothing", Style.WARNING),)
    if token.trusted_list:
        return fact(f"marked as qualified by the operator; trusted-list reference: {token.trusted_list}")
    return fact("not known to be qualified: no trusted-list reference is set for this authority")


def _summary(tokens: list[tuple[ExhibitFacts, TokenFacts]]) -> Table:
    rows = tuple(
        (words(str(one.number)), fact(token.authority), fact(utc(token.gen_time)), mono(token.serial), qualified(token))
        for one, token in tokens
    )
    return Table(
        ("Exhibit", "Authority", "Time of the token", "Serial number", "Qualified"),
        rows,
        (14, 26, 40, 44, 48),
        tiny=True,
    )


def _tokens(tokens: list[tuple[ExhibitFacts, TokenFacts]]) -> Iterator[Block]:
    for one, token in tokens:
        yield Heading(f"Exhibit {one.number}: {token.authority}", 3)
        clock = "not kept" if token.clock_difference_ms is None else f"{token.clock_difference_ms} ms"
        yield Facts(
            (
                ("Exhibit", mono(one.exhibit_id)),
                ("Address captured", mono(one.url)),
                ("Stamped data", fact("manifest.json, SHA-256 ") + mono(one.manifest_sha256)),
                ("Authority, service", fact(f"{token.authority}, {token.url}")),
                ("Policy OID", mono(token.policy)),
                ("Serial number", mono(token.serial)),
                ("genTime", fact(utc(token.gen_time))),
                ("Asked for at", fact(utc(token.asked_at))),
                ("Authority's clock minus this machine's", fact(clock)),
                ("Signer", fact(token.chain[0].subject)),
                ("Verification", fact("verified again for this note: imprint, signature and chain hold")),
                ("Qualified", qualified(token)),
            )
        )
        yield _chain((*token.chain, token.root))
        if token.practice:
            yield Box(
                (words("This token comes from a practice authority and proves nothing to anybody."),), warning=True
            )


def _chain(chain: tuple[CertificateFacts, ...]) -> Table:
    last = len(chain) - 1
    rows = tuple(
        (
            words("signer" if place == 0 else "root, pinned" if place == last else "carried"),
            fact(one.subject),
            fact(f"{one.not_before:%Y-%m-%d} to {one.not_after:%Y-%m-%d}"),
            mono(one.sha256),
        )
        for place, one in enumerate(chain)
    )
    return Table(("Certificate", "Subject", "Valid", "SHA-256 of the certificate"), rows, (22, 62, 34, 54), tiny=True)
