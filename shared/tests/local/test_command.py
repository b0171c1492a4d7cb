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
        """One service."""
        return Environment(
            directory=self.directory,
            supervisor_pid=1,
            kafka_name="tansu embedded",
            kafka_bootstrap="127.0.0.1:9092",
            kafka_idempotence=False,
            kafka_pid=2,
            admin_url="postgresql://postgres@127.0.0.1:5432/aidataops",
            postgres_pid=3,
            services={"qa": ServiceAddress("http://127.0.0.1:8084", 4)},
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


def test_machines_get_one_json_document(run: Callable[..., Result]) -> None:
    result = run("--json")
    assert json.loads(result.stdout)["services"]["qa"]["url"] == "http://127.0.0.1:8084"


def test_failure_is_explained_and_exits_with_one(run: Callable[..., Result]) -> None:
    result = run(failure="port [8084] is taken")
    assert result.exit_code == 1
    assert "port [8084] is taken" in result.stderr
