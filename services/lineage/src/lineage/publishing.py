"""Carrying out decisions to publish: from what is known to versions that exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from aidataops.events.evaluation import DatasetReference
from aidataops.events.lineage import VersionRegistered
from aidataops.messaging import Origin, Received, UnitOfWork
from aidataops.messaging.cloudevents import Cause, derived_id
from lineage.domain.decisions import HeldVersion, Outcome, PublishRequest, in_order, judge
from lineage.domain.graph import Claim, Kind, Node
from lineage.domain.naming import version_id, version_node
from lineage.domain.versions import version_built
from lineage.flagging import Flagging
from lineage.proposing import propose
from lineage.store import Build, BuildStore, DecisionStore, GraphStore, VersionStore

AT_ONCE = 20_000
"""Rows up to which a version is built by whoever decides on it: a second or two. A larger one is
built in the background (see ``lineage.building``), by the same steps."""


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
        self._builds = BuildStore(work.connection)
        self._graph = GraphStore(work.connection)

    async def register(self, chunks: Sequence[Received[VersionRegistered]]) -> None:
        """Add chunks of versions that were built elsewhere; a whole one is published."""
        await self._decisions.lock()
        for chunk in chunks:
            if await self._versions.register(chunk.payload):
                name = version_id(chunk.payload.dataset, chunk.payload.version)
                await self._begin(name, None, chunk)
        await self.settle(chunks[-1], datasets=[chunk.payload.dataset for chunk in chunks])

    async def settle(
        self, cause: Cause, *, projects: Iterable[str] = (), datasets: Iterable[str] = ()
    ) -> None:
        """Judge every open decision that these concern, and begin to build what is ready."""
        await self._decisions.lock()
        held = await self._decisions.open_decisions(projects, datasets)
        if not held:
            return
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
                sealed = await self._build(request, cause)
                outcome = Outcome("published" if sealed else "building")
                begun = HeldVersion(
                    sealed=sealed, batch_ids=request.batch_ids, decided=True, recipe=request.recipe
                )
                known = replace(known, versions={**known.versions, version_id(*target): begun})
            outcomes.append((request, outcome))
        await self._decisions.close(outcomes)

    async def advance(self, build: Build, cause: Cause) -> bool:
        """Take the next step of a build; returns whether that was the seal."""
        if (
            await self._builds.add_batches(build)
            or (not build.planned and await self._builds.plan(build))
            or await self._builds.build_part(build)
            or await self._builds.compare_part(build)
            or (build.hash is None and await self._builds.take_hash(build))
        ):
            return False
        await self._decisions.lock()
        if await self._builds.forget_erased(build) or await self._builds.compare_part(build):
            return False
        await self._builds.seal(build)
        await self._announce(build, cause)
        return True

    async def _build(self, request: PublishRequest, cause: Cause) -> bool:
        parent = DatasetReference(dataset=request.dataset, version=request.parent_version)
        remediations = await self._decisions.remediations(request.batch_ids)
        await self._versions.open_version(request, parent, remediations)
        name = version_id(request.dataset, request.version)
        return await self._begin(name, version_id(parent.dataset, parent.version), cause)

    async def _begin(self, name: str, parent_id: str | None, cause: Cause) -> bool:
        """Begin to build; returns whether the version was small enough to be sealed already."""
        if await self._builds.begin(name, parent_id, cause) > AT_ONCE:
            return False
        while build := await self._builds.hold(name):
            await self.advance(build, cause)
        return True

    async def _announce(self, build: Build, cause: Cause) -> None:
        """Tell that a version exists, and what follows from that.

        What follows is caused by the version's own event: what began a build may have told other
        things in another unit of work, and their ids are not to be given again.
        """
        node = Node(Kind.DATASET_VERSION, build.version_id)
        if build.decision_id is not None:
            await self._describe(node, build.decision_id)
        published = await self._versions.published(build.version_id)
        assert published is not None  # noqa: S101 - it was sealed a moment ago
        event_id = derived_id(self._work.service, f"{cause.event_id}/{build.version_id}")
        self._work.emit(published[0], cause=cause, event_id=event_id)
        news = Origin(event_id, cause.correlation_id, cause.traceparent)
        await Flagging(self._work).judge(news)
        await propose(self._work, news)

    async def _describe(self, node: Node, decision_id: str) -> None:
        decision = await self._decisions.decision(decision_id)
        parent = DatasetReference(
            dataset=decision.request.dataset, version=decision.request.parent_version
        )
        releases = await self._versions.names_under(node.id, "release")
        cohorts = await self._versions.names_under(node.id, "cohort")
        description = version_built(
            node, Node(Kind.DECISION, decision_id), version_node(parent), releases, cohorts
        )
        await self._graph.add(
            [Claim(description, decision.stamp, decision.trace_id, decision.correlation_id)]
        )
