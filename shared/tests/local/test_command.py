"""`aidataops up` as a person or a script sees it; the services themselves are faked away."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from aidataops.local import command
from aidataops.local.environment import Environment, ServiceAddress
from aidataops.local.process import LocalServerError


class FakeSupervisor:
    """Is ready at once and stopped at once, or fails."""

    def __init__(self, directory: Path, failure: str | None = None) -> None:
        self.directory = directory
        self.failure = failure

    async def run(self, progress: Callable[[str], None], ready: Callable[[], None]) -> None:
        """Say one thing and be ready."""
        progress("qa: ready in 0.1 s")
        if self.failure:
            raise LocalServerError(self.failure)
        ready()

    def environment(self) -> Environment:
        """Two services."""
        return Environment(
            directory=self.directory,
            supervisor_pid=1,
            kafka_name="tansu embedded",
            kafka_bootstrap="127.0.0.1:9092",
            kafka_idempotence=False,
            kafka_pid=2,
            admin_url="postgresql://postgres@127.0.0.1:5432/aidataops",
            postgres_pid=3,
            services={
                "gateway": ServiceAddress("http://127.0.0.1:8080", 5),
                "qa": ServiceAddress("http://127.0.0.1:8084", 4),
            },
        )


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    app = typer.Typer()
    app.command()(command.up)

    def invoke(*arguments: str, failure: str | None = None) -> Result:
        supervisor = FakeSupervisor(tmp_path, failure)
        monkeypatch.setattr(command, "local_supervisor", lambda *_: supervisor)
        return CliRunner().invoke(app, list(arguments))

    return invoke


def test_people_see_progress_and_addresses(run: Callable[..., Result]) -> None:
    result = run()
    assert result.exit_code == 0
    assert "qa: ready in 0.1 s" in result.stdout
    assert "http://127.0.0.1:8084" in result.stdout
    assert "export AIDATAOPS_GATEWAY_URL=http://127.0.0.1:8080" in result.stdout


def test_the_first_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    key = command.first_key(directory)

    assert command.first_key(directory) == key
    assert len(key) > 40
    assert (directory / command.KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_machines_get_one_json_document(run: Callable[..., Result]) -> None:
    result = run("--json")
    assert json.loads(result.stdout)["services"]["qa"]["url"] == "http://127.0.0.1:8084"


def test_failure_is_explained_and_exits_with_one(run: Callable[..., Result]) -> None:
    result = run(failure="port [8084] is taken")
    assert result.exit_code == 1
    assert "port [8084] is taken" in result.stderr
