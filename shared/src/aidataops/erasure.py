"""A service's part of an erasure, as far as it is the same for all services."""

from __future__ import annotations

from collections.abc import Collection

from aidataops.events.lineage import ErasureApplied, ErasureRequested
from aidataops.messaging import Received, UnitOfWork, erased_names

CHUNK_NAMES = 1000
"""Names in one event: the longest of them still fit into a record."""


async def tell_erased(
    request: Received[ErasureRequested] | Received[ErasureApplied],
    work: UnitOfWork,
    *,
    texts: int = 0,
    names: Collection[str] | None = None,
) -> None:
    """Take away dead letters that name the items, keep others away, and say that this service's
    part is done.

    ``request`` may be another service's part, which knows more ``names`` than the request: those of
    the tasks about the items. ``texts`` is how many contents and labels went. Belongs into the
    transaction in which they went.
    """
    payload = request.payload
    asked = payload.names or () if isinstance(payload, ErasureApplied) else payload.item_ids
    applied = ErasureApplied(
        request_id=(
            payload.request_id if isinstance(payload, ErasureApplied) else request.event_id
        ),
        subject=payload.subject,
        project=payload.project,
        service=work.service,
        texts=texts,
        dead_letters=await erased_names.add(work.connection, {*asked, *(names or ())}),
    )
    if names is None:
        work.emit(applied, cause=request)
        return
    told = sorted(names)
    chunks = [told[first : first + CHUNK_NAMES] for first in range(0, len(told), CHUNK_NAMES)]
    for number, chunk in enumerate(chunks or [[]]):
        part = {"names": tuple(chunk), "chunk": number, "chunks": len(chunks) or 1}
        work.emit(applied.model_copy(update=part), cause=request)
