"""Creating topics, as an explicit step: nothing creates them by accident."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from aidataops.errors import TransientError
from aidataops.events import TOPICS
from aidataops.services import load_service
from aidataops.settings import KafkaSettings

_ALREADY_EXISTS = 36
_REPLICAS = 3


def names(services: Sequence[str]) -> list[str]:
    """Every topic of the catalogue, and a dead-letter topic per consumed topic and service."""
    dead = [
        f"{topic}.{service}.dlq"
        for service in services
        for topic in load_service(service).handlers.topics
    ]
    return [*TOPICS, *dead]


async def create_topics(
    bootstrap: str,
    *,
    prefix: str = "",
    partitions: int = 1,
    services: Sequence[str],
    settings: KafkaSettings | None = None,
) -> list[str]:
    """Create what is missing and return its names; what exists stays as it is.

    Topics get three replicas where there are that many brokers.

    Raises ``TransientError`` with Kafka's reason when a topic can't be created.
    """
    connection = (settings or KafkaSettings(kafka_bootstrap=bootstrap)).kafka_connection()
    admin = AIOKafkaAdminClient(**connection)
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [prefix + name for name in names(services) if prefix + name not in existing]
        if not missing:
            return []
        replicas = min(_REPLICAS, len((await admin.describe_cluster())["brokers"]))
        response = await admin.create_topics(
            [
                NewTopic(name, 1 if name.endswith(".dlq") else partitions, replicas)
                for name in missing
            ]
        )
    finally:
        await admin.close()
    for name, code, *reason in response.topic_errors:
        if code not in (0, _ALREADY_EXISTS):
            raise TransientError(f"topic {name} could not be created: Kafka error {code} {reason}")
    return missing
