"""What every adapter is: a vendor's payload in, events out, bad rows beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from pydantic import ValidationError

from aidataops.events.annotation import LabelsReconciled, LabelSubmitted, LabelsWithdrawn
from aidataops.vendors.errors import Unreadable, VendorPayloadError
from aidataops.vendors.fields import Fields
from aidataops.vendors.mapping import LabelMapping

Statement = LabelSubmitted | LabelsWithdrawn | LabelsReconciled
"""What a vendor can say of labels."""
Reading = Statement | Unreadable

Adapter = Callable[[bytes, LabelMapping, datetime], Iterator[Reading]]
"""Reads a payload. The time is when it was received, or when the file was written: the time of
whatever has none of its own."""


def read_each(
    rows: Iterable[tuple[str, Fields | Unreadable]],
    read: Callable[[Fields], Iterable[Statement]],
) -> Iterator[Reading]:
    """What ``read`` makes of each row; a row that it refuses becomes `Unreadable`."""
    for place, row in rows:
        if isinstance(row, Unreadable):
            yield row
            continue
        try:
            yield from list(read(row))
        except VendorPayloadError as error:
            yield Unreadable(place, error.field, error.value, error.valid)
        except ValidationError as error:
            yield refused(place, error)


def refused(place: str, error: ValidationError) -> Unreadable:
    """What the contract holds against a row: its first wrong field."""
    problem = error.errors(include_url=False)[0]
    field = ".".join(str(step) for step in problem["loc"])
    value = None if problem["type"] == "missing" else problem["input"]
    return Unreadable(place, field, str(value)[:200], problem["msg"])
