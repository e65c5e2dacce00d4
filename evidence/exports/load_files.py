"""Concordance DAT and Opticon OPT: records in, the bytes of the two load files out.

DAT: one record per document under a header row; fields parted by 0x14, each between two 0xFE, a line feed inside a
field is 0xAE, records end in CRLF. As UTF-8 (with byte order mark) these are the code points U+0014, U+00FE and U+00AE.
What a value itself has of the three is replaced, since the format has no way to escape it. OPT: seven fields, six
commas, one line per page. Sources: the load-file specifications of Relativity, Epiq and Lexbe.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from evidence.errors import NotAllowed

FIELD, QUALIFIER, NEWLINE = "\x14", "\xfe", "\xae"
#: What stands for the delimiters when a value has them, and for control characters.
REPLACED = {FIELD: " ", QUALIFIER: "th", NEWLINE: "(R)"}
FIELDS = (
    *(
        "BEGBATES",
        "ENDBATES",
        "BEGATTACH",
        "ENDATTACH",
        "PARENTID",
        "CUSTODIAN",
        "ALLCUSTODIANS",
        "DOCTYPE",
        "RCRDTYPE",
    ),
    *("FILENAME", "FILEEXT", "FILESIZE", "TITLE", "AUTHOR_SELLER", "URL_REQUESTED", "URL_FINAL"),
    *("DATETIME_CAPTURED_UTC", "TIMEZONE", "DATE_PUBLISHED_SHOWN", "SERVER_IP", "COLLECTOR", "COLLECTION_TOOL"),
    *("COLLECTION_IP", "MD5HASH", "SHA1HASH", "SHA256HASH", "TSA_TIME", "EVIDENCE_ID", "CASE_ID", "LANGUAGE"),
    *("JURISDICTION", "CONFIDENTIALITY", "REDACTED", "REDACT_REASON", "PRIV", "PAGECOUNT", "NATIVEPATH", "TEXTPATH"),
    *("PRODVOL", "PRODDATE"),
)
ENCODINGS = {"utf-8": "utf-8-sig", "cp1252": "cp1252", "utf-16": "utf-16"}
REQUIRED = "BEGBATES"

Record = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Profile:
    """What the receiving side asks for; its protocol always comes first.

    ``columns``: our field names in their order, each with the name it is to have. ``encoding``: "utf-8" (with byte
    order mark), "cp1252" or "utf-16". ``paths``: "windows" or "posix". ``images``: "jpg" (colour, 150 dpi) or "tif"
    (Group IV, 300 dpi). ``dates``: a strftime form.
    """

    columns: Mapping[str, str] = field(default_factory=lambda: {name: name for name in FIELDS})
    encoding: str = "utf-8"
    paths: str = "windows"
    images: str = "jpg"
    dates: str = "%Y-%m-%d %H:%M:%S"


def read_profile(path: Path) -> Profile:
    """A profile out of a TOML file with any of the fields of :class:`Profile`.

    Raises NotAllowed naming the file and what is wrong in it.
    """
    try:
        given: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        profile = Profile(**given)
    except (OSError, ValueError, TypeError) as error:
        raise NotAllowed(f"{path}: not a profile of load files: {error}") from error
    unknown = sorted(set(profile.columns) - set(FIELDS))
    faults = (
        (unknown, f"columns names {', '.join(unknown)}; the fields are {', '.join(FIELDS)}"),
        (REQUIRED not in profile.columns, f"columns must have {REQUIRED}, by which load files find a document"),
        (profile.encoding not in ENCODINGS, f"encoding is one of {', '.join(ENCODINGS)}"),
        (profile.paths not in ("windows", "posix"), "paths is windows or posix"),
        (profile.images not in ("jpg", "tif"), "images is jpg or tif"),
    )
    for bad, told in faults:
        if bad:
            raise NotAllowed(f"{path}: {told}")
    return profile


def dat(records: Iterable[Record], profile: Profile) -> tuple[bytes, int]:
    """The bytes of the DAT file, and how many characters its encoding could not spell (each became "?")."""
    rows = [list(profile.columns.values())]
    rows += [[_value(record.get(name, "")) for name in profile.columns] for record in records]
    text = "".join(FIELD.join(f"{QUALIFIER}{cell}{QUALIFIER}" for cell in row) + "\r\n" for row in rows)
    codec = ENCODINGS[profile.encoding]
    lost = sum(not _spells(character, codec) for character in text) if codec == "cp1252" else 0
    return text.encode(codec, "replace"), lost


def read_dat(data: bytes) -> list[dict[str, str]]:
    """A DAT file in any of the three encodings as records; 0xAE is a line feed again. For checking what was written."""
    codec = (
        "utf-8-sig"
        if data.startswith(b"\xef\xbb\xbf")
        else "utf-16"
        if data[:2] in (b"\xff\xfe", b"\xfe\xff")
        else "cp1252"
    )
    lines = data.decode(codec).split("\r\n")[:-1]
    rows = [[cell.strip(QUALIFIER).replace(NEWLINE, "\n") for cell in line.split(FIELD)] for line in lines]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def opt(pages: Iterable[Sequence[str]], encoding: str) -> bytes:
    """The bytes of the OPT file: page ID, volume, path, "Y" and at the end the page count on first pages."""
    stream = StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(pages)
    return stream.getvalue().encode("cp1252" if encoding == "cp1252" else "utf-8")


def _value(text: str) -> str:
    """A value as a DAT field can hold it."""
    for mark, instead in REPLACED.items():
        text = text.replace(mark, instead)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(c if c == "\n" or (ord(c) >= 32 and not 0xD800 <= ord(c) < 0xE000) else "\ufffd" for c in text)
    return plain.replace("\n", NEWLINE)


def _spells(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
