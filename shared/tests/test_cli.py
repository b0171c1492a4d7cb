"""The command line as a person and as a program meets it."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from aidataops.cli import app
from aidataops.messaging.command import app as dlq
from aidataops.settings import Settings
from aidataops.testing import ServiceHarness
from aidataops.testing.probe.app import create_app

runner = CliRunner()


async def leave_letter(database: str) -> None:
    async with ServiceHarness.start(create_app(), database) as probe:
        await probe.deliver_records(probe.raw("annotation.labels", b"item-1", b"{nonsense", []))


@pytest.fixture
def letter(database: str) -> dict[str, object]:
    """A dead letter of the probe, as ``dlq list --json`` tells it."""
    asyncio.run(leave_letter(database))
    told = runner.invoke(dlq, ["list", "probe", "--database-url", database, "--json"])
    assert told.exit_code == 0, told.output
    (row,) = json.loads(told.stdout)
    return dict(row)


def test_dead_letter_is_listed_with_its_reason(letter: dict[str, object], database: str) -> None:
    assert letter["code"] == "malformed"
    assert "ce_id" in str(letter["reason"])
    shown = runner.invoke(dlq, ["list", "probe", "--database-url", database])
    assert "malformed" in shown.stdout


def test_dead_letter_is_shown_whole(letter: dict[str, object], database: str) -> None:
    shown = runner.invoke(
        dlq, ["show", "probe", str(letter["identity"]), "--database-url", database]
    )
    assert json.loads(shown.stdout)["value"] == "{nonsense"


def test_replay_puts_the_record_on_its_way_again(letter: dict[str, object], database: str) -> None:
    told = runner.invoke(dlq, ["replay", "probe", "--all", "--database-url", database])
    assert "1 of probe's dead letters" in told.stdout
    (row,) = json.loads(
        runner.invoke(dlq, ["list", "probe", "--database-url", database, "--json"]).stdout
    )
    assert row["replayed_at"]


def test_replay_asks_which(database: str) -> None:
    told = runner.invoke(dlq, ["replay", "probe", "--database-url", database])
    assert told.exit_code == 2
    assert "--all" in told.output


def test_service_that_is_not_there_is_said_to_be_so(database: str) -> None:
    told = runner.invoke(dlq, ["list", "nobody", "--database-url", database])
    assert told.exit_code == 1
    assert "'nobody'" in told.output


def test_every_setting_is_listed_with_its_meaning() -> None:
    rows = json.loads(runner.invoke(app, ["settings", "--json"]).stdout)
    told = {row["variable"]: row["type"] for row in rows}
    assert len(told) == len(rows)
    assert told.keys() > {f"AIDATAOPS_{name.upper()}" for name in Settings.model_fields}
    assert told["AIDATAOPS_GATEWAY_CONNECTIONS"] == "Path | None"
    assert told["AIDATAOPS_KAFKA_SASL_MECHANISM"].startswith("Literal['PLAIN'")
    assert {name.removeprefix("AIDATAOPS_").split("_")[0] for name in told} > {
        "ANNOTATION", "FEEDBACK", "GATEWAY", "LINEAGE",
    }  # fmt: skip
    assert all(row["meaning"] for row in rows)


def test_sasl_without_tls_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIDATAOPS_KAFKA_SASL_USERNAME", "me")
    told = runner.invoke(app, ["topics", "create"])
    assert told.exit_code == 1
    assert "SASL_SSL" in told.output


def test_contract_of_a_service_is_printed() -> None:
    document = json.loads(runner.invoke(app, ["asyncapi", "qa"]).stdout)
    assert document["asyncapi"] == "3.0.0"
    assert "sendBatchReleased" in document["operations"]


@pytest.mark.parametrize("command", ["up", "demo"])
def test_unknown_broker_is_a_wrong_option(command: str) -> None:
    told = runner.invoke(app, [command, "--kafka", "redpanda"])
    assert told.exit_code == 2
    assert "--kafka" in told.output
    assert "apache" in told.output


NOBODY = "postgresql://me:secret@127.0.0.1:1/aidataops"


@pytest.mark.parametrize(
    ("command", "variable"),
    [
        (("migrate", "qa"), "AIDATAOPS_ADMIN_DATABASE_URL"),
        (("dlq", "list", "qa"), "AIDATAOPS_DATABASE_URL"),
    ],
)
@pytest.mark.parametrize(
    ("url", "said"), [(NOBODY, "no Postgres answers at 127.0.0.1:1 "), ("aidataops", "scheme")]
)
def test_database_that_is_not_there_is_told_with_the_option_and_no_password(
    command: tuple[str, ...], variable: str, url: str, said: str
) -> None:
    kind, arguments = (dlq, command[1:]) if command[0] == "dlq" else (app, command)
    told = runner.invoke(kind, [*arguments, "--database-url", url])
    assert told.exit_code == 1
    for part in (said, "--database-url", variable):
        assert part in told.stderr
    assert "secret" not in told.output


def test_replay_of_a_letter_that_is_not_there_is_told(
    letter: dict[str, object], database: str
) -> None:
    assert letter["identity"]
    told = runner.invoke(dlq, ["replay", "probe", str(uuid4()), "--database-url", database])
    assert told.exit_code == 1
    assert "dlq list probe" in told.stderr


def test_kafka_that_is_away_is_told_with_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIDATAOPS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    told = runner.invoke(app, ["topics", "create"])
    assert told.exit_code == 1
    assert "no Kafka answers at 127.0.0.1:1: is AIDATAOPS_KAFKA_BOOTSTRAP right?" in told.stderr
