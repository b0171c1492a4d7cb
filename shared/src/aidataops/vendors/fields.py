"""An object of a vendor's payload, read field by field; what is missing is named by its path."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from aidataops.vendors.errors import Unreadable, VendorPayloadError


class Fields:
    """The fields of one JSON object; ``path`` is where it stands in the payload."""

    __slots__ = ("_content", "path")

    def __init__(self, content: Any, path: str = "") -> None:
        """Raises `VendorPayloadError` for anything that is no object."""
        if not isinstance(content, Mapping):
            raise VendorPayloadError(path or "payload", content, "a JSON object")
        self._content = content
        self.path = path

    def __contains__(self, name: str) -> bool:
        return self._content.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def place(self, name: str) -> str:
        """The path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def get(self, name: str) -> Any:
        """Whatever stands there, ``None`` when nothing does."""
        return self._content.get(name)

    def need(self, name: str) -> Any:
        """Whatever stands there; raises when nothing does."""
        if name not in self:
            raise VendorPayloadError(self.place(name), None, f"the field {name}")
        return self._content[name]

    def object(self, name: str) -> Fields:
        return Fields(self.need(name), self.place(name))

    def array(self, name: str) -> list[Any]:
        found = self.need(name)
        if not isinstance(found, list):
            raise VendorPayloadError(self.place(name), found, "a JSON array")
        return found

    def objects(self, name: str) -> list[Fields]:
        return [Fields(one, f"{self.place(name)}[{n}]") for n, one in enumerate(self.array(name))]

    def text(self, name: str) -> str:
        """A text that is not empty; whole numbers are taken as their digits."""
        found = self.need(name)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        if not isinstance(found, str) or not found.strip():
            raise VendorPayloadError(self.place(name), found, "a text")
        return found

    def number(self, name: str) -> float | None:
        """A number from 0, or ``None`` where there is none."""
        found = self.get(name)
        if found in (None, ""):
            return None
        try:
            number = float(found)
        except (TypeError, ValueError):
            number = -1.0
        if isinstance(found, bool) or not 0 <= number < float("inf"):
            raise VendorPayloadError(self.place(name), found, "a number from 0")
        return number

    def instant(self, name: str) -> datetime:
        """A time: ISO 8601, taken as UTC where it names no offset, or Unix seconds."""
        found = self.need(name)
        try:
            if isinstance(found, int | float) and not isinstance(found, bool):
                return datetime.fromtimestamp(found, UTC)
            read = datetime.fromisoformat(found)
        except (TypeError, ValueError, OverflowError, OSError):
            raise VendorPayloadError(
                self.place(name), found, "a time such as 2026-11-23T09:30:00Z"
            ) from None
        return read if read.tzinfo else read.replace(tzinfo=UTC)


def revision_at(instant: datetime) -> int:
    """The revision of an annotation that was last changed then: microseconds since 1970."""
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def parse(content: bytes | str, path: str = "payload") -> Any:
    """JSON as it came; raises `VendorPayloadError` where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        shown = content[:100].decode("utf-8", "replace") if isinstance(content, bytes) else content
        raise VendorPayloadError(path, shown, f"JSON ({error})") from None


def documents(content: bytes) -> Iterator[tuple[str, Fields | Unreadable]]:
    """The objects of a JSON array, of one JSON object, or of JSON lines, each with its place."""
    if not content.strip():
        return
    try:
        whole = parse(content)
    except VendorPayloadError as error:
        if len(content.splitlines()) < 2:
            yield "payload", Unreadable("payload", error.field, error.value, error.valid)
            return
        for number, line in enumerate(content.splitlines(), 1):
            if line.strip():
                yield f"line {number}", _one(f"line {number}", lambda line=line: parse(line))
        return
    for number, one in enumerate(whole if isinstance(whole, list) else [whole]):
        place = f"[{number}]" if isinstance(whole, list) else "payload"
        yield place, _one(place, lambda one=one: one)


def table_rows(content: bytes) -> Iterator[tuple[str, Fields | Unreadable]]:
    """The rows of a tab-separated table with a heading."""
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text), delimiter="\t", restkey="too many"))
    except (UnicodeDecodeError, csv.Error) as error:
        yield "payload", Unreadable("payload", "payload", str(error)[:200], "tab-separated UTF-8")
        return
    for number, row in enumerate(rows, 1):
        yield f"row {number}", Fields(row)


def _one(place: str, read: Any) -> Fields | Unreadable:
    try:
        return Fields(read())
    except VendorPayloadError as error:
        return Unreadable(place, error.field, error.value, error.valid)
