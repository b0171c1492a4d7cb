"""A service's part of an erasure, as far as it is the same for all that keep contents of items."""

from __future__ import annotations

import json

from aidataops.events.lineage import ErasureApplied, ErasureRequested
from aidataops.messaging import Received, UnitOfWork

_FORGET_LETTERS = """
DELETE FROM dead_letters USING unnest($1::bytea[], $2::bytea[]) AS gone (key, named)
WHERE dead_letters.key = gone.key OR position(gone.named IN dead_letters.value) > 0
RETURNING identity
"""
"""Letters are bytes that could not be read: an item is found as a key, or as a string in JSON."""


async def tell_erased(request: Received[ErasureRequested], work: UnitOfWork, *, texts: int) -> None:
    """Take away dead letters that name the items, and say that this service's part is done.

    ``texts`` is how many contents and labels went. Belongs into the transaction in which they went.
    """
    payload = request.payload
    letters = await work.connection.fetch(
        _FORGET_LETTERS,
        [name.encode() for name in payload.item_ids],
        [json.dumps(name, ensure_ascii=False).encode() for name in payload.item_ids],
    )
    applied = ErasureApplied(
        request_id=request.event_id,
        subject=payload.subject,
        project=payload.project,
        service=work.service,
        texts=texts,
        dead_letters=len({row["identity"] for row in letters}),
    )
    work.emit(applied, cause=request)
