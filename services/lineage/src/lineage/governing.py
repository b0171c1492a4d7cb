"""Acts of governance: into the ledger, and its head out to where it cannot be changed with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aidataops.events.governance import (
    AutomationDecided,
    ConsultationAnswered,
    ItemReleaseDecided,
    PolicyChanged,
    ResponsibilityAssigned,
    SourceDecided,
    StandardChanged,
    WaiverGranted,
)
from aidataops.events.lineage import CapabilityAssigned
from aidataops.messaging import Received, UnitOfWork
from lineage.store import LedgerStore


async def record(events: Sequence[Received[Any]], work: UnitOfWork) -> None:
    """Append to the ledger; the new head leaves with the transaction."""
    anchored = await LedgerStore(work.connection).append(events, work.now)
    if anchored is not None:
        work.emit(anchored, cause=events[-1])


RECORDED = (
    PolicyChanged,
    SourceDecided,
    ItemReleaseDecided,
    WaiverGranted,
    StandardChanged,
    AutomationDecided,
    ResponsibilityAssigned,
    ConsultationAnswered,
    CapabilityAssigned,
)
"""What lineage only records; decisions that it also carries out have handlers of their own."""
