"""The rows of this run, all begun when the first of them is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from aidataops.local.kafka import EmbeddedKafka, KafkaServer
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.testing.brokers import is_apache_required
from aidataops.testing.loop import BackgroundLoop
from aidataops.testing.plugin import server_directory
from tests.faults.runner import Case, Runner

Verdict = Callable[[Case], list[str]]


@pytest.fixture(scope="session")
def verdict(
    request: pytest.FixtureRequest,
    kafka: KafkaServer,
    postgres: EmbeddedPostgres,
    background_loop: BackgroundLoop,
) -> Iterator[Verdict]:
    """Wait for a case and return its violations; every selected case has been begun."""
    if isinstance(kafka, EmbeddedKafka):
        reason = (
            f"faults are proved on Apache Kafka, not on {kafka.name}, which forgets everything "
            "when it is killed: install Docker, or java (17 or newer) and mvn"
        )
        if is_apache_required(os.environ):
            pytest.fail(reason)
        pytest.skip(reason)
    parameters = [
        item.callspec.params.get("case")
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
    ]
    cases = [case for case in parameters if isinstance(case, Case)]
    with server_directory("faults") as directory:
        runner = Runner(directory, kafka, postgres)
        background_loop.run(runner.begin(cases))
        yield lambda case: background_loop.run(runner.verdict(case))
        background_loop.run(runner.end())
