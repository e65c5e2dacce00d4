"""A server on loopback that speaks HTTP/2 over TLS and answers everything with given fields, in their order."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived
from h2.exceptions import ProtocolError


def _answer(raw: socket.socket, context: ssl.SSLContext, fields: list[tuple[str, str]], body: bytes) -> None:
    with suppress(OSError, ProtocolError), context.wrap_socket(raw, server_side=True) as line:
        talk = H2Connection(H2Configuration(client_side=False, header_encoding=None, normalize_outbound_headers=False))
        talk.initiate_connection()
        line.sendall(talk.data_to_send())
        while data := line.recv(65536):
            for event in talk.receive_data(data):
                if isinstance(event, RequestReceived):
                    path = dict(event.headers)[b":path"]
                    status = "404" if path == b"/robots.txt" else "200"
                    head = [(":status", status), *fields, ("content-type", "text/html")]
                    talk.send_headers(event.stream_id, head)
                    talk.send_data(event.stream_id, body, end_stream=True)
            line.sendall(talk.data_to_send())


@contextmanager
def serving_h2(keys: Path, fields: list[tuple[str, str]], body: bytes) -> Iterator[str]:
    """Its address and port; ``keys`` is a directory with cert.pem and key.pem."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "cert.pem", keys / "key.pem")
    context.set_alpn_protocols(["h2"])
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with suppress(OSError):  # closed
            while True:
                raw, _ = server.accept()
                threading.Thread(target=_answer, args=(raw, context, fields, body), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.close()
