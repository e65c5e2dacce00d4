"""Reads a finished document as the other side's counsel would: DOCX text and the draft's data in, findings out.

The facts part (from heading "6." to heading "7.") obeys four testable rules:

1. every sentence names an exhibit of the draft;
2. every quotation is verbatim in an exhibit that its sentence names;
3. outside quotations no figure, address or e-mail stands that the draft's data does not have;
4. every fact of the draft that still stands is quoted whole.

Outside quotations, no part holds a criminal label, a score, template code, or settlement text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from evidence.notice.docx_text import DocxText, Paragraph
from evidence.notice.findings import Finding, Level
from evidence.notice.view import view
from evidence.notice.wording import Words, matches, shown, tokens, words

TextOf = Callable[[int], str]
"""The whole text of exhibit number n, as a notice shows text."""

PARTS = tuple(range(1, 17))
_PART = re.compile(r"\s*(\d{1,2})[.)]\s")
_PAIRS = (("“", "”"), ('"', '"'), ("«", "»"), ("„", "“"), ("‟", "”"), ("「", "」"), ("‹", "›"))
_SENTENCE = re.compile(r"(?<=[.!?।؟。])\s+|\n")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_FIGURE = re.compile(r"\d[\d.,:/\u066b\u066c-]*\d|\d")
_PERCENT = re.compile(r"\d\s*[%٪％]")
_CODE = re.compile(r"\{\{|\}\}|\{%|%\}")
_HEX = re.compile(r"\b[0-9a-f]{64}\b", re.IGNORECASE)
_NAMED = re.compile(r"⟨U\+[0-9A-F]{4,6}⟩")
MASK = "\ufffc"


def check_text(document: DocxText, data: Mapping[str, Any], text_of: TextOf) -> Iterator[Finding]:
    """Every finding about the document's words."""
    spoken = words(data["language"])
    parts = split_parts(document.paragraphs)
    for number in PARTS:
        if number not in parts:
            level = Level.REFUSE if number in (6, 10) else Level.FINAL
            said = f"there is no heading that begins with '{number}.': the parts of a notice keep their numbers"
            yield Finding(level, "part-missing", f"part {number}", said)
    if document.hidden:
        said = f"the document holds hidden, deleted or commented text: {document.hidden[0][:60]!r}; accept or remove it"
        yield Finding(Level.FINAL, "hidden-text", "document", said)
    if document.pictures:
        said = f"{document.pictures} pictures: what is written in them no lint reads"
        yield Finding(Level.WARN, "pictures", "document", said)
    known, names = _known_quotes(data), _own_values(data)
    for number, paragraphs in parts.items():
        for paragraph in paragraphs:
            yield from _anywhere(_unquoted(paragraph.text, number, known, names), number, spoken)
    for line in document.headers:
        yield from _anywhere(_plain(line), 0, spoken)
    yield from _facts(parts.get(6, ()), data, spoken, text_of)
    yield from _deadline(parts.get(10, ()), data)
    yield from _digests(document, data)
    if not data["registrations"]:
        body = " ".join(mask(p.text, known) for p in parts.get(7, ()))
        if found := matches(body, spoken.lint["trade_mark"]):
            said = f"{found[0]!r} is asserted and no registration is relied on: add one, or leave it out"
            yield Finding(Level.FINAL, "mark-without-registration", "part 7", said)


def split_parts(paragraphs: Sequence[Paragraph]) -> dict[int, tuple[Paragraph, ...]]:
    """The paragraphs by numbered part, each part's heading first; 0 is what stands before the first."""
    parts: dict[int, list[Paragraph]] = {0: []}
    now = 0
    for paragraph in paragraphs:
        match = _PART.match(paragraph.text)
        if match and paragraph.heading and not paragraph.cell and int(match[1]) in (now + 1, now):
            now = int(match[1])
        parts.setdefault(now, []).append(paragraph)
    return {number: tuple(held) for number, held in parts.items()}


def _known_quotes(data: Mapping[str, Any]) -> tuple[str, ...]:
    quotes = {shown(quote["words"]) for act in data["acts"] for quote in act["quotes"]}
    return tuple(sorted(quotes, key=len, reverse=True))


def mask(text: str, known: Sequence[str]) -> str:
    """``text`` without its quotations: those of the draft, whole; then what stands between quotation marks."""
    plain = _plain(text)
    for quote in known:
        for left, right in _PAIRS[:1]:
            plain = plain.replace(f"{left}{quote}{right}", MASK)
    return "".join(part if not quoted else MASK for quoted, part in _split(plain))


def quotations(text: str, known: Sequence[str]) -> Iterator[str]:
    """The quotations in a text that are not, whole, quotations of the draft."""
    plain = _plain(text)
    for quote in known:
        plain = plain.replace(f"“{quote}”", MASK)
    return (part for quoted, part in _split(plain) if quoted)


def _split(text: str) -> Iterator[tuple[bool, str]]:
    """Pieces of a text, and whether each is quoted. A quotation mark that is never closed quotes the rest."""
    place = 0
    while place < len(text):
        opened = [(at, pair) for pair in _PAIRS if (at := text.find(pair[0], place)) >= 0]
        if not opened:
            break
        at, (left, right) = min(opened, key=lambda one: one[0])
        end = text.find(right, at + len(left))
        end = len(text) if end < 0 else end
        yield False, text[place:at]
        yield True, text[at + len(left) : end]
        place = end + len(right)
    yield False, text[place:]


def _plain(text: str) -> str:
    return shown(text.replace("\u2011", "-") if "\u2011" in text else text)


def _own_values(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Names, addresses and identifiers of the draft's data: a vendor called "Pirate Sender" is not called a pirate."""
    found = {row["url"] for row in data["exhibits"]} | {act["url_final"] for act in data["acts"]}
    found |= {one["value"] for one in data["identifiers"]}
    for one in data["recipients"]:
        found |= {
            one["name"],
            *(value for name in ("trading_names", "domains", "emails") for value in one.get(name, ())),
        }
    return tuple(sorted(map(shown, found), key=len, reverse=True))


def _unquoted(text: str, number: int, known: Sequence[str], names: Sequence[str]) -> str:
    """``text`` without what is not the writer's own. Outside part 6 only the draft's quotations count as such."""
    plain = mask(text, known) if number == 6 else _plain(text)
    for quote in known if number != 6 else ():
        plain = plain.replace(f"“{quote}”", MASK)
    for name in names:
        plain = plain.replace(name, MASK) if name else plain
    return plain


def _anywhere(plain: str, number: int, spoken: Words) -> Iterator[Finding]:
    place, english = (f"part {number}" if number else "heading"), words("en")
    spelled = _NAMED.sub("", plain)  # an invisible character hides no word
    for found in matches(spelled, (*spoken.lint["criminal"], *english.lint["criminal"])):
        said = f"{found!r} labels a person criminal: keep to quoted words, dates and 'appears to'"
        yield Finding(Level.REFUSE, "criminal-label", place, said)
    for found in matches(spelled, (*spoken.lint["scores"], *english.lint["scores"])):
        yield Finding(Level.REFUSE, "score", place, f"{found!r}: what a machine thinks has no place in a notice")
    if number == 6 and _PERCENT.search(plain):
        yield Finding(Level.REFUSE, "score", place, f"a percentage outside quotations: {plain[:80]!r}")
    if _CODE.search(plain):
        yield Finding(Level.REFUSE, "template-code", place, f"unfilled template code: {plain[:80]!r}")
    if spoken.text["blank"] in plain:
        yield Finding(Level.FINAL, "blank", place, f"still to be completed: {plain[:80]!r}")
    allowed = number == 13 and (_PART.match(plain) or plain.strip() == shown(spoken.text["settlement"]))
    if number == 13 and not allowed and plain.strip():
        yield Finding(Level.REFUSE, "settlement", place, "part 13 says only that settlement is in a separate letter")
    elif not allowed:
        for found in matches(plain, spoken.lint["settlement"]):
            yield Finding(Level.REFUSE, "settlement", place, f"{found!r}: settlement text belongs in a separate letter")


def _facts(
    paragraphs: Sequence[Paragraph], data: Mapping[str, Any], spoken: Words, text_of: TextOf
) -> Iterator[Finding]:
    known, figures = _known_quotes(data), _figures(data)
    numbers = {row["number"] for row in data["exhibits"]}
    reference = re.compile(rf"{re.escape(spoken.text['exhibit'])}\s+(\d+)", re.IGNORECASE)
    standing = " \n ".join(_plain(p.text) for p in paragraphs)
    for paragraph in paragraphs[1:]:
        if paragraph.heading and reference.search(paragraph.text) is None:
            if _words_beyond(paragraph.text):
                said = f"a heading in the facts states something: {paragraph.text[:80]!r}"
                yield Finding(Level.REFUSE, "heading-asserts", "part 6", said)
            continue
        yield from _sentences(paragraph.text, known, reference, numbers)
        yield from _verbatim(paragraph.text, known, reference, text_of)
        yield from _data_only(paragraph.text, known, figures, reference)
    for act in data["acts"]:
        for quote in act["quotes"]:
            if f"“{shown(quote['words'])}”" not in standing:
                said = "the draft's quotation is altered or gone: put it back as it was, or draft without it"
                yield Finding(Level.REFUSE, "fact-altered", f"fact {quote['number']}", said)
        if act["manifest_sha256"] not in standing:
            said = f"the digest of exhibit {act['exhibit_number']} does not stand with its act"
            yield Finding(Level.REFUSE, "hash-missing", f"act {act['number']}", said)


def _words_beyond(text: str) -> bool:
    """Whether a sub-heading says more than the template's own, "Act 3"."""
    return sum(not word.isnumeric() for word in tokens(text)) > 1


def _sentences(text: str, known: Sequence[str], reference: re.Pattern[str], numbers: set[int]) -> Iterator[Finding]:
    for sentence in _SENTENCE.split(_URL.sub("URL", mask(text, known))):
        if not any(char.isalpha() for char in sentence.replace(MASK, "")) and MASK not in sentence:
            continue
        cited = [int(number) for number in reference.findall(sentence)]
        if not cited:
            said = f"a sentence without an exhibit: {_unmasked(sentence)!r}"
            yield Finding(Level.REFUSE, "unsupported-sentence", "part 6", said)
        for number in cited:
            if number not in numbers:
                yield Finding(Level.REFUSE, "unknown-exhibit", "part 6", f"exhibit {number} is not of this draft")


def _verbatim(text: str, known: Sequence[str], reference: re.Pattern[str], text_of: TextOf) -> Iterator[Finding]:
    cited = [int(number) for number in reference.findall(mask(text, known))]
    for quote in known:
        if f"“{quote}”" in _plain(text) and not any(quote in text_of(number) for number in cited):
            said = f"the quotation {quote[:60]!r} is not in the exhibit it is ascribed to"
            yield Finding(Level.REFUSE, "quote-not-verbatim", "part 6", said)
    for quote in quotations(text, known):
        if quote.strip() and not any(quote.strip() in text_of(number) for number in cited):
            said = f"the quotation {quote[:60]!r} does not stand, word for word, in the exhibit it is ascribed to"
            yield Finding(Level.REFUSE, "quote-not-verbatim", "part 6", said)


def _data_only(
    text: str, known: Sequence[str], figures: frozenset[str], reference: re.Pattern[str]
) -> Iterator[Finding]:
    plain = reference.sub("", mask(text, known))
    for found in _pieces(plain):
        if found not in figures:
            said = f"{found[:80]!r} stands outside quotations and is not in the draft's data"
            yield Finding(Level.REFUSE, "figure-not-in-data", "part 6", said)


def _pieces(text: str) -> Iterator[str]:
    """Addresses, e-mails, and figures of a text, in that order, each taken out before the next is looked for."""
    for pattern in (_URL, _MAIL, _HEX, _FIGURE):
        for match in pattern.finditer(text):
            yield match[0].rstrip(".,;:)।")
        text = pattern.sub(" ", text)


def _figures(data: Mapping[str, Any]) -> frozenset[str]:
    """Every address and figure that the draft itself states of its acts, as it states them."""
    allowed: set[str] = {"256"}  # of the name SHA-256
    for act in view(dict(data))["acts"]:
        lines = [act["date_utc"], act["time_utc"], act["local"], act["number"], act["manifest_sha256"]]
        lines += [quote["number"] for quote in act["quotes"]]
        allowed |= {piece for line in lines for piece in _pieces(line)}
        allowed |= set(_pieces(act["url"])) | {act["url"]}
    return frozenset(allowed)


def _deadline(paragraphs: Sequence[Paragraph], data: Mapping[str, Any]) -> Iterator[Finding]:
    wanted = view(dict(data))["deadline"]["local"]
    if paragraphs and not any(wanted in _plain(paragraph.text) for paragraph in paragraphs):
        said = f"the deadline that was computed does not stand there: {wanted}"
        yield Finding(Level.REFUSE, "deadline-missing", "part 10", said)


def _digests(document: DocxText, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Every SHA-256 in the document must be one of the draft's; a changed digit is found here."""
    known = {row["manifest_sha256"] for row in data["exhibits"]}
    known |= {file["sha256"] for row in data["exhibits"] for file in row["files"]}
    clauses = [*data["statement"], *(clause for breach in data["breaches"] for clause in breach["clauses"])]
    known |= {clause["capture"]["manifest_sha256"] for clause in clauses if clause["capture"]}
    body = " ".join(paragraph.text for paragraph in document.paragraphs)
    for found in dict.fromkeys(match[0] for match in _HEX.finditer(body)):
        if found not in known:
            yield Finding(Level.REFUSE, "hash-mismatch", "document", f"{found} is no digest of this draft's exhibits")
    schedule = [row for row in data["exhibits"] if row["manifest_sha256"] not in body]
    for row in schedule:
        yield Finding(
            Level.REFUSE, "hash-missing", "part 14", f"the digest of exhibit {row['number']} is not in the schedule"
        )


def _unmasked(sentence: str) -> str:
    return sentence.replace(MASK, "“…”").strip()[:100]
