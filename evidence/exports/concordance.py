"""A production volume for review platforms: DAT and OPT load files, page images, natives, texts and reports.

::

    PREFIX001/ DATA/ IMAGES/0001/ NATIVES/0001/ TEXT/0001/ REPORTS/ manifest-sha256.txt README.txt

A document is an exhibit: its pages are those of the numbered print in the bundle, its native is the web archive, its
text the page's text. An app package that was captured is a document of its own, a child of its exhibit: one slip-sheet,
the package as native, marked as never to be run.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from crawler import clock
from evidence.digest import sha256_file
from evidence.errors import Unreadable
from evidence.exports.load_files import Profile, Record, dat, opt
from evidence.exports.material import Item, Material
from evidence.exports.page_images import draw
from evidence.exports.volume_reports import README, Withheld, write_reports

FOLDER_FILES = 5000
NUMBER = re.compile(r"(?P<prefix>.*?)(?P<digits>\d+)")
QUARANTINED = ".apk.quarantined"
NEVER_RUN = "PROGRAM FILE - kept as bytes, never run; may be harmful"

#: Gives that many new page numbers, which no other page ever gets.
Numbers = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Volume:
    """A written volume: its name, documents and pages, and how many characters its encoding could not spell."""

    name: str
    documents: int
    pages: int
    lost_characters: int


@dataclass(frozen=True, slots=True)
class _Document:
    item: Item
    pages: tuple[str, ...]
    native: Path
    kind: str
    text: str
    images: tuple[str, ...]
    paths: tuple[str, str]
    parent: str
    family: tuple[str, str]


def write_volume(
    material: Material, target: Path, profile: Profile, *, by: str, numbers: Numbers, withheld: Sequence[Withheld] = ()
) -> Volume:
    """Writes the volume below ``target``. ``numbers`` numbers the slip-sheets of app packages; ``by`` is who makes it.

    Raises Unreadable when an exhibit has no numbered print, or its print cannot be drawn.
    """
    for item in material.items:
        if item.printed is None:
            raise Unreadable(f"exhibit {item.number} has no numbered print in {material.root}: build the bundle again")
    name = f"{_prefix(material)}001"
    root = target / name
    writer = _Writer(root, profile)
    documents = [one for item in material.items for one in writer.documents(item, numbers)]
    data, lost = dat((_record(material, one, name, profile) for one in documents), profile)
    (root / "DATA").mkdir(parents=True, exist_ok=True)
    (root / "DATA" / f"{name}.dat").write_bytes(data)
    pages = [line for one in documents for line in _pages(one, name)]
    (root / "DATA" / f"{name}.opt").write_bytes(opt(pages, profile.encoding))
    write_reports(material, root / "REPORTS", withheld, by)
    (root / "README.txt").write_text(README.format(case=material.case_id, volume=name), "utf-8")
    listed = sorted(path for path in root.rglob("*") if path.is_file())
    lines = [f"{sha256_file(path)}  {path.relative_to(root).as_posix()}\n" for path in listed]
    (root / "manifest-sha256.txt").write_text("".join(lines), "utf-8")
    return Volume(name, len(documents), len(pages), lost)


class _Writer:
    """Lays the files of documents into the volume's folders."""

    def __init__(self, root: Path, profile: Profile) -> None:
        self._root, self._profile = root, profile
        self._files = {"IMAGES": 0, "NATIVES": 0, "TEXT": 0}

    def documents(self, item: Item, numbers: Numbers) -> Iterator[_Document]:
        """The exhibit, then its app packages."""
        assert item.printed is not None  # noqa: S101  # write_volume has looked
        pdf, begin, end = item.printed
        pages = _between(begin, end)
        apps = [item.folder / str(row["path"]) for row in item.files if str(row["path"]).startswith("apps/")]
        apps = [path for path in apps if path.name.endswith(QUARANTINED)]
        slips = [tuple(numbers(item.exhibit_id, 1)) for _ in apps]
        family = (begin, slips[-1][-1] if slips else end)
        images = tuple(self._images(pdf, pages))
        paths = (self._native(item.folder / "capture.wacz", begin), self._text(item.text, begin))
        yield _Document(item, pages, item.folder / "capture.wacz", "WebPage", item.text, images, paths, "", family)
        for path, slip in zip(apps, slips, strict=True):
            text = f"{NEVER_RUN}\n{path.name}\nSHA-256 {sha256_file(path)}\nof exhibit {item.number}, {item.url}\n"
            image = self._slip_sheet(text, slip[0])
            paths = (self._native(path, slip[0], QUARANTINED), self._text(text, slip[0]))
            yield _Document(item, slip, path, "APK", text, (image,), paths, begin, family)

    def _images(self, pdf: Path, pages: Sequence[str]) -> Iterator[str]:
        folder = self._folder("IMAGES", len(pages))
        for path in draw(pdf, pages, folder, self._profile.images):
            yield self._spelled(path)

    def _slip_sheet(self, text: str, number: str) -> str:
        from PIL import Image, ImageDraw

        sheet = Image.new("L", (1240, 1754), 255)
        ImageDraw.Draw(sheet).multiline_text((120, 700), f"{text}\n{number}", fill=0, font_size=26, spacing=14)
        path = self._folder("IMAGES", 1) / f"{number}.{self._profile.images}"
        if self._profile.images == "jpg":
            sheet.save(path, "JPEG", dpi=(150, 150))
        else:
            sheet.convert("1").save(path, "TIFF", compression="group4", dpi=(150, 150))
        return self._spelled(path)

    def _native(self, source: Path, number: str, suffix: str = ".wacz") -> str:
        if not source.exists():
            return ""
        path = self._folder("NATIVES", 1) / f"{number}{suffix}"
        shutil.copyfile(source, path)
        return self._spelled(path)

    def _text(self, text: str, number: str) -> str:
        path = self._folder("TEXT", 1) / f"{number}.txt"
        path.write_text(text, "utf-8-sig")
        return self._spelled(path)

    def _folder(self, kind: str, files: int) -> Path:
        """The folder that the next ``files`` files of this kind go into; a full one is followed by the next."""
        if self._files[kind] % FOLDER_FILES + files > FOLDER_FILES:
            self._files[kind] += FOLDER_FILES - self._files[kind] % FOLDER_FILES
        folder = self._root / kind / f"{self._files[kind] // FOLDER_FILES + 1:04d}"
        self._files[kind] += files
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _spelled(self, path: Path) -> str:
        name = path.relative_to(self._root).as_posix()
        return name.replace("/", "\\") if self._profile.paths == "windows" else name


def _record(material: Material, one: _Document, volume: str, profile: Profile) -> Record:
    item = one.item
    exists = one.native.exists()
    data = one.native.read_bytes() if exists else b""
    stamped = sorted(proof.gen_time for proof in item.proofs if not proof.practice)
    return {
        "BEGBATES": one.pages[0],
        "ENDBATES": one.pages[-1],
        "BEGATTACH": one.family[0],
        "ENDATTACH": one.family[1],
        "PARENTID": one.parent,
        "CUSTODIAN": item.fact("collection", "operator_name"),
        "ALLCUSTODIANS": item.fact("collection", "operator_name"),
        "DOCTYPE": one.kind,
        "RCRDTYPE": "Electronic",
        "FILENAME": one.native.name if exists else "",
        "FILEEXT": one.native.suffix.removeprefix(".") if exists else "",
        "FILESIZE": str(len(data)) if exists else "",
        "TITLE": item.fact("title") if one.kind == "WebPage" else NEVER_RUN,
        "AUTHOR_SELLER": item.fact("target", "seller_name_shown"),
        "URL_REQUESTED": item.url,
        "URL_FINAL": item.fact("url_final"),
        "DATETIME_CAPTURED_UTC": _date(item.captured_at, profile),
        "TIMEZONE": "UTC",
        "DATE_PUBLISHED_SHOWN": item.fact("target", "publish_date_shown"),
        "SERVER_IP": item.fact("server_ip"),
        "COLLECTOR": item.fact("collection", "operator_name"),
        "COLLECTION_TOOL": item.tool,
        "COLLECTION_IP": item.fact("network", "collector_egress_ip"),
        "MD5HASH": hashlib.md5(data, usedforsecurity=False).hexdigest() if exists else "",
        "SHA1HASH": hashlib.sha1(data, usedforsecurity=False).hexdigest() if exists else "",
        "SHA256HASH": hashlib.sha256(data).hexdigest() if exists else "",
        "TSA_TIME": _date(stamped[0], profile) if stamped else "",
        "EVIDENCE_ID": item.exhibit_id,
        "CASE_ID": material.case_id,
        "LANGUAGE": item.fact("target", "language"),
        "REDACTED": "No",
        "PAGECOUNT": str(len(one.pages)),
        "NATIVEPATH": one.paths[0],
        "TEXTPATH": one.paths[1],
        "PRODVOL": volume,
        "PRODDATE": _date(clock.iso(clock.now()), profile),
    }


def _pages(one: _Document, volume: str) -> Iterator[Sequence[str]]:
    for place, (number, image) in enumerate(zip(one.pages, one.images, strict=True)):
        first = place == 0
        yield (number, volume, image, "Y" if first else "", "", "", str(len(one.pages)) if first else "")


def _between(begin: str, end: str) -> tuple[str, ...]:
    """Every number from ``begin`` to ``end``, spelled alike."""
    first, last = NUMBER.fullmatch(begin), NUMBER.fullmatch(end)
    if first is None or last is None or first["prefix"] != last["prefix"]:
        raise Unreadable(f"{begin} to {end} are no page numbers of one register")
    width = len(first["digits"])
    return tuple(f"{first['prefix']}{n:0{width}d}" for n in range(int(first["digits"]), int(last["digits"]) + 1))


def _prefix(material: Material) -> str:
    """The letters of the page numbers, as a volume's name may have them."""
    found = NUMBER.fullmatch(material.items[0].printed[1]) if material.items and material.items[0].printed else None
    return re.sub(r"[^A-Za-z0-9]", "", found["prefix"]) if found else "VOL"


def _date(text: str, profile: Profile) -> str:
    return clock.parse(text).astimezone(UTC).strftime(profile.dates) if text else ""
