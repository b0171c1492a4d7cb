"""``aidataops items import`` and its neighbours as their users meet them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pyarrow as arrow
import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from aidataops.cli import app
from aidataops.client import AsyncClient, Retry


class Gateway:
    """Takes each (source, id) once; fails from the request number ``fails_from`` on."""

    def __init__(self) -> None:
        self.events: dict[tuple[str, str], dict[str, Any]] = {}
        self.requests = 0
        self.fails_from: int | None = None
        self.refuses: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.fails_from is not None and self.requests >= self.fails_from:
            return httpx.Response(503, json={"title": "Away", "detail": "for a while"})
        verdicts = []
        for event in json.loads(request.content):
            key = (event["source"], event["id"])
            if event["data"].get("text") in self.refuses:
                verdicts.append({"status": 403, "title": "Not yours", "detail": "ask for it"})
                continue
            known = self.events.setdefault(key, event)
            verdicts.append({"status": 202 if known is event else 200})
        return httpx.Response(202, json={"events": verdicts})

    def items(self) -> list[dict[str, Any]]:
        return [event["data"] for event in self.events.values()]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    stand_in = Gateway()

    def client(url: str, api_key: str) -> AsyncClient:
        transport = httpx.MockTransport(stand_in)
        return AsyncClient(url, api_key, retry=Retry(2, 0.001), transport=transport)

    monkeypatch.setattr("aidataops.client.destination.AsyncClient", client)
    monkeypatch.setenv("AIDATAOPS_GATEWAY_URL", "http://gateway")
    monkeypatch.setenv("AIDATAOPS_API_KEY", "the-key")
    return stand_in


ROWS = [
    {"item_id": "a", "text": "¿Dónde está mi pedido?", "language": "es", "n": "1"},
    {"item_id": "b", "text": "Where is\nmy order?", "language": "en", "n": "2"},
]


def write(directory: Path, suffix: str, rows: list[dict[str, Any]]) -> Path:
    path = directory / f"items{suffix}"
    if suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    elif suffix == ".csv":
        quoted = [[*rows[0]], *([str(value) for value in row.values()] for row in rows)]
        path.write_text(
            "\n".join(",".join(f'"{cell}"' for cell in line) for line in quoted), "utf-8-sig"
        )
    else:
        parquet.write_table(arrow.Table.from_pylist(rows), path)
    return path


def load(path: Path, *more: str) -> Result:
    arguments = ["items", "import", str(path), "--project", "support", "--source", "docs"]
    return CliRunner().invoke(app, [*arguments, *more])


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_rows_become_items_whatever_the_format(
    tmp_path: Path, gateway: Gateway, suffix: str
) -> None:
    result = load(write(tmp_path, suffix, ROWS), "--slice-field", "language")
    assert result.exit_code == 0, result.output
    assert [(item["item_id"], item["text"], item["slices"]) for item in gateway.items()] == [
        (row["item_id"], row["text"], {"language": row["language"]}) for row in ROWS
    ]
    assert "accepted 2" in result.stdout
    assert list(tmp_path.iterdir()) == [tmp_path / f"items{suffix}"]


def test_same_file_twice_changes_nothing(tmp_path: Path, gateway: Gateway) -> None:
    path = write(tmp_path, ".jsonl", [{"text": "one"}, {"text": "two"}])
    load(path)
    before = dict(gateway.events)
    result = load(write(tmp_path, ".csv", [{"text": "two"}, {"text": "one"}]), "--json")
    assert json.loads(result.stdout)["duplicates"] == 2
    assert gateway.events == before


def test_interrupted_import_goes_on_where_it_was(tmp_path: Path, gateway: Gateway) -> None:
    path = write(tmp_path, ".jsonl", [{"text": f"text {number}"} for number in range(2500)])
    gateway.fails_from = 3
    assert load(path).exit_code == 4
    assert len(gateway.events) == 2000
    gateway.fails_from, gateway.requests = None, 0
    result = load(path, "--json")
    assert (result.exit_code, gateway.requests, len(gateway.events)) == (0, 1, 2500)
    assert json.loads(result.stdout)["skipped"] == 2000


def test_refused_rows_are_sent_again(tmp_path: Path, gateway: Gateway) -> None:
    path = write(tmp_path, ".jsonl", [{"text": "one"}, {"text": "two"}])
    gateway.refuses = {"two"}
    assert load(path).exit_code == 1
    gateway.refuses = set()
    assert load(path).exit_code == 0
    assert [item["text"] for item in gateway.items()] == ["one", "two"]


def test_progress_that_cannot_be_written_stops_no_import(tmp_path: Path, gateway: Gateway) -> None:
    path = write(tmp_path, ".jsonl", ROWS)
    (tmp_path / ".items.jsonl.import.tmp").mkdir()
    assert load(path).exit_code == 0
    assert len(gateway.events) == 2


def test_changed_file_is_read_from_its_start(tmp_path: Path, gateway: Gateway) -> None:
    path = write(tmp_path, ".jsonl", [{"text": f"text {number}"} for number in range(1500)])
    gateway.fails_from = 2
    load(path)
    gateway.fails_from = None
    path.write_text('{"text": "another file"}')
    load(path)
    assert gateway.items()[-1]["text"] == "another file"


def test_bad_rows_are_told_by_number_and_field_and_harm_no_other(
    tmp_path: Path, gateway: Gateway
) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(
        '{"text": "fine"}\nnonsense\n[1]\n{"body": "x"}\n{"text": 5}\n'
        '{"uri": "s3://a/b.png"}\n{"text": "a", "uri": "b", "checksum": "c"}\n'
        '{"text": "x", "slices": "es"}\n{"text": "fine too", "item_id": 7}\n'
    )
    result = load(path)
    assert result.exit_code == 1
    assert [item["text"] for item in gateway.items()] == ["fine", "fine too"]
    for told in (
        "row 2: is no JSON",
        "row 3: is no JSON object",
        "row 4: text: missing; the columns are body: use --text-field",
        "row 5: text: 5: Input should be a valid string",
        "needs its checksum (sha256:<hex>)",
        "give either text or uri",
        "row 8: slices: 'es'",
    ):
        assert told in result.stdout


def test_row_with_too_few_columns_is_told(tmp_path: Path, gateway: Gateway) -> None:
    path = tmp_path / "items.csv"
    path.write_text("text,language\nfine,en\nshort\nlong,en,more\n")
    result = load(path)
    assert len(gateway.events) == 1
    assert "row 2: has not 2 columns" in result.stdout
    assert "row 3: has not 2 columns" in result.stdout


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("items.txt", b"x", ".jsonl"),
        ("items.parquet", b"not parquet", "no Parquet file"),
        ("items.csv", b"text\n\xff\xfe", "cannot be read"),
    ],
)
def test_file_that_cannot_be_read_ends_with_3_and_the_reason(
    tmp_path: Path, gateway: Gateway, name: str, content: bytes, told: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    result = load(path)
    assert (result.exit_code, gateway.events) == (3, {})
    assert told in result.stderr


def test_dry_run_reads_and_sends_nothing(tmp_path: Path) -> None:
    result = load(write(tmp_path, ".jsonl", ROWS), "--dry-run")
    assert result.exit_code == 0
    assert "2 rows read" in result.stdout


def test_multimodal_item_comes_by_uri(tmp_path: Path, gateway: Gateway) -> None:
    row = {"uri": "s3://a/b.wav", "media_type": "audio/wav", "checksum": "sha256:" + "0" * 64}
    load(write(tmp_path, ".parquet", [row]))
    (item,) = gateway.items()
    assert (item["uri"], item["media_type"], item["checksum"]) == tuple(row.values())


def test_benchmark_is_protected_in_chunks(tmp_path: Path, gateway: Gateway) -> None:
    path = write(tmp_path, ".jsonl", [{"question": f"what is {number}"} for number in range(1200)])
    arguments = ["benchmark", "protect", str(path), "--name", "faq", "--text-field", "question"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert [(one["chunk"], one["chunks"], len(one["texts"])) for one in gateway.items()] == [
        (0, 2, 1000),
        (1, 2, 200),
    ]
    result = CliRunner().invoke(app, [*arguments, "--text-field", "text"])
    assert result.exit_code == 3
    assert "row 1: text: no text; the columns are question" in result.stderr


def test_benchmark_that_grew_is_protected_again(tmp_path: Path, gateway: Gateway) -> None:
    for texts in (["one"], ["one", "two"]):
        path = write(tmp_path, ".jsonl", [{"text": text} for text in texts])
        result = CliRunner().invoke(app, ["benchmark", "protect", str(path), "--name", "faq"])
        assert result.exit_code == 0, result.output
    assert [one["texts"] for one in gateway.items()] == [["one"], ["one", "two"]]


def test_weights_and_floors_come_from_a_table(tmp_path: Path, gateway: Gateway) -> None:
    path = tmp_path / "production.csv"
    path.write_text("language,risk,weight,floor,reason\nes,,3,,\nen,,7,,\nes,high,,59,self-harm\n")
    arguments = ["coverage", "weights", str(path), "--project", "support", "--revision", "2"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    (weights,) = gateway.items()
    assert weights["weights"] == [
        {"slices": {"language": "es"}, "weight": 3.0},
        {"slices": {"language": "en"}, "weight": 7.0},
    ]
    assert weights["floors"] == [
        {"slices": {"language": "es", "risk": "high"}, "items": 59, "reason": "self-harm"}
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("language,weight\nes,much\n", "row 1: could not convert"),
        ("language,weight\nes,-1\n", "weights.0.weight: -1"),
        ("language,floor,reason\nes,0,x\n", "floors.0.items: 0"),
        ("language,weight\nes,nan\n", "weights.0.weight"),
        ("language,weight\nes,1\nes,2\n", "weights.1: {'language': 'es'} has a weight already"),
    ],
)
def test_bad_weights_are_told_by_field(
    tmp_path: Path, gateway: Gateway, content: str, told: str
) -> None:
    path = tmp_path / "production.csv"
    path.write_text(content)
    arguments = ["coverage", "weights", str(path), "--project", "support", "--revision", "1"]
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, gateway.events) == (3, {})
    assert told in result.stderr


def test_decisions_are_sent_with_who_and_why(gateway: Gateway) -> None:
    more = ["--project", "support", "--as", "lead", "--reason", "asked legal"]
    result = CliRunner().invoke(app, ["sources", "decide", "docs", "approved", *more])
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(app, ["items", "release", "a", "--gate", "encoding", *more])
    assert result.exit_code == 0, result.output
    decided, released = gateway.items()
    assert (decided["subject"], decided["verdict"], decided["made_by"]) == (
        "docs",
        "approved",
        "lead",
    )
    assert (released["subject"], released["gate"], released["reason"]) == (
        "a",
        "encoding",
        "asked legal",
    )


def test_file_that_is_not_there_is_told_as_one_that_cannot_be_read(
    tmp_path: Path, gateway: Gateway
) -> None:
    missing = tmp_path / "missing.jsonl"
    weights = ["coverage", "weights", str(missing), "--project", "p", "--revision", "1"]
    benchmark = ["benchmark", "protect", str(missing), "--name", "faq"]
    for result in (
        load(missing),
        *(CliRunner().invoke(app, each) for each in (weights, benchmark)),
    ):
        assert result.exit_code == 3
        assert f"{missing}: cannot be read" in result.stderr
    assert gateway.events == {}


def test_gate_that_nobody_can_open_is_a_wrong_option(gateway: Gateway) -> None:
    release = ["items", "release", "i-1", "--project", "p", "--as", "lead", "--reason", "checked"]
    result = CliRunner().invoke(app, [*release, "--gate", "licence"])
    assert result.exit_code == 2
    assert "near_duplicate" in result.stderr
    assert CliRunner().invoke(app, [*release, "--gate", "near_duplicate"]).exit_code == 0
