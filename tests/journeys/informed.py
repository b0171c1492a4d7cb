"""Somebody to be Informed: an address on this machine, and what is told there by webhook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from feedback_router.courier import signature

from .world import NOTICE_SECRET


@contextmanager
def listening() -> Iterator[tuple[str, list[tuple[Message, bytes]]]]:
    """The address, and the headers and body of each notice."""
    heard: list[tuple[Message, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((self.headers, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/told", heard
    server.shutdown()
    server.server_close()


async def told_of(heard: list[tuple[Message, bytes]], what: str) -> bool:
    """Whether a notice of this has come, with a signature that holds."""
    found = [(headers, body) for headers, body in heard if what in body.decode()]
    for headers, body in found:
        sent = headers["webhook-id"], headers["webhook-timestamp"], body.decode()
        assert headers["webhook-signature"] == signature(NOTICE_SECRET, *sent)
    return bool(found)
