"""What hooks leave behind is published later, once, and never lost on the way."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aidataops.client.command import app
from aidataops.client.outbox import Entry, entries
from aidataops.errors import ConfigurationError
from aidataops.harnesses import ReadOptions, TableMapping
from aidataops.hooks.publisher import Publisher

from .conftest import Gateway

FIXTURES = Path(__file__).parents[1] / "harnesses" / "fixtures"


@pytest.fixture
def entry(gateway: Gateway, tmp_path: Path) -> Entry:
    """An entry as a hook keeps it."""
    publisher = _publisher()
    file = publisher.place("results.json")
    shutil.copy(FIXTURES / "promptfoo" / "results.json", file)
    return publisher.keep("promptfoo", file)


def _publisher() -> Publisher:
    publisher = Publisher.from_environment()
    assert publisher is not None
    return publisher


def outbox(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["outbox", *arguments])


def test_entry_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    mapping = TableMapping.load(FIXTURES / "table" / "mapping.yaml")
    said = {"run": {"dataset_version": "s@1"}, "categories": {"a=b": "safety"}}
    other = TableMapping.model_validate(said)
    options = ReadOptions(
        project="p",
        completed_at=mapping.run.completed_at,
        model=mapping.run.model,
        task=mapping.run.task,
        dataset_version=other.run.dataset_version,
        slice_fields=("language",),
        categories=other.categories,
        table=mapping,
    )
    shutil.copy(FIXTURES / "table" / "samples.csv", tmp_path / "samples.csv")
    kept = Entry("csv", tmp_path / "samples.csv", options)
    kept.keep()
    [path] = entries(tmp_path)
    loaded = Entry.load(path)
    assert loaded == kept
    assert list(loaded.events()) == list(kept.events())


def test_delivered_entry_is_forgotten(gateway: Gateway, entry: Entry) -> None:
    report = _publisher().deliver(entry)
    assert report is not None
    assert report.accepted == len(gateway.events) == 58
    assert not entry.file.exists()
    assert not entry.path.exists()


def test_gateway_out_of_reach_loses_nothing(
    gateway: Gateway,
    entry: Entry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("AIDATAOPS_GATEWAY_URL", "http://127.0.0.1:9")
    with caplog.at_level(logging.WARNING):
        assert _publisher().deliver(entry) is None
    assert "aidataops publish outbox" in caplog.text
    monkeypatch.setenv("AIDATAOPS_GATEWAY_URL", gateway.url)
    result = outbox(str(entry.file.parent), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["accepted"] == 58
    assert entries(entry.file.parent) == []


def test_refused_events_keep_the_entry(gateway: Gateway, entry: Entry) -> None:
    gateway.status = 409
    report = _publisher().deliver(entry)
    assert report is not None
    assert not report.ok
    assert entry.path.exists()
    assert outbox(str(entry.file.parent)).exit_code == 1
    assert entry.path.exists()


def test_dry_run_sends_and_forgets_nothing(gateway: Gateway, entry: Entry) -> None:
    result = outbox(str(entry.file.parent), "--dry-run")
    assert result.exit_code == 0, result.output
    assert gateway.events == []
    assert entry.path.exists()


def test_broken_entry_harms_no_other(gateway: Gateway, entry: Entry) -> None:
    (entry.file.parent / "a.json.entry.json").write_text('{"tool": "nonsense"}')
    result = outbox(str(entry.file.parent))
    assert result.exit_code == 3
    assert "a.json.entry.json: is no entry of an outbox" in result.output
    assert len(gateway.events) == 58
    assert not entry.path.exists()


def test_crashed_run_is_published_with_what_never_ran_as_errored(
    gateway: Gateway, tmp_path: Path
) -> None:
    """A journal that Inspect's hook had written when the process was killed at its fifth sample."""
    publisher = _publisher()
    file = publisher.place("crashed.jsonl")
    whole = (FIXTURES / "inspect" / "crashed-journal.jsonl").read_bytes()
    file.write_bytes(whole + b'{"sample": {"id": "q4", "epo')
    publisher.keep("inspect", file, interrupted=True)
    assert outbox(str(file.parent)).exit_code == 0
    [run] = gateway.of("run_completed")
    assert (run["samples"], run["errored"]) == (6, 2)
    assert {failure["sample_id"] for failure in gateway.of("failure")} == {"six@1/q1", "six@1/q3"}


def test_nobody_asked_means_nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIDATAOPS_PROJECT", raising=False)
    assert Publisher.from_environment() is None
    monkeypatch.setenv("AIDATAOPS_PROJECT", "p")
    monkeypatch.setenv("AIDATAOPS_DATASET_VERSION", "latest")
    with pytest.raises(
        ConfigurationError, match="AIDATAOPS_DATASET_VERSION: 'latest' is not NAME@N"
    ):
        Publisher.from_environment()


def test_empty_outbox_says_so(gateway: Gateway, tmp_path: Path) -> None:
    result = outbox(str(tmp_path / "none"))
    assert (result.exit_code, result.stdout) == (0, f"Nothing waits in {tmp_path / 'none'}.\n")
