"""Failures that are sent while a run goes on: what the end would say, and not said again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aidataops.client import event_key
from aidataops.client.command import app
from aidataops.client.outbox import Entry
from aidataops.events import Payload
from aidataops.events.evaluation import EvaluationFailure
from aidataops.harnesses.inspect.adapter import live_failure
from aidataops.harnesses.inspect.log import Log
from aidataops.hooks.publisher import Publisher

from .conftest import Gateway

JOURNAL = Path(__file__).parents[1] / "harnesses/fixtures/inspect/crashed-journal.jsonl"
LINES = [json.loads(line) for line in JOURNAL.read_text().splitlines()]
SAMPLES: list[dict[str, Any]] = [line["sample"] for line in LINES if "sample" in line]


@pytest.fixture
def entry(gateway: Gateway) -> Entry:
    publisher = _publisher()
    file = publisher.place("task.jsonl")
    shutil.copy(JOURNAL, file)
    return publisher.keep("inspect", file, interrupted=True)


def _publisher() -> Publisher:
    publisher = Publisher.from_environment()
    assert publisher is not None
    return publisher


def told_live(entry: Entry) -> list[Payload]:
    found = (live_failure(Log(entry.file), sample, entry.options) for sample in SAMPLES)
    return [one for one in found if one is not None]


def send(entry: Entry, *payloads: Payload) -> None:
    sender = _publisher().live(entry)
    assert sender is not None
    for payload in payloads:
        sender.send(payload)
    sender.close()


def ids(gateway: Gateway) -> list[str]:
    return sorted(event["id"] for event in gateway.events)


def test_what_is_said_live_is_what_the_end_says(entry: Entry) -> None:
    failures = [one for one in entry.events() if isinstance(one, EvaluationFailure)]
    assert told_live(entry) == failures
    assert len(failures) == 2


@pytest.mark.parametrize("scores", [{}, {"match": {"value": 0.4}}, {"a": {"value": "I"}}])
def test_what_the_end_may_still_say_otherwise_waits_for_it(
    entry: Entry, scores: dict[str, Any]
) -> None:
    assert live_failure(Log(entry.file), SAMPLES[1] | {"scores": scores}, entry.options) is None


def test_a_second_scorer_waits_for_the_end(entry: Entry) -> None:
    header = json.loads(entry.file.read_text().splitlines()[0])
    header["eval"]["scorers"] *= 2
    entry.file.write_text(json.dumps(header) + "\n")
    assert told_live(entry) == []


def test_nothing_is_sent_twice_and_nothing_is_lost(gateway: Gateway, entry: Entry) -> None:
    everything = sorted(event_key(one) for one in entry.events())
    send(entry, *told_live(entry))
    assert len(gateway.events) == 2
    assert _publisher().deliver(entry) is not None
    assert ids(gateway) == everything
    assert list(entry.file.parent.iterdir()) == []


def test_a_crash_in_between_leaves_the_rest_to_the_outbox(gateway: Gateway, entry: Entry) -> None:
    """Killed after the first failure was taken, and in the middle of noting the next."""
    everything = sorted(event_key(one) for one in entry.events())
    send(entry, told_live(entry)[0])
    with entry.file.with_name("task.jsonl.sent").open("a") as opened:
        opened.write(event_key(told_live(entry)[1])[:9])
    assert CliRunner().invoke(app, ["outbox", str(entry.file.parent)]).exit_code == 0
    assert ids(gateway) == everything


def test_what_the_gateway_refuses_or_never_saw_is_sent_at_the_end(
    gateway: Gateway, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = sorted(event_key(one) for one in entry.events())
    gateway.status = 409
    send(entry, told_live(entry)[0])
    gateway.events.clear()
    gateway.status = 202
    monkeypatch.setenv("AIDATAOPS_GATEWAY_URL", "http://127.0.0.1:9")
    send(entry, told_live(entry)[1])
    monkeypatch.setenv("AIDATAOPS_GATEWAY_URL", gateway.url)
    assert _publisher().deliver(entry) is not None
    assert ids(gateway) == everything


def test_without_a_gateway_nothing_is_sent_live(
    gateway: Gateway, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIDATAOPS_GATEWAY_URL")
    assert _publisher().live(entry) is None
