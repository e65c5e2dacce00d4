"""What is measured on: texts of 2 kB and pages of 40 kB from the corpus and the sample web, the same every time."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from classifiers.document import from_text
from classifiers.prefilter import Prefilter
from classifiers.topic import names_messenger
from classifiers.training import corpus
from classifiers.training.corpus import Example

TEXT_BYTES = 2_000
PAGE_BYTES = 40_000
SAMPLE_WEB = Path(__file__).parent.parent / "desk" / "sampleweb" / "sites"


def texts(count: int) -> list[str]:
    """``count`` different texts of at most :data:`TEXT_BYTES`, no passage used twice, the files taken in turn."""
    return list(_in_turn(count, lambda example: example.title + "\n" + example.text))


def silent_texts(count: int) -> list[str]:
    """Texts of the same vocabulary in which nobody speaks of messaging: the whole text must be read to know it."""
    prefilter = Prefilter()
    made = _in_turn(10 * count, lambda example: _silenced(example.text))
    return list(islice((text for text in made if prefilter.rules_out(from_text("", text))), count))


def _in_turn(count: int, text_of: Callable[[Example], str]) -> Iterator[str]:
    by_file: dict[tuple[str, str], list[str]] = {}
    for example in corpus.load():
        by_file.setdefault((example.file, example.lang), []).append(text_of(example))
    cut = [iter(list(_cut("\n\n".join(parts)))) for parts in by_file.values()]
    made = 0
    while cut:
        for pieces in list(cut):
            piece = next(pieces, None)
            if piece is None:
                cut.remove(pieces)
                continue
            yield piece
            made += 1
            if made == count:
                return


def _cut(text: str) -> Iterator[str]:
    """Pieces of nearly :data:`TEXT_BYTES`; the last, shorter one is left out."""
    raw = text.encode()
    start = 0
    while len(raw) - start >= TEXT_BYTES:
        stop = raw.rfind(b" ", start, start + TEXT_BYTES)
        stop = start + TEXT_BYTES if stop <= start + TEXT_BYTES // 2 else stop
        yield raw[start:stop].decode("utf-8", "ignore")
        start = stop


def _silenced(text: str) -> str:
    """The text without the words that name a messaging app."""
    lines = []
    for line in text.splitlines():
        kept = [
            word for word in line.split(" ") if not names_messenger(from_text("", word)) and "acc" not in word.lower()
        ]
        silent = " ".join(kept)
        if not names_messenger(from_text("", silent)):
            lines.append(silent)
    return "\n".join(lines)


_STYLE = ".card-{n}{{display:flex;padding:{n}px 1{n}px;background:#f{n}f{n}f{n};color:rgb({n},20,30)}}\n"
_SCRIPT = "window.q{n}=window.q{n}||function(a,b){{return a&&b?a.concat(b).slice({n}):[]}};q{n}([{n}],['c{n}']);\n"
_ICON = '<svg class="icon icon-{n}" viewBox="0 0 24 24" role="img"><path d="M12 {n}.5a9.5 9.5 0 1 0 0 19l{n} 2"/></svg>'


def pages(count: int) -> list[bytes]:
    """``count`` pages of about :data:`PAGE_BYTES`: two texts each, with the styles, scripts, menus and icons around
    them that fill a landing page."""
    pieces = texts(2 * count)
    return [_page(number, pieces[2 * number] + "\n" + pieces[2 * number + 1]) for number in range(len(pieces) // 2)]


def _page(number: int, text: str) -> bytes:
    lines = [line for line in text.splitlines() if line.strip()]
    title = html.escape(lines[0][:80])
    menu = "".join(f'<li class="menu-item item-{n}"><a href="/section/{n}">Section {n}</a></li>' for n in range(40))
    cards = "".join(
        f'<section class="block block-{n}"><div class="row"><div class="col-md-{n % 12}">'
        f"{_ICON.format(n=n % 10)}<p>{html.escape(line)}</p></div></div></section>\n"
        for n, line in enumerate(lines[1:])
    )
    body = (
        f'<header><a class="brand" href="/">{title}</a><nav><ul>{menu}</ul></nav></header><main><h1>{title}</h1>{cards}'
        f"</main><footer><ul>{menu}</ul><p>&copy; 2026</p></footer>"
    )
    room = PAGE_BYTES - len(body.encode())
    styles = "".join(_STYLE.format(n=n) for n in range(max(0, room // 2 // len(_STYLE))))
    scripts = "".join(_SCRIPT.format(n=n) for n in range(max(0, room // 2 // len(_SCRIPT))))
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title} {number}</title><style>{styles}</style>'
        f"<script>{scripts}</script></head><body>{body}</body></html>"
    ).encode()


def sample_pages() -> list[bytes]:
    """Every page of the sample web."""
    return [path.read_bytes() for path in sorted(SAMPLE_WEB.glob("*/**/*.html"))]
