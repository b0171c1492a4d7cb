"""``aidataops events`` as a program lead meets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from aidataops.client.destination import Destination
from aidataops.client.events import app
from aidataops.client.report import PublishReport
from aidataops.events import PAYLOADS, Payload
from aidataops.events.training import TrainingRunCompleted

TRAINED: dict[str, Any] = {
    "type": "training.run_completed",
    "data": {
        "training_run_id": "t-2",
        "project": "support",
        "model": "acme/assistant-v2",
        "datasets": [{"dataset": "support", "version": 2}],
        "recipe": "r1",
        "completed_at": "2026-01-31T12:00:00Z",
    },
}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Payload]:
    found: list[Payload] = []

    async def publish(_: Destination, payloads: list[Payload], *__: object) -> PublishReport:
        found.extend(payloads)
        return PublishReport("trace", accepted=len(payloads))

    monkeypatch.setattr(Destination, "publish", publish)
    return found


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(app, [*arguments], input=text, env={"AIDATAOPS_API_KEY": "key"})


def send(path: str, text: str | None = None) -> Result:
    return run("send", path, "--gateway", "http://127.0.0.1:1", text=text)


@pytest.mark.parametrize("form", ["trained.yaml", "trained.jsonl", "-"])
def test_event_of_a_file_is_published(sent: list[Payload], tmp_path: Path, form: str) -> None:
    text = yaml.safe_dump(TRAINED) if form.endswith("yaml") else json.dumps(TRAINED)
    (tmp_path / form).write_text(text)

    result = send("-" if form == "-" else str(tmp_path / form), text)

    assert (result.exit_code, "accepted 1" in result.stdout) == (0, True)
    assert sent == [TrainingRunCompleted.model_validate_json(json.dumps(TRAINED["data"]))]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (TRAINED | {"type": "training.run_complete"}, "no event type 'training.run_complete'"),
        (TRAINED | {"data": TRAINED["data"] | {"recipe": None}}, "data.recipe: Input should be"),
        (TRAINED | {"id": "mine"}, "type and data, and nothing else"),
        (["training.run_completed"], "type and data, and nothing else"),
    ],
)
def test_wrong_event_is_told_and_its_neighbour_is_published(
    sent: list[Payload], tmp_path: Path, wrong: object, said: str
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(f"{json.dumps(wrong)}\n{json.dumps(TRAINED)}\n")

    result = send(str(path))

    assert result.exit_code == 3
    assert "events.jsonl: line 1: " in result.stderr
    assert said in result.stderr
    assert len(sent) == 1


def test_file_that_is_none_is_an_error_and_nothing_is_sent(
    sent: list[Payload], tmp_path: Path
) -> None:
    path = tmp_path / "events.yaml"
    path.write_text("type: [")

    assert send(str(path)).exit_code == 3
    assert send(str(tmp_path / "absent.yaml")).exit_code == 3
    assert sent == []


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_every_type_has_an_example_that_names_what_it_needs(name: str) -> None:
    shown = yaml.safe_load(run("example", name).stdout)

    needed = {field for field, info in PAYLOADS[name].model_fields.items() if info.is_required()}
    assert shown["type"] == name.removeprefix("aidataops.").removesuffix(".v1")
    assert (shown["data"] or {}).keys() == needed


def test_types_are_listed_with_what_they_say() -> None:
    assert "training.run_completed" in run("types").stdout


def test_dry_run_says_what_is_in_order(tmp_path: Path) -> None:
    path = tmp_path / "trained.yaml"
    path.write_text(yaml.safe_dump(TRAINED))

    assert "1 in order. Dry run: nothing was sent." in run("send", str(path), "--dry-run").stdout
    told = json.loads(run("send", str(path), "--dry-run", "--json").stdout)
    assert (told["dry_run"], told["events"]) == (True, 1)


def test_file_without_an_event_is_told(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("# later\n")

    result = run("send", str(path), "--dry-run")

    assert (result.exit_code, result.stdout) == (3, "")
    assert "holds no event" in result.stderr


def test_json_is_told_even_where_every_event_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(yaml.safe_dump(TRAINED | {"type": "unknown"}))

    result = run("send", str(path), "--dry-run", "--json")

    assert (result.exit_code, json.loads(result.stdout)["events"]) == (3, 0)


def test_example_shows_what_an_object_without_needs_may_hold() -> None:
    shown = yaml.safe_load(run("example", "annotation.project_defined").stdout)
    assert shown["data"]["label_schema"] == {
        "kind": "categorical",
        "categories": ["…"],
        "allow_tie": True,
    }
