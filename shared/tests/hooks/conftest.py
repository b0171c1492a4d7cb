"""A gateway on a port, and the environment by which hooks find it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Gateway:
    """Takes everything in, unless it is told to refuse."""

    events: list[dict[str, Any]] = field(default_factory=list)
    status: int = 202
    url: str = ""

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event["data"] for event in self.events if f".{kind}." in event["type"]]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Gateway]:
    found = Gateway()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            events = json.loads(self.rfile.read(int(self.headers["content-length"])))
            found.events += events
            verdict = {"status": found.status, "problem": {"title": "No", "detail": "because"}}
            answer = json.dumps({"events": [verdict] * len(events)}).encode()
            self.send_response(202)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    for name, value in {
        "PROJECT": "support",
        "GATEWAY_URL": found.url,
        "API_KEY": "the-key",
        "OUTBOX": str(tmp_path / "outbox"),
    }.items():
        monkeypatch.setenv(f"AIDATAOPS_{name}", value)
    yield found
    server.shutdown()
    server.server_close()
