"""What HTML elements do to the text inside them: tables for the page walk (HTML Standard 4, 13.1.2, 15.3)."""

from __future__ import annotations


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


# What an open element does to its text; combined as bits.
HIDDEN, CLOSED, MENU, HEADER, STRUCK, PRE, HEADING, PARAGRAPH, SKIP = (1 << bit for bit in range(9))

VOID = _names("area base br col embed frame hr img input keygen link meta param source track wbr")
#: Elements that stand on a line of their own.
BLOCK = _names(
    "address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 head header hgroup html iframe legend li main menu nav noscript ol optgroup "
    "option p pre search section select summary table tbody template textarea tfoot thead title tr ul"
)
CELL = _names("td th")
#: An end tag of another element does not reach across these.
SPECIAL = BLOCK | CELL
#: Shown only when open.
FOLDED = _names("details dialog")

FLAGS = {
    "nav": MENU,
    "footer": MENU,
    "select": MENU,
    "header": HEADER,
    "del": STRUCK,
    "s": STRUCK,
    "strike": STRUCK,
    "pre": PRE,
    "textarea": PRE,
    "p": PARAGRAPH,
    "template": SKIP,
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), HEADING),
}
ROLES = {"navigation": MENU, "contentinfo": MENU, "menu": MENU, "heading": HEADING}

_ENDS_PARAGRAPH = BLOCK - _names("button iframe noscript optgroup option template title")
#: A start tag closes these elements when they are on top (optional end tags).
ENDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_ENDS_PARAGRAPH, ("p",)),
    "li": ("p", "li"),
    "dt": ("p", "dt", "dd"),
    "dd": ("p", "dt", "dd"),
    "option": ("option",),
    "optgroup": ("option", "optgroup"),
    "td": ("p", "td", "th"),
    "th": ("p", "td", "th"),
    "tr": ("p", "td", "th", "tr"),
    "tbody": ("p", "td", "th", "tr", "tbody", "thead"),
    "tfoot": ("p", "td", "th", "tr", "tbody", "thead"),
}


def field_of(flags: int) -> str:
    """The field of text under these flags, the most telling first."""
    if flags & (HIDDEN | CLOSED):
        return "hidden"
    if flags & STRUCK:
        return "struck"
    if flags & MENU or (flags & HEADER and not flags & (HEADING | PARAGRAPH)):
        return "menu"
    return "heading" if flags & HEADING else "body"
