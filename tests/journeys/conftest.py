"""One world for all journeys of a session; each works in a project of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from aidataops.local.kafka import KafkaServer
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.testing.loop import BackgroundLoop
from aidataops.testing.plugin import server_directory

from .collector import Collector, collecting
from .world import World


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where the services' spans go."""
    with collecting() as running:
        yield running


@pytest.fixture(scope="session")
def world(
    kafka: KafkaServer,
    postgres: EmbeddedPostgres,
    background_loop: BackgroundLoop,
    collector: Collector,
) -> Iterator[World]:
    """Every service, running. A test that stops one starts it again."""
    with server_directory("journeys") as directory:
        running = World(kafka, postgres, directory, collector.url)
        try:
            background_loop.run(running.start())
            yield running
        finally:
            running.kill()


@pytest.fixture
def project() -> str:
    """A project that nobody else uses."""
    return f"support-{secrets.token_hex(3)}"
