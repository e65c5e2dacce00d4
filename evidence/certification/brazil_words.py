"""The words of the Brazilian annex in Portuguese and English: stages, articles, labels.

The words are ours, but for the names of the stages.

The names of the ten stages are those of article 158-B of the Código de Processo Penal, items I to X, as Lei 13.964/2019
put it in (https://www.planalto.gov.br/ccivil_03/decreto-lei/del3689.htm; compared with modeloinicial.com.br and
jusbrasil.com.br). What each stage means is put shortly, in our words.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Both:
    """The same in Portuguese and English."""

    pt: str
    en: str

    def in_(self, language: str) -> str:
        """The words in ``language``, "pt" or "en"."""
        return self.pt if language == "pt" else self.en


@dataclass(frozen=True, slots=True)
class Stage:
    """One item of article 158-B: its name, what the law means, how far it fits, what the system did; and the custody
    entries that show it (by action)."""

    numeral: str
    name: Both
    meaning: Both
    fits: Both
    done: Both
    actions: tuple[str, ...] = ()


ANALOGY = Both("por analogia", "by analogy")
NOT = Both("não se aplica como tal", "does not apply as such")
NONE = Both("nenhum ato registrado até a data deste anexo", "no act recorded up to the date of this annex")

STAGES = (
    Stage(
        "I",
        Both("reconhecimento", "recognition"),
        Both(
            "distinguir um elemento como de potencial interesse para a prova pericial",
            "telling an element of potential interest for expert evidence from others",
        ),
        ANALOGY,
        Both(
            "O programa encontrou a página em fonte pública na data indicada em “página vista” e a selecionou de modo "
            "automático; o reconhecimento por pessoa nomeada (inclusão no caso e aceitação) é posterior à captura.",
            "The program found the page in a public source at the time given as “page seen” and selected it "
            "automatically; recognition by a named person (put into the case, accepted) came after the capture.",
        ),
        ("added_to_case", "accepted", "rejected"),
    ),
    Stage(
        "II",
        Both("isolamento", "isolation"),
        Both("evitar que se altere o estado das coisas", "keeping the state of things from being altered"),
        NOT,
        Both(
            "A página ficou sob controle de terceiro e podia mudar a qualquer momento; não houve isolamento da fonte. "
            "Medida análoga: navegador com perfil novo e vazio, sem conta, e arquivos somente para leitura desde a "
            "captura.",
            "The page stayed under a third party's control and could change at any moment; the source was not "
            "isolated. Analogous measure: a browser with a fresh, empty profile, no account, and read-only files from "
            "the capture on.",
        ),
    ),
    Stage(
        "III",
        Both("fixação", "fixation"),
        Both(
            "descrição detalhada do vestígio como se encontra, ilustrada por imagens",
            "detailed description of the trace as it is found, illustrated by pictures",
        ),
        ANALOGY,
        Both(
            "Imagens da tela e da página inteira, documento HTML, impressão em PDF e registro da captura "
            "(capture.json), feitos durante a própria visita.",
            "Pictures of the screen and of the whole page, the HTML document, a PDF print and the record of the "
            "capture (capture.json), made during the visit itself.",
        ),
        ("captured",),
    ),
    Stage(
        "IV",
        Both("coleta", "collection"),
        Both(
            "recolher o vestígio, respeitando suas características e natureza",
            "taking the trace, with respect for its characteristics and nature",
        ),
        ANALOGY,
        Both(
            "Coleta automática por programa, sob responsabilidade do operador nomeado; não foi feita por perito "
            "oficial. As trocas HTTP são guardadas como recebidas pelo navegador (WACZ/WARC).",
            "Automatic collection by a program, under the responsibility of the named operator; not made by an "
            "official expert. The HTTP exchanges are kept as the browser received them (WACZ/WARC).",
        ),
        ("captured",),
    ),
    Stage(
        "V",
        Both("acondicionamento", "packaging"),
        Both(
            "embalar cada vestígio de forma individualizada, com data, hora e nome de quem coletou e acondicionou",
            "packing each trace individually, with date, time and name of who collected and packed it",
        ),
        ANALOGY,
        Both(
            "Cada captura tem seu próprio manifesto (manifest.json) com tamanho e SHA-256 de cada arquivo; faz as "
            "vezes de lacre o resumo criptográfico (hash) do manifesto, com carimbo do tempo RFC 3161 onde indicado.",
            "Each capture has its own manifest (manifest.json) with size and SHA-256 of each file; the digest of the "
            "manifest stands for the seal, with an RFC 3161 timestamp where stated.",
        ),
        ("sealed", "stamped", "stamp_failed"),
    ),
    Stage(
        "VI",
        Both("transporte", "transport"),
        Both(
            "transferir o vestígio de um local para outro, mantendo suas características e o controle da posse",
            "moving the trace from one place to another, keeping its characteristics and control of its possession",
        ),
        ANALOGY,
        Both(
            "Cópias e entregas registradas; cada cópia se confere pelo SHA-256. Entregas fora do sistema não são "
            "conhecidas dele.",
            "Copies and hand-overs on record; each copy is checked by SHA-256. Hand-overs outside of the system are "
            "not known to it.",
        ),
        ("copied_into_bundle", "bundle_begun", "bundle_built", "certificate_copied", "exported", "handed_over"),
    ),
    Stage(
        "VII",
        Both("recebimento", "receipt"),
        Both(
            "ato formal de transferência da posse, documentado e assinado por quem recebe",
            "formal act of transfer of possession, documented and signed by the recipient",
        ),
        ANALOGY,
        Both(
            "Não consta recebimento. O termo abaixo é para ser preenchido por quem receber.",
            "No receipt is on record. The form below is for the recipient to fill in.",
        ),
        ("received",),
    ),
    Stage(
        "VIII",
        Both("processamento", "processing"),
        Both(
            "o exame pericial em si, formalizado em laudo por perito",
            "the expert examination itself, set down in a report by an expert",
        ),
        NOT,
        Both(
            "Nenhum exame pericial foi feito pelo sistema. A extração de texto e de citações é automática e não é "
            "laudo.",
            "No expert examination was made by the system. The extraction of text and quotes is automatic and no "
            "expert's report.",
        ),
    ),
    Stage(
        "IX",
        Both("armazenamento", "storage"),
        Both(
            "guarda, em condições adequadas, do material, com vínculo ao laudo",
            "keeping the material in adequate conditions, linked to the expert's report",
        ),
        ANALOGY,
        Both(
            "Arquivos guardados sob o nome do próprio SHA-256 e conferidos a cada leitura; conferidos todos na data "
            "deste anexo. Não é central de custódia (art. 158-E). Local físico: a preencher.",
            "Files kept under the name of their own SHA-256 and checked at every reading; all checked on the date of "
            "this annex. It is no custody centre (article 158-E). Physical place: to be filled in.",
        ),
        ("checked", "verified", "read"),
    ),
    Stage(
        "X",
        Both("descarte", "disposal"),
        Both(
            "liberação do vestígio conforme a lei e, quando pertinente, com autorização judicial",
            "release of the trace according to the law and, where due, with the court's authorisation",
        ),
        NOT,
        Both("Nenhum descarte consta do registro.", "No disposal is on record."),
        ("deleted", "disposed", "tombstone"),
    ),
)

#: Custody actions in Portuguese.
ACTIONS = {
    "added_to_case": "incluído no caso",
    "accepted": "aceito",
    "rejected": "recusado",
    "captured": "capturado",
    "sealed": "lacrado (manifesto)",
    "stamped": "carimbo do tempo obtido",
    "stamp_failed": "carimbo do tempo não obtido",
    "copied_into_bundle": "copiado para o pacote",
    "bundle_begun": "pacote iniciado",
    "bundle_built": "pacote concluído",
    "certificate_copied": "copiado com certificado",
    "exported": "exportado",
}
#: Labels of the particulars in Portuguese.
LABELS = {
    "Exhibit ID": "Identificador",
    "Manifest SHA-256": "SHA-256 do manifesto",
    "URL requested": "Endereço pedido",
    "Final URL": "Endereço final",
    "Redirects": "Redirecionamentos",
    "Page title": "Título da página",
    "Capture start": "Início da captura",
    "Capture end": "Fim da captura",
    "HTTP status": "Resposta HTTP",
    "Server IP address": "Endereço IP do servidor",
    "TLS certificate SHA-256": "SHA-256 do certificado TLS",
    "Collector egress IP": "IP de saída do coletor",
    "Machine": "Máquina",
    "Operating system": "Sistema operacional",
    "Program": "Programa",
    "Browser engine": "Navegador",
    "Operator, as configured": "Operador",
    "Independent timestamps": "Carimbos do tempo",
    "Errors and missing parts": "Erros e partes ausentes",
    "Events of the day": "Ocorrências do dia",
    "Limits stated in the record": "Limites",
    "Conversions": "Conversões",
}

ARTICLES = (
    (
        "158-A",
        Both(
            "Define a cadeia de custódia de vestígio de infração penal; início na preservação do local ou em "
            "procedimento policial ou pericial; dever do agente público.",
            "Defines the chain of custody of a criminal offence's trace; begins with preserving the scene or in police "
            "or expert proceedings; duty of the public agent.",
        ),
        Both(
            "Por analogia: coleta privada, em página pública, sem agente público e fora de procedimento policial.",
            "By analogy: private collection, of a public page, without a public agent and outside of police "
            "proceedings.",
        ),
    ),
    (
        "158-C",
        Both(
            "Coleta preferencialmente por perito oficial, com encaminhamento à central de custódia.",
            "Collection preferably by an official expert, passed on to the custody centre.",
        ),
        Both(
            "Não atendido como tal: a coleta não foi feita por perito oficial.",
            "Not met as such: no official expert collected.",
        ),
    ),
    (
        "158-D",
        Both(
            "Recipiente selado com lacre numerado; abertura só por perito ou pessoa autorizada; registro de cada "
            "rompimento.",
            "Container sealed with a numbered seal; opened only by the expert or an authorised person; each opening "
            "recorded.",
        ),
        Both(
            "Por analogia: manifesto com SHA-256 em lugar do lacre; leitura não altera os arquivos; cópias e entregas "
            "registradas com nome, data, hora e finalidade.",
            "By analogy: a manifest with SHA-256 in place of the seal; reading does not alter the files; copies and "
            "hand-overs recorded with name, date, time and purpose.",
        ),
    ),
    (
        "158-E",
        Both(
            "Central de custódia nos Institutos de Criminalística, com protocolo e registro de acesso.",
            "Custody centre at the institutes of criminalistics, with protocol and record of access.",
        ),
        Both(
            "Não se aplica: guarda privada, com registro de custódia encadeado.",
            "Does not apply: private keeping, with a chained custody log.",
        ),
    ),
    (
        "158-F",
        Both(
            "Após a perícia, devolução do material à central de custódia, onde deve permanecer.",
            "After the examination the material goes back to the custody centre and stays there.",
        ),
        Both("Não se aplica enquanto não houver perícia.", "Does not apply while there is no expert examination."),
    ),
)
