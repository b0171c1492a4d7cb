"""What must exist before services start: topics, schemas, roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aidataops.local.services import ServiceProcess


class Preparation(Protocol):
    """Work between the start of Kafka and Postgres and that of the services."""

    async def topics(self, bootstrap: str, services: Sequence[ServiceProcess]) -> None:
        """Create what is missing; also after Kafka died, for the embedded one forgets."""

    async def schemas(self, admin_url: str, services: Sequence[ServiceProcess]) -> None:
        """Create or migrate each service's schema and role."""


class DefaultPreparation:
    """The declared topics, and every service's own migrations."""

    async def topics(self, bootstrap: str, services: Sequence[ServiceProcess]) -> None:
        """Create all declared topics and the dead-letter topics of these services."""
        from aidataops.messaging.topics import create_topics

        await create_topics(bootstrap, services=[service.name for service in services])

    async def schemas(self, admin_url: str, services: Sequence[ServiceProcess]) -> None:
        """Provision one after the other; the migrations of all share one lock anyway."""
        # Imported late: reading the state of an environment needs neither driver nor migrations.
        from aidataops.database.migrate import provision

        for service in services:
            await provision(admin_url, service.name, service.package)
