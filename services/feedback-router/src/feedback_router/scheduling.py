"""When the data work of a project is due."""

from __future__ import annotations

from aidataops.messaging import UnitOfWork
from feedback_router.domain.announcements import announce_overdue, announce_schedule
from feedback_router.domain.capacity import capacity_of
from feedback_router.domain.responsibility import APPROVAL, Responsibilities
from feedback_router.domain.schedule import line_up
from feedback_router.store import CapacityStore, GovernanceStore
from feedback_router.store.capacity import find_overdue
from feedback_router.voice import Voice


class Scheduling:
    """One project's due dates; its lock is held."""

    def __init__(self, work: UnitOfWork, project: str, voice: Voice) -> None:
        self._work = work
        self._project = project
        self._voice = voice
        self._store = CapacityStore(work.connection, project)

    async def review(self) -> None:
        """Promise anew what can no longer be kept, or can be kept earlier."""
        capacity = capacity_of(await self._store.pools())
        if capacity is None:
            return
        schedules = line_up(await self._store.queue(), capacity)
        await self._voice.say(
            [announce_schedule(self._project, one) for one in schedules if one.is_news]
        )

    async def remind(self, remediation_id: str) -> None:
        """Say that a remediation is late, if it still is; the Informed are told."""
        late = await find_overdue(self._work.connection, self._work.now, remediation_id)
        governance = GovernanceStore(self._work.connection)
        assignments, addresses = await governance.assignments(self._project, APPROVAL)
        await self._voice.say(
            [announce_overdue(one) for one in late],
            Responsibilities(assignments).told_at(addresses),
        )
