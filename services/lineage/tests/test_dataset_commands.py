"""``aidataops dataset export`` and ``card``, as a person runs them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from lineage.commands.dataset import app


class Dataset:
    """The command, on a database where the story has happened."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __call__(self, *arguments: str) -> Result:
        given = [*arguments, "--database-url", self._url]
        # the command has a loop of its own
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, given))


@pytest.fixture
def dataset(storied: str) -> Dataset:
    return Dataset(storied)


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What a server that takes OpenLineage over HTTP is sent."""
    events: list[dict[str, Any]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            events.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield events
    server.shutdown()
    server.server_close()


async def test_export_and_card_say_what_they_did(
    dataset: Dataset, tmp_path: Path, received: list[dict[str, Any]]
) -> None:
    to = ("--to", str(tmp_path), "--shape", "domain")
    plain = await dataset("export", "support@2", *to)
    assert plain.exit_code == 0
    assert plain.stdout.startswith("4 records of 4 rows: ")
    told = json.loads((await dataset("export", "support@2", *to, "--json")).stdout)
    assert told["sha256"] in plain.stdout
    assert (
        json.loads((tmp_path / "support@2.domain.jsonl.manifest").read_text())["hash"]
        == (told["hash"])
    )

    card = await dataset("card", "support@2", "--format", "prov", "--json")
    assert "entity" in json.loads(json.loads(card.stdout)["document"])
    sent = await dataset("card", "support@2", "--format", "openlineage", "--send")
    assert (sent.exit_code, sent.stdout) == (0, "4 events sent\n")
    assert [event["eventType"] for event in received] == ["START", "COMPLETE"] * 2
    assert received[1]["outputs"][0]["facets"]["version"]["datasetVersion"] == "2"


async def test_what_cannot_be_done_is_one_sentence_and_a_code(
    dataset: Dataset, tmp_path: Path
) -> None:
    to = ("--to", str(tmp_path))
    unknown = await dataset("export", "support@9", *to)
    assert (unknown.exit_code, unknown.stderr.strip()) == (
        1,
        "support@9 is not published: `aidataops dataset list`",
    )
    unfit = await dataset("export", "support@2", *to, "--shape", "preference")
    assert unfit.exit_code == 1
    assert "4 × it has no candidates to compare" in unfit.stderr
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "x").write_text("{}")
    wrong = await dataset(
        "card", "support@2", "--format", "croissant", "--export", str(tmp_path / "x")
    )
    assert wrong.exit_code == 2
    assert "no export's manifest" in " ".join(wrong.stderr.replace("│", " ").split())
    unsendable = await dataset("card", "support@2", "--send")
    assert unsendable.exit_code == 2
