"""Where the command line publishes to: a gateway, a Kafka, or nowhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import ValidationError

from aidataops.client.gateway import AsyncClient, Progress
from aidataops.client.kafka import KafkaClient
from aidataops.client.report import PublishReport
from aidataops.errors import ConfigurationError
from aidataops.events import Payload


@dataclass(frozen=True, slots=True)
class Destination:
    """A gateway with its key, or a Kafka; with neither, events are read and dropped."""

    gateway: str | None = None
    api_key: str = ""
    bootstrap: str | None = None
    topic_prefix: str = ""

    @property
    def is_nowhere(self) -> bool:
        """Whether nothing is sent: a dry run."""
        return self.gateway is None and self.bootstrap is None

    async def publish(
        self, payloads: Iterable[Payload], source: str, on_progress: Progress
    ) -> PublishReport:
        """Publish all payloads there."""
        if self.bootstrap is not None:
            async with KafkaClient(
                self.bootstrap, topic_prefix=self.topic_prefix, connection=_kafka_security()
            ) as kafka:
                return await kafka.publish(payloads, source=source, on_progress=on_progress)
        if self.gateway is not None:
            async with AsyncClient(self.gateway, self.api_key) as client:
                return await client.publish(payloads, source=source, on_progress=on_progress)
        rest = iter(payloads)
        while batch := list(islice(rest, 1000)):
            on_progress(batch)
        return PublishReport("")


def _kafka_security() -> Mapping[str, Any]:
    """TLS and SASL as the services take them, from AIDATAOPS_KAFKA_*; never half of it."""
    if not any(name.startswith("AIDATAOPS_KAFKA_S") for name in os.environ):
        return {}
    try:
        from aidataops.settings import KafkaSettings
    except ImportError as error:
        raise ConfigurationError(
            "AIDATAOPS_KAFKA_SECURITY_PROTOCOL and _SASL_* need: pip install 'aidataops[service]'"
        ) from error
    try:
        connection = KafkaSettings().kafka_connection()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        raise ConfigurationError("; ".join(each["msg"] for each in problems)) from None
    return {name: value for name, value in connection.items() if name != "bootstrap_servers"}
