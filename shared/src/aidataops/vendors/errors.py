"""What is wrong with a vendor's payload, said so that the vendor can mend it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from aidataops.errors import InvalidError

_SHOWN = 200
"""Characters of a wrong value that are shown."""


class VendorPayloadError(InvalidError):
    """A field of a payload is not what it should be: where, what stands there, what would do."""

    code = "vendor_payload"

    def __init__(self, field: str, value: object, valid: str) -> None:
        shown = (value if isinstance(value, str) else json.dumps(value, default=str))[:_SHOWN]
        super().__init__(f"{field} is {shown}: send {valid}", field=field, valid=valid)
        self.field = field
        self.value = shown
        self.valid = valid


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One label that could not be read; its neighbours were. ``place`` is e.g. ``line 3``."""

    place: str
    field: str
    value: str
    valid: str

    def __str__(self) -> str:
        return f"{self.place}: {self.field} is {self.value}: send {self.valid}"
