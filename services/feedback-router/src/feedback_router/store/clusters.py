"""Single failures of one cause, together."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict

from aidataops.database import Connection
from aidataops.events.evaluation import FailureCategory
from feedback_router.domain.cluster import Cluster
from feedback_router.store.findings import slice_key
from feedback_router.store.statements import QUERIES, decode, encode


class ClusterStore:
    """What is known of clusters; no failure is counted twice by whoever joins only new ones."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def load(self, remediation_ids: Collection[str]) -> dict[str, Cluster]:
        """Clusters by the remediation that answers them."""
        rows = await self._connection.fetch(QUERIES["load_clusters"], sorted(remediation_ids))
        return {
            row["remediation_id"]: Cluster(
                remediation_id=row["remediation_id"],
                project=row["project"],
                kind=row["kind"],
                category=FailureCategory(row["category"]),
                slices=slice_key(row["slices"]),
                metric=row["metric"],
                task=row["task"],
                model=row["model"],
                severity=row["severity"],
                failures=row["failures"],
                item_ids=tuple(decode(row["item_ids"])),
            )
            for row in rows
        }

    async def put(self, clusters: Iterable[Cluster]) -> None:
        """Keep clusters as they are now."""
        await self._connection.execute(
            QUERIES["put_clusters"],
            encode(asdict(cluster) | {"slices": dict(cluster.slices)} for cluster in clusters),
        )

    async def named(self, remediation_ids: Collection[str]) -> dict[str, frozenset[str]]:
        """Remediation → the failures that its request has named."""
        rows = await self._connection.fetch(QUERIES["load_named_failures"], sorted(remediation_ids))
        return {row["remediation_id"]: frozenset(decode(row["failure_ids"])) for row in rows}
