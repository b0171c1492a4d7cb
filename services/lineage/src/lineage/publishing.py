"""Carrying out decisions to publish: from what is known to versions that exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from aidataops.events.evaluation import DatasetReference
from aidataops.events.lineage import VersionPublished, VersionRegistered
from aidataops.messaging import Received, UnitOfWork
from aidataops.messaging.cloudevents import Cause
from lineage.domain.decisions import HeldVersion, Outcome, PublishRequest, in_order, judge
from lineage.domain.graph import Claim, Kind, Node
from lineage.domain.naming import version_id, version_node
from lineage.domain.versions import overlay, version_built
from lineage.flagging import Flagging
from lineage.proposing import propose
from lineage.store import DecisionStore, GraphStore, OpenDecision, VersionStore


class Publisher:
    """Registers and builds versions within one unit of work.

    What is decided here depends on events of four topics, which two members of the group may be
    handling at this moment: each adds what it has, then takes the lock, then looks at everything.
    Whoever comes second sees what the first one added.
    """

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._decisions = DecisionStore(work.connection)
        self._versions = VersionStore(work.connection)
        self._graph = GraphStore(work.connection)

    async def register(self, chunks: Sequence[Received[VersionRegistered]]) -> None:
        """Add chunks of versions that were built elsewhere; a whole one is published."""
        await self._decisions.lock()
        for chunk in chunks:
            published = await self._versions.register(chunk.payload)
            if published is not None:
                self._work.emit(published, cause=chunk)
                await Flagging(self._work).judge(chunk)
                await propose(self._work, chunk)
        await self.settle(chunks[-1], datasets=[chunk.payload.dataset for chunk in chunks])

    async def settle(
        self, cause: Cause, *, projects: Iterable[str] = (), datasets: Iterable[str] = ()
    ) -> None:
        """Judge every open decision that these concern, and build what is ready."""
        await self._decisions.lock()
        held = await self._decisions.open_decisions(projects, datasets)
        if not held:
            return
        by_id = {decision.request.decision_id: decision for decision in held}
        requests = in_order(decision.request for decision in held)
        known = await self._decisions.known(requests)
        first: dict[tuple[str, int], PublishRequest] = {}
        outcomes: list[tuple[PublishRequest, Outcome]] = []
        for request in requests:
            target = (request.dataset, request.version)
            outcome = judge(request, known, first.get(target))
            if outcome.state == "waiting":
                first.setdefault(target, request)
            elif outcome.state == "ready":
                published = await self._build(by_id[request.decision_id])
                self._work.emit(published, cause=cause)
                await Flagging(self._work).judge(cause)
                await propose(self._work, cause)
                name = version_id(*target)
                built = HeldVersion(
                    sealed=True, batch_ids=request.batch_ids, decided=True, recipe=request.recipe
                )
                known = replace(known, versions={**known.versions, name: built})
            outcomes.append((request, outcome))
        await self._decisions.close(outcomes)

    async def _build(self, decision: OpenDecision) -> VersionPublished:
        request = decision.request
        ingredients = await self._decisions.ingredients(request.batch_ids)
        published = await self._versions.build(
            request, overlay(ingredients.rows), ingredients.remediation_ids
        )
        node = Node(Kind.DATASET_VERSION, version_id(published.dataset, published.version))
        parent = DatasetReference(dataset=request.dataset, version=request.parent_version)
        releases, cohorts = await self._versions.origins(node.id)
        description = version_built(
            node, Node(Kind.DECISION, request.decision_id), version_node(parent), releases, cohorts
        )
        await self._graph.add(
            [Claim(description, decision.stamp, decision.trace_id, decision.correlation_id)]
        )
        return published
