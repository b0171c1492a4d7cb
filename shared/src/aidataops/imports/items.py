"""Rows as submitted items."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from aidataops.events.sourcing import ItemSubmitted
from aidataops.imports.errors import problems_of
from aidataops.imports.rows import Row


class RowError(ValueError):
    """A row that is no item; the message names field, value and remedy."""


@dataclass(frozen=True, slots=True)
class ItemReader:
    """Makes items of rows; the names of columns that hold what.

    Beside the named ones a row may have ``uri``, ``media_type``, ``checksum``, ``brief_id`` and
    ``slices`` (an object). Without an id column an item is called after its source and content, so
    that the same row is the same item wherever it stands.
    """

    project: str
    source_id: str
    text_field: str = "text"
    id_field: str = "item_id"
    slice_fields: tuple[str, ...] = ()
    brief_id: str | None = None

    def read(self, row: Row) -> ItemSubmitted:
        """The item of a row; raises `RowError`."""
        if row.values is None:
            raise RowError(row.problem)
        values = row.values
        text, uri = values.get(self.text_field), values.get("uri")
        if text is None and uri is None:
            columns = ", ".join(values)
            raise RowError(
                f"{self.text_field}: missing; the columns are {columns}: use --text-field,"
                " or give uri and checksum"
            )
        content = {
            "item_id": self._id(values),
            "project": self.project,
            "source_id": self.source_id,
            "text": text,
            "uri": uri,
            "media_type": values.get("media_type", "text/plain"),
            "checksum": values.get("checksum"),
            "slices": self._slices(values),
            "brief_id": values.get("brief_id") or self.brief_id,
        }
        try:
            return ItemSubmitted.model_validate(content)
        except ValidationError as error:
            raise RowError(problems_of(error)) from error

    def _id(self, values: dict[str, Any]) -> object:
        given = values.get(self.id_field)
        if given is not None:
            return str(given) if isinstance(given, int) else given
        content = f"{self.source_id}\n{values.get(self.text_field) or values.get('checksum')}"
        return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:32]

    def _slices(self, values: dict[str, Any]) -> Any:
        missing = [name for name in self.slice_fields if values.get(name) is None]
        if missing:
            raise RowError(f"{', '.join(missing)}: missing, but named by --slice-field")
        named = {name: str(values[name]) for name in self.slice_fields}
        given = values.get("slices", {})
        return {**given, **named} if isinstance(given, dict) else given
