"""The certificates there are: what each is for, the law, since when, and what counsel must know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evidence.certification import brazil, eu, india, india_65b, uk, us
from evidence.certification.facts import Matter
from evidence.certification.model import Block
from evidence.certification.statute import BSA_SOURCE, UK_SOURCE, US_SOURCE
from evidence.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Form:
    """One certificate.

    ``one_machine`` says that its form has room for one device only, ``copies`` that the exhibits are copied beside it,
    ``support`` that a sheet for the expert goes with it; ``check`` refuses what the form cannot truthfully say.
    """

    id: str
    title: str
    purpose: str
    law: str
    in_force: str
    build: Callable[[Matter], tuple[Block, ...]]
    for_counsel: tuple[str, ...]
    unverified: tuple[str, ...]
    language: str = "en"
    paper: str = "A4"
    one_machine: bool = False
    copies: bool = False
    support: bool = False
    check: Callable[[Matter], None] | None = None


_US_COUNSEL = (
    "Reasonable written notice to the adverse party, with the record and the certification, is due before use (Rule "
    "902(11)).",
    "The certification settles authenticity only; relevance, hearsay and the Confrontation Clause stay open.",
    "The declarant must be able to explain the process and say that it works; conclusory statements fail.",
)
_US_OPEN = (
    f"The clause is that of {US_SOURCE}, compared with a public copy; the rules' text was not compared with the "
    "official edition in force on the date of signing.",
    "Whether a proposed rule on machine-generated evidence (Rule 707) has been adopted was not looked up.",
)
_BUSINESS_COUNSEL = (
    "Records made with a view to litigation may be found untrustworthy (Rule 803(6)(E)); whether nightly captures are "
    "records of a regularly conducted activity is for counsel to judge.",
    "This foundation covers the collector's record of what it was given. The words on the page are the page's own and "
    "need their own ground (opposing party's statement, or not offered for their truth).",
)
_IN_OPEN = (
    f"The form's words are those of {BSA_SOURCE}, compared with three public copies, not with the Gazette's own file.",
    "Make and model, serial number, colour and MAC, IMEI or Cloud ID are blank unless the capture record has them: the "
    "program does not guess at hardware.",
)

FORMS = {
    form.id: form
    for form in (
        Form(
            "us-902-13",
            "Declaration under FRE 902(13)",
            "authenticates captures as output of an electronic process that gives an accurate result",
            "Fed. R. Evid. 902(13), 902(11) (notice); 28 U.S.C. 1746",
            "Rule 902(13) since 1 December 2017",
            us.build,
            _US_COUNSEL,
            _US_OPEN,
            paper="Letter",
        ),
        Form(
            "us-902-14",
            "Declaration under FRE 902(14)",
            "authenticates a copy of the exhibits by hash value; makes the copy beside it and reads it back",
            "Fed. R. Evid. 902(14), 902(11) (notice); 28 U.S.C. 1746",
            "Rule 902(14) since 1 December 2017",
            us.build,
            (
                *_US_COUNSEL,
                "Hand over the folder exhibits/ that was made with this declaration: it is the copy it speaks of.",
            ),
            _US_OPEN,
            paper="Letter",
            copies=True,
        ),
        Form(
            "us-902-11",
            "Declaration under FRE 902(11)",
            "business-record foundation for captures made in the United States",
            "Fed. R. Evid. 902(11), 803(6)(A)-(C); 28 U.S.C. 1746",
            "Rule 902(11) since 1 December 2000",
            us.build,
            (*_US_COUNSEL, *_BUSINESS_COUNSEL),
            _US_OPEN,
            paper="Letter",
        ),
        Form(
            "us-902-12",
            "Declaration under FRE 902(12)",
            "the same for records kept abroad, in civil cases; signed outside of the United States",
            "Fed. R. Evid. 902(12), 803(6)(A)-(C); 28 U.S.C. 1746(1)",
            "Rule 902(12) since 1 December 2000",
            us.build,
            (
                *_US_COUNSEL,
                *_BUSINESS_COUNSEL,
                "Civil cases only (for criminal ones see 18 U.S.C. 3505). It must be signed so that a false statement "
                "is punishable in the country of signing; local counsel should name the provision.",
            ),
            _US_OPEN,
            paper="Letter",
        ),
        Form(
            "in-bsa-63",
            "Certificate under section 63(4) BSA 2023",
            "the Schedule's certificate, Part A and Part B, with the hash report annexed",
            "Bharatiya Sakshya Adhiniyam, 2023 (Act 47 of 2023), section 63(4)(c) and Schedule",
            "since 1 July 2024",
            india.build,
            (
                "A certificate goes with the record at each instance at which it is submitted for admission (section "
                "63(4)): make a new one each time.",
                "Part A is signed by the person in charge of the device or of the relevant activities, not by outside "
                "counsel; Part B by an expert. part-b-support is for the expert.",
                "The tick of SHA256 and the hash values are prefilled in both parts; the expert computes them before "
                "adopting them.",
                "For proceedings pending on 1 July 2024 see section 170(2) and the form in-65b.",
                "Whether an expert who is no examiner under section 79A of the Information Technology Act may sign "
                "Part B is disputed; check the case law.",
            ),
            _IN_OPEN,
            one_machine=True,
            support=True,
        ),
        Form(
            "in-65b",
            "Certificate under section 65B(4), Evidence Act 1872",
            "for proceedings pending when the Evidence Act was repealed",
            "Indian Evidence Act, 1872, section 65B(2) and (4); BSA 2023, section 170(2)",
            "17 October 2000 to 30 June 2024, and after that in proceedings pending on 1 July 2024",
            india_65b.build,
            (
                "Only for proceedings that were pending immediately before 1 July 2024 (BSA 2023, section 170(2)); for "
                "all others use in-bsa-63.",
                "Signed by a person in a responsible official position in relation to the device or the activities.",
            ),
            (
                "Section 65B fixes conditions and no form: the words are the program's own, after section 65B(2) and "
                "(4); the statute's text was not compared word by word.",
                _IN_OPEN[1],
            ),
            one_machine=True,
        ),
        Form(
            "uk-exhibits",
            "Exhibits to a witness statement",
            "list of exhibits with marks, draft paragraphs and the statement of truth",
            "Civil Procedure Rules (England and Wales), Practice Directions 22 and 32; Civil Evidence Act 1995, "
            "sections 8 and 9",
            "statement of truth in its words since 6 April 2020",
            uk.build,
            (
                "The statement must be in the witness's own words and say how it was prepared (Practice Direction 32, "
                "paragraph 18.1); for trial in the Business and Property Courts see Practice Direction 57AC.",
                "Numbers of exhibits run on through all statements of the witness (paragraph 18.6): --first-number.",
                "Form for England and Wales; Scotland and Northern Ireland have rules of their own.",
            ),
            (f"The statement of truth is that of {UK_SOURCE}, compared with two law firms' copies.",),
        ),
        Form(
            "eu-timestamps",
            "Note on electronic timestamps",
            "what each timestamp is, and whether it is known to be qualified",
            "Regulation (EU) No 910/2014 (eIDAS), articles 41 and 42; Implementing Regulation (EU) 2025/1929",
            "since 1 July 2016; amended by Regulation (EU) 2024/1183 since 20 May 2024",
            eu.build,
            (
                "Only a qualified timestamp carries the presumption of article 41(2).",
                "“Not known to be qualified” does not say that an authority is not qualified.",
            ),
            (
                "No trusted list was consulted; a reference comes from the operator's settings.",
                "Revocation was not checked, and the token's own statements about qualification are not read.",
                "The articles are put in the program's words; the consolidated text was not compared.",
            ),
            check=eu.check,
        ),
        Form(
            "br-custody",
            "Anexo de cadeia de custódia",
            "stages of the chain of custody against the custody log, in Portuguese and English",
            "Código de Processo Penal, arts. 158-A a 158-F (Lei nº 13.964/2019)",
            "since 23 January 2020",
            brazil.build,
            (
                "The articles are about criminal traces and public agents; in civil matters and for private collection "
                "they are used by analogy. A notarial record (ata notarial, CPC article 384) is another thing.",
                "The Portuguese text is meant for filing; have it read by Brazilian counsel.",
            ),
            (
                "The names of the stages were compared with two public copies of the code; their meaning is put in our "
                "words.",
            ),
            language="pt-BR",
        ),
    )
}


def form_of(name: str) -> Form:
    """The form of that name. Raises NotAllowed naming those there are."""
    if name in FORMS:
        return FORMS[name]
    raise NotAllowed(f"there is no form {name!r}: choose one of {', '.join(FORMS)}")
