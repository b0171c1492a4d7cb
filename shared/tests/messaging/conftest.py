"""A broker and a database for the runtime's tests."""

from __future__ import annotations

import pytest


@pytest.fixture
def world(kafka, database, topic_prefix):  # type: ignore[no-untyped-def]
    from .test_consumer import World

    return World(kafka.bootstrap, topic_prefix, kafka.supports_idempotence, database)
