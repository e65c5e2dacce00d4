"""Judging what a person hands over: a file, an address, text on standard input, or thousands of JSON lines."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO, TextIO

from classifiers import document, jsonl
from classifiers.claims.values import in_words as value_in_words
from classifiers.document import Document
from classifiers.errors import BadDocument
from classifiers.judge import Judge
from classifiers.judgement import Judgement
from desk import fetching

MAX_FILE_BYTES = 50 * 2**20


def judge_lines(incoming: BinaryIO, outgoing: TextIO, *, with_text: bool) -> int:
    """JSON lines in, one judgement a line out, in the same order; 1 when any line was bad, else 0."""
    code = 0
    source = (line.decode("utf-8", "surrogateescape") for line in incoming)
    for line, good in jsonl.judge_lines(source, Judge(), with_text=with_text):
        outgoing.write(line + "\n")
        code = code if good else 1
    outgoing.flush()
    return code


def read(what: str, data_dir: Path) -> Document:
    """The page, text or HTML that was named, as a document."""
    if what.startswith(("http://", "https://")):
        page = fetching.fetch(what, data_dir)
        return document.from_html(page.url, page.body, url=page.url, charset=page.charset)
    if what == "-":
        name, body = "standard input", sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    else:
        path = Path(what)
        if not path.is_file():
            raise BadDocument(
                f"{what}: there is no such file; give a file, an http(s) address, or - for standard input"
            )
        with path.open("rb") as stream:
            name, body = what, stream.read(MAX_FILE_BYTES + 1)
    if len(body) > MAX_FILE_BYTES:
        raise BadDocument(f"{name}: larger than {MAX_FILE_BYTES // 2**20} MiB; cut it down first")
    if b"\x00" in body[:8192] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadDocument(f"{name}: this is no text but a binary file; give it as HTML or plain text")
    head = body[:2048].lstrip().lower()
    if (
        name.endswith((".html", ".htm", ".xhtml"))
        or head.startswith((b"<!doctype html", b"<html", b"\xef\xbb\xbf<"))
        or b"<body" in head
    ):
        return document.from_html(name, body)
    return document.from_text(name, body.decode("utf-8", "replace"))


def write_page(file: Path, html: str) -> None:
    """Writes an explanation. Raises BadDocument where the file cannot be written."""
    try:
        file.write_text(html, "utf-8", errors="replace")
    except OSError as error:
        raise BadDocument(f"{file}: cannot be written ({error.strerror}); name a file in a folder of yours") from error


def in_words(made: Document, judgement: Judgement) -> list[str]:
    """A judgement in words: what it looks like, what the page says, why."""
    lines = [
        f"{made.id}: {judgement.label.value.replace('_', ' ')}, {judgement.decision.value}",
        f"probability of an offence {judgement.probability:.2f} (triage only)",
        f"language {judgement.lang} · {judgement.model}",
    ]
    lines += [
        f"claim       {claim.type.value}: “{claim.quote}”{f' = {value_in_words(claim.value)}' if claim.value else ''} "
        f"[{claim.start}:{claim.end}, {claim.field}]"
        for claim in judgement.claims
    ]
    lines += [f"identifier  {one.kind}: {one.value}" for one in judgement.identifiers]
    lines += [
        f"reason      {one.polarity.value}: {one.sentence}{f' “{one.quote}”' if one.quote else ''}"
        for one in judgement.reasons
    ]
    return lines
