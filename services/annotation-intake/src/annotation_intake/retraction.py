"""What vendors say is no longer there, by name or by leaving it out of an export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aidataops.events.annotation import LabelsReconciled, LabelsWithdrawn
from aidataops.messaging import Received, UnitOfWork
from annotation_intake.domain.identity import digest_of
from annotation_intake.reception import Judged, Reception
from annotation_intake.store.labels import LabelStore, WithdrawalKey


class Retraction:
    """Takes labels back whose vendor has none of them any more, in set-wise steps."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._store = LabelStore(work.connection)

    async def withdraw(self, events: Sequence[Received[LabelsWithdrawn]]) -> Judged:
        """Take back annotations by name, and all those of a vendor's task."""
        gone: dict[WithdrawalKey, datetime] = {}
        for event in events:
            said = event.payload
            named = [("annotation", name) for name in said.annotation_ids]
            for kind, name in (*named, *(("task", name) for name in said.vendor_task_ids)):
                key = (said.vendor, said.vendor_project, kind, name)
                gone[key] = max(gone.get(key, said.withdrawn_at), said.withdrawn_at)
        await self._store.lock_vendor_projects({key[:2] for key in gone})
        tasks = await self._store.add_withdrawals(gone)
        return await Reception(self._work).judge(tasks, last=events[-1])

    async def reconcile(self, events: Sequence[Received[LabelsReconciled]]) -> Judged:
        """Take back what an export does not have, and give back what it has after all."""
        projects = {(event.payload.vendor, event.payload.vendor_project) for event in events}
        await self._store.lock_vendor_projects(projects)
        for event in events:  # an export is one large row: 1000 annotations
            await self._store.add_export(event.payload, digest_of(event.payload))
        tasks = await self._store.forget_exports(projects)
        return await Reception(self._work).judge(tasks, last=events[-1])
