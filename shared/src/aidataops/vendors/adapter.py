"""What every adapter is: a vendor's payload in, events out, bad rows beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from aidataops.events.annotation import LabelsReconciled, LabelSubmitted, LabelsWithdrawn
from aidataops.vendors.errors import Unreadable, VendorPayloadError
from aidataops.vendors.fields import Fields
from aidataops.vendors.mapping import LabelMapping

Statement = LabelSubmitted | LabelsWithdrawn | LabelsReconciled
"""What a vendor can say of labels."""
Reading = Statement | Unreadable
T = TypeVar("T")

Adapter = Callable[[bytes, LabelMapping, datetime], Iterator[Reading]]
"""Reads a payload. The time is when it was received, or when the file was written: the time of
whatever has none of its own."""


def read_each(
    rows: Iterable[tuple[str, Fields | Unreadable]],
    read: Callable[[Fields], Iterable[Reading]],
) -> Iterator[Reading]:
    """What ``read`` makes of each row; a row that it refuses becomes `Unreadable`."""
    for place, row in rows:
        if isinstance(row, Unreadable):
            yield row
            continue
        try:
            found = list(read(row))
        except (VendorPayloadError, ValidationError) as error:
            found = [_unreadable(error)]
        for one in found:
            yield replace(one, place=place) if isinstance(one, Unreadable) else one


def read_parts(parts: Iterable[T], read: Callable[[T], Statement]) -> Iterator[Reading]:
    """What ``read`` makes of each label of a row; one that it refuses harms no other."""
    for part in parts:
        try:
            yield read(part)
        except (VendorPayloadError, ValidationError) as error:
            yield _unreadable(error)


def _unreadable(error: VendorPayloadError | ValidationError) -> Unreadable:
    """What is wrong; of what the contract holds against a row the first wrong field."""
    if isinstance(error, VendorPayloadError):
        return Unreadable("", error.field, error.value, error.valid)
    problem = error.errors(include_url=False)[0]
    field = ".".join(str(step) for step in problem["loc"])
    if problem["type"] == "missing":
        return Unreadable("", field, "missing", "a value")
    valid = problem["msg"].removeprefix("Input should be ")
    return Unreadable("", field, str(problem["input"])[:200], valid)
