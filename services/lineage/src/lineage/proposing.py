"""Proposing what an erasure calls for: a next version; deciding on it is a person's."""

from __future__ import annotations

from collections.abc import Collection

from aidataops.messaging import UnitOfWork
from aidataops.messaging.cloudevents import Cause, derived_id
from lineage.domain.naming import version_id
from lineage.store import ProposalStore


async def propose(
    work: UnitOfWork, cause: Cause, *, subjects: Collection[str] | None = None
) -> None:
    """Say once which versions should be succeeded, for anybody or because of what was erased for
    these subjects. The lock of the versions is held.

    The id is made of what is proposed: whatever came last, it is the same event.
    """
    for proposed in await ProposalStore(work.connection).propose(subjects):
        parent = version_id(proposed.dataset, proposed.parent_version)
        name = f"{proposed.subject}/{parent}/{proposed.items}"
        work.emit(proposed, cause=cause, event_id=derived_id(work.service, name))
