"""The process that makes an exhibit, in sentences for certificates, as docs/evidence.md has it.

Nothing here depends on a case.
"""

from __future__ import annotations

#: What the system does, step by step, as its own documentation has it.
STEPS = (
    "Search. Configured public sources are searched, at night on a schedule or when a person says so. robots.txt and "
    "rate limits are obeyed, and the system says who it is in its user agent. No account is used, no form is sent, "
    "nothing is bought.",
    "Fetch and render. An address to be preserved is opened by a browser process of its own with a fresh, empty "
    "profile. Its only way to the network is the system's own guard, which checks and records every address it "
    "connects to.",
    "Record. The exchanges the browser was given are kept as WARC 1.1 records in a WACZ file, together with the "
    "document after its scripts ran, screenshots, a print and the text. Requests that failed and parts that could not "
    "be had are listed with the reason in capture.json.",
    "Hash. The size and the SHA-256 of each file are listed in manifest.json, together with the head of the custody "
    "log.",
    "Timestamp. Authorities that have no part in the system are asked for RFC 3161 timestamps over manifest.json.",
    "Store. Files are kept read-only under the name of their own digest, and are checked against it whenever they are "
    "read. Every capture, sealing, copy and decision is an entry of a custody log in which each entry is bound to "
    "those before it.",
)
