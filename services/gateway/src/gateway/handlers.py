"""What comes in comes by HTTP; consumed is only what it must not keep any more."""

from __future__ import annotations

from collections.abc import Sequence

from aidataops.erasure import tell_erased
from aidataops.events.lineage import ErasureApplied
from aidataops.messaging import Handlers, Received, UnitOfWork
from gateway.store import KeptWebhookStore

handlers = Handlers()


@handlers.on(ErasureApplied)
async def on_erasure_applied(parts: Sequence[Received[ErasureApplied]], work: UnitOfWork) -> None:
    """Take webhooks away that name an erased item, or a task about one.

    Vendors know items by their tasks, and which these are annotation-intake alone knows.
    """
    for part in parts:
        if part.payload.names is not None:
            webhooks = await KeptWebhookStore(work.connection).forget(part.payload)
            if webhooks is not None:
                await tell_erased(part, work, texts=webhooks)
