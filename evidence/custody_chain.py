"""The hash chain that the custody log was before it was a tree: entries in, the older heads out.

Manifests that were sealed then name a head as ``{"seq", "hash"}``. The entries kept their content when the log became a
tree, so the chain can be computed again from them at any time:

* old leaf = SHA-256("offsignal-custody-entry-1\\n" + canonical JSON of the entry's content)
* hash = SHA-256("offsignal-custody-link-1\\n" + hash before, hex + "\\n" + old leaf, hex + "\\n")
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from evidence.digest import canonical_json

CONVERTED = "log_converted"
START = "0" * 64
ENTRY_DOMAIN = b"offsignal-custody-entry-1\n"
LINK_DOMAIN = "offsignal-custody-link-1\n"


def link(before: str, content: Mapping[str, Any]) -> str:
    """The hash of the entry with that content after the hash ``before``; both in hex."""
    leaf = hashlib.sha256(ENTRY_DOMAIN + canonical_json(content)).hexdigest()
    return hashlib.sha256(f"{LINK_DOMAIN}{before}\n{leaf}\n".encode()).hexdigest()
