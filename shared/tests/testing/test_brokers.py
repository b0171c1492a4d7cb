"""The choice of a broker: what is there, what is demanded, and how a run says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aidataops.local.kafka import ApacheKafka, EmbeddedKafka, KafkaServer, answers_metadata
from aidataops.local.process import LocalServerError
from aidataops.testing import brokers
from aidataops.testing.brokers import available_brokers
from aidataops.testing.containers import DockerKafka


def offer(monkeypatch: pytest.MonkeyPatch, *, docker: bool, missing: str | None) -> None:
    monkeypatch.setattr(brokers, "docker_answers", lambda: docker)
    monkeypatch.setattr(brokers, "missing_for_maven", lambda: missing)


def names(environment: dict[str, str]) -> list[str]:
    return [choice.name for choice in available_brokers(environment)]


def test_best_broker_comes_first_and_embedded_last(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, docker=True, missing=None)
    assert names({}) == [DockerKafka.name, ApacheKafka.name, EmbeddedKafka.name]
    offer(monkeypatch, docker=False, missing="no java")
    assert names({}) == [EmbeddedKafka.name]


def test_address_in_the_environment_leaves_no_second_choice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offer(monkeypatch, docker=True, missing=None)
    assert names({"AIDATAOPS_TEST_KAFKA": "kafka:9092"}) == ["kafka:9092"]


def test_required_apache_kafka_never_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, docker=False, missing=None)
    assert names({"AIDATAOPS_TEST_REQUIRE": "apache-kafka"}) == [ApacheKafka.name]
    offer(monkeypatch, docker=False, missing="there is no `mvn`")
    with pytest.raises(LocalServerError, match="there is no `mvn`"):
        available_brokers({"AIDATAOPS_TEST_REQUIRE": "apache-kafka"})


def test_misspelled_requirement_is_refused() -> None:
    with pytest.raises(LocalServerError, match="'apache'"):
        available_brokers({"AIDATAOPS_TEST_REQUIRE": "apache"})


async def test_session_broker_is_started(kafka: KafkaServer) -> None:
    assert await answers_metadata(kafka.bootstrap)


def run_pytest(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text("def test_it(kafka):\n    assert kafka.bootstrap\n")
    base = {key: value for key, value in os.environ.items() if not key.startswith("AIDATAOPS_")}
    plugins = ["-p", "aidataops.testing.plugin", "-p", "no:randomly", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "--rootdir=.", "test_it.py"],
        cwd=folder,
        env=base | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_run_fails_when_the_required_broker_is_missing(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, AIDATAOPS_TEST_REQUIRE="apache-kafka", PATH="/nowhere")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "there is no `java`" in done.stdout + done.stderr


def test_run_says_which_broker_it_chose_and_used(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, PATH="/nowhere")
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
    assert "kafka: tansu embedded (no Docker; Apache Kafka needs Java" in done.stdout
    assert "tests ran on tansu embedded, started in" in done.stdout
