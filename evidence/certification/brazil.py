"""Brazil: a chain-of-custody annex after articles 158-A to 158-F CPP, in Portuguese and then in English.

Those articles are about criminal traces and public agents; to a private capture they apply by analogy at most. The
annex says stage by stage what applies how, shows the custody entries, and says "none" where there is nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from evidence.certification import record as read
from evidence.certification.brazil_words import ACTIONS, ARTICLES, LABELS, NONE, STAGES, Both, Stage
from evidence.certification.facts import ExhibitFacts, Matter, Touch
from evidence.certification.hash_report import file_table
from evidence.certification.model import (
    Blank,
    Block,
    Facts,
    Heading,
    Para,
    Runs,
    Sheet,
    Signature,
    Style,
    Table,
    Text,
    fact,
    mono,
    words,
)
from evidence.certification.shared import annex_hash_report, exhibit_rows, head_words
from evidence.certification.times import BRASILIA, local, utc

TITLE = Both("ANEXO DE CADEIA DE CUSTÓDIA", "CHAIN-OF-CUSTODY ANNEX")
LAW = Both(
    "Código de Processo Penal, arts. 158-A a 158-F (Lei nº 13.964/2019), aplicados por analogia",
    "Brazilian Code of Criminal Procedure, articles 158-A to 158-F (Law 13.964/2019), applied by analogy",
)
SCOPE = Both(
    "Este anexo descreve a história das capturas relacionadas, etapa por etapa do art. 158-B. A disciplina legal trata "
    "de vestígios de infração penal colhidos por agentes públicos; aqui a coleta é privada, de página pública na "
    "internet, e as etapas se aplicam por analogia onde indicado. O anexo não é laudo pericial nem ata notarial (CPC, "
    "art. 384).",
    "This annex describes the history of the captures listed, stage by stage of article 158-B. The law deals with "
    "traces of criminal offences collected by public agents; here the collection is private, of a public web page, and "
    "the stages apply by analogy where stated. The annex is neither an expert's report nor a notarial record (CPC, "
    "article 384).",
)
RECEIPT = (
    (
        Both("Número do procedimento", "Number of the proceeding"),
        Both("número do procedimento", "number of the proceeding (receipt)"),
    ),
    (Both("Unidade ou juízo", "Unit or court"), Both("unidade ou juízo", "unit or court (receipt)")),
    (Both("Local de origem", "Place of origin"), Both("local de origem", "place of origin (receipt)")),
    (
        Both("Nome de quem transportou", "Name of who carried it"),
        Both("nome de quem transportou", "name of who carried it (receipt)"),
    ),
    (
        Both("Natureza do exame", "Nature of the examination"),
        Both("natureza do exame", "nature of the examination (receipt)"),
    ),
    (Both("Protocolo", "Protocol"), Both("protocolo", "protocol (receipt)")),
    (
        Both("Identificação de quem recebeu", "Identity of the recipient"),
        Both("identificação de quem recebeu", "identity of the recipient"),
    ),
)


VALUES = Both(
    "Os valores são os do registro de cada captura, que é mantido em inglês.",
    "Values are as the record of each capture has them, which is kept in English.",
)


def brasilia(moment: datetime) -> str:
    """The moment on the clocks of Brasília."""
    return local(moment, BRASILIA)


def build(matter: Matter) -> tuple[Block, ...]:
    """Both languages, then the particulars and the hash report once."""
    return (
        *_annex(matter, "pt"),
        Sheet(),
        *_annex(matter, "en"),
        Sheet(),
        Heading("Dados das capturas / Particulars of the captures"),
        Para(words(VALUES.pt), small=True),
        Para(words(VALUES.en), small=True),
        *_particulars(matter),
        *annex_hash_report(matter, "1", "Anexo 1: Relatório de hash / Annex 1: Hash report"),
    )


def _annex(matter: Matter, language: str) -> Iterator[Block]:
    yield Heading(TITLE.in_(language), 1, centred=True)
    yield Para(words(LAW.in_(language), Style.BOLD), centred=True)
    yield Para(words(SCOPE.in_(language)))
    yield _exhibits(matter, language)
    yield Heading(Both("Etapas do art. 158-B", "Stages of article 158-B").in_(language))
    for stage in STAGES:
        yield from _stage(matter, stage, language)
    yield Heading(Both("Demais artigos", "The other articles").in_(language))
    yield _articles(language)
    yield Heading(Both("Responsável", "Responsible person").in_(language))
    yield from _responsible(matter, language)


def _exhibits(matter: Matter, language: str) -> Table:
    heads = Both(
        "Nº|Endereço|Página vista|Captura (UTC)|Captura (Brasília)|SHA-256 do manifesto",
        "No.|Address|Page seen|Capture (UTC)|Capture (Brasília)|SHA-256 of the manifest",
    )
    rows = tuple(
        (
            words(str(one.number)),
            mono(one.url),
            fact(_seen(one)),
            fact(utc(one.captured_at)),
            fact(brasilia(one.captured_at)),
            mono(one.manifest_sha256),
        )
        for one in matter.exhibits
    )
    return Table(tuple(heads.in_(language).split("|")), rows, (9, 42, 28, 28, 28, 37), tiny=True)


def _seen(one: ExhibitFacts) -> str:
    try:
        return utc(datetime.fromisoformat(read.known(one.record, "context", "seen_at")))
    except ValueError:
        return "—"


def _stage(matter: Matter, stage: Stage, language: str) -> Iterator[Block]:
    yield Heading(f"{stage.numeral} – {stage.name.in_(language)}", 3)
    label = Both("Na lei: {}. Aplicação: {}.", "In the law: {}. Applies: {}.").in_(language)
    yield Para(words(label.format(stage.meaning.in_(language), stage.fits.in_(language)), Style.SOFT), small=True)
    yield Para(words(stage.done.in_(language)))
    found = tuple(touch for touch in matter.touches if touch.action in stage.actions)
    if found:
        yield _entries(matter, found, language)
    elif stage.actions:
        label = Both("Registro de custódia: {}.", "Custody log: {}.").in_(language)
        yield Para(words(label.format(NONE.in_(language))), small=True)
    if stage.numeral == "VII":
        yield from _receipt(matter, language)
    if stage.numeral == "IX":
        place = Both("local físico da guarda", "physical place of storage").in_(language)
        yield Para(
            (Text(Both("Local físico da guarda: ", "Physical place of storage: ").in_(language)), Blank(place, 40))
        )


def _entries(matter: Matter, found: tuple[Touch, ...], language: str) -> Table:
    numbers = {one.exhibit_id: str(one.number) for one in matter.exhibits}
    heads = Both("Registro|UTC|Brasília|Por|Ato|Captura", "Entry|UTC|Brasília|By|Act|Capture").in_(language)
    rows = tuple(
        (
            words(str(touch.number)),
            words(utc(touch.at).removesuffix(" UTC")),
            words(brasilia(touch.at)),
            words(touch.actor),
            words(_act(touch.action, language)),
            words(numbers.get(touch.subject, touch.subject)),
        )
        for touch in found
    )
    return Table(tuple(heads.split("|")), rows, (16, 34, 44, 36, 26, 16), tiny=True)


def _act(action: str, language: str) -> str:
    """The name of a custody action in words."""
    plain = action.replace("_", " ")
    return ACTIONS.get(action, plain) if language == "pt" else plain


def _receipt(matter: Matter, language: str) -> Iterator[Block]:
    rows: list[tuple[str, Runs]] = [(label.in_(language), (Blank(name.in_(language), 36),)) for label, name in RECEIPT]
    rows.insert(4, (Both("Código de rastreamento", "Tracking code").in_(language), mono(matter.generation)))
    kind = Both("arquivos digitais: captura de página da internet", "digital files: capture of a web page")
    rows.insert(6, (Both("Tipo do vestígio", "Type of the trace").in_(language), fact(kind.in_(language))))
    yield Facts(tuple(rows))
    name = Both("assinatura de quem recebeu", "recipient's signature").in_(language)
    yield Signature(
        name, Both("(Assinatura de quem recebeu, data e hora)", "(Recipient's signature, date and time)").in_(language)
    )


def _articles(language: str) -> Table:
    heads = Both("Artigo|O que pede|Situação", "Article|What it asks for|How it stands").in_(language)
    rows = tuple(
        (words(number), words(asks.in_(language)), words(stands.in_(language))) for number, asks, stands in ARTICLES
    )
    return Table(tuple(heads.split("|")), rows, (18, 76, 78), tiny=True)


def _responsible(matter: Matter, language: str) -> Iterator[Block]:
    sentence = Both(
        "Registro de custódia conferido por inteiro em {}; estado: {}. Declaro o que é de meu conhecimento próprio:",
        "The whole custody log was verified on {}; its head: {}. I declare what is of my own knowledge:",
    ).in_(language)
    yield Para(words(sentence.format(utc(matter.made_at), head_words(matter))))
    yield Para((Blank(Both("declaração do responsável", "responsible person's declaration").in_(language), 90),))
    yield Para(
        (
            Text(Both("Nome: ", "Name: ").in_(language)),
            Blank(Both("nome do responsável", "responsible person's name").in_(language), 30),
            Text(Both("   Documento: ", "   Identity document: ").in_(language)),
            Blank(Both("documento do responsável", "responsible person's identity document").in_(language), 20),
        )
    )
    yield Para(
        (
            Text(Both("Local: ", "Place: ").in_(language)),
            Blank(Both("local", "place").in_(language), 24),
            Text(Both("   Data: ", "   Date: ").in_(language)),
            Blank(Both("data", "date").in_(language), 14),
        )
    )
    name = Both("assinatura do responsável", "responsible person's signature").in_(language)
    yield Signature(name, Both("(Assinatura)", "(Signature)").in_(language))


def _particulars(matter: Matter) -> Iterator[Block]:
    for one in matter.exhibits:
        yield Heading(f"{one.number}", 3)
        rows = exhibit_rows(one, brasilia)
        yield Facts(tuple((f"{LABELS[label]} / {label}" if label in LABELS else label, runs) for label, runs in rows))
        yield file_table(one)
