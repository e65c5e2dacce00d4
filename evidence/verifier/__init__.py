"""Checks an evidence bundle, or one exhibit of it, with the Python standard library alone (Python 3.9 or newer).

    python3 -I verify.py [--json] [DIRECTORY]      the directory this file lies in, unless another is named

Steps, each with the verdict proved, proved in part, failed, or not checked (and why):

     1  layout           the files that belong there and no others, under safe names; no links
     2  seal             seal.json recomputed byte for byte
     3  manifest         the bundle's manifest is canonical; size and SHA-256 of every file
     4  exhibits         each exhibit's own manifest and its files
     5  exhibit times    RFC 3161 timestamps over the exhibits' manifests (signatures by the openssl command)
     6  bundle time      RFC 3161 timestamps over the bundle's manifest
     7  archive times    RFC 3161 timestamps over each web archive as it was closed
     8  renewals         timestamps over older proofs, made before those aged
     9  WACZ             archives hold exactly what they list, with the listed digests
    10  WARC             every record inside: length and digests; index, page list and body.bin are of them
    11  claims           every quote stands at its offsets in the text, and in the stored page; its pins lead back
                         to the body that was sent, its record, its element and its picture
    12  custody          every entry shown is in the log's tree (RFC 6962), the log only grew since the heads that
                         the manifests name, and its last head is signed (Ed25519, by the openssl command)

It fails closed. The exit code is 0 only when everything that there is to prove was proved; 3 when nothing failed, but
something stayed open (a missing timestamp, no openssl); 1 when a step failed; 2 when there is no such directory.
Hostile input is expected: sizes are bounded by constants in capitals, and whatever cannot be read is a failed step.
"""

from evidence.verifier.command import as_text
from evidence.verifier.steps import verify

__all__ = ["as_text", "verify"]
