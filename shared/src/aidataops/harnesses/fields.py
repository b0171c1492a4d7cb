"""Values of a foreign document, with the place where each has to be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aidataops.events.evaluation import DatasetReference
from aidataops.harnesses.dataset import dataset_reference
from aidataops.harnesses.errors import HarnessFileError


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of a harness's file; ``place`` is the path to it, as ``samples[3].metadata``.

    What is absent or null is the default; what is there and of another kind is an error.
    """

    content: Mapping[str, Any]
    file: Path
    place: str = ""
    line: int | None = None

    @classmethod
    def of(cls, value: Any, file: Path, place: str, line: int | None = None) -> Fields:
        """A value that has to be an object."""
        if isinstance(value, dict):
            return cls(value, file, place, line)
        raise HarnessFileError(
            f"is {_shown(value)} instead of an object",
            file=file,
            line=line,
            field=place or None,
            remedy="give the file as its harness wrote it",
        )

    def error(self, name: str, problem: str, remedy: str = "") -> HarnessFileError:
        """What is wrong with a field."""
        return HarnessFileError(
            problem,
            file=self.file,
            line=self.line,
            field=f"{self.place}.{name}" if self.place else name,
            remedy=remedy or "give the file as its harness wrote it",
        )

    def object(self, name: str) -> Fields:
        """An object; empty where there is none."""
        value = self.content.get(name)
        if value is not None and not isinstance(value, dict):
            raise self.error(name, f"is {_shown(value)} instead of an object")
        return Fields(
            value or {}, self.file, f"{self.place}.{name}" if self.place else name, self.line
        )

    def objects(self, name: str) -> list[Fields]:
        """A list of objects; empty where there is none."""
        value = self.content.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.error(name, f"is {_shown(value)} instead of a list")
        place = f"{self.place}.{name}" if self.place else name
        return [
            Fields.of(each, self.file, f"{place}[{number}]", self.line)
            for number, each in enumerate(value)
        ]

    def truth(self, name: str) -> bool | None:
        """A truth value; ``None`` where there is none."""
        value = self.content.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.error(name, f"is {_shown(value)} instead of true or false")
        return value

    def text(self, name: str) -> str | None:
        """A text or a number, as text; ``None`` where it is empty or absent."""
        value = self.content.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.error(name, f"is {_shown(value)} instead of a text")
        return str(value)

    def needed(self, name: str, remedy: str = "") -> str:
        """A text that has to be there."""
        value = self.text(name)
        if value is None:
            raise self.error(name, "is missing", remedy)
        return value

    def whole(self, name: str, default: int) -> int:
        """A whole number."""
        value = self.content.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(name, f"is {_shown(value)} instead of a whole number")
        return value

    def number(self, name: str) -> float | None:
        """A finite number; ``None`` where there is none, which NaN says as well."""
        value = self.content.get(name)
        if value is None:
            return None
        if isinstance(value, bool):
            return float(value)
        if not isinstance(value, int | float):
            raise self.error(name, f"is {_shown(value)} instead of a number")
        return finite(value)

    def instant(self, name: str) -> datetime | None:
        """A time as ISO 8601 with its offset; one without is taken as UTC."""
        value = self.text(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise self.error(name, f"is {value!r} instead of a time in ISO 8601") from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def dataset_version(self) -> DatasetReference | None:
        """The field ``dataset_version``, ``NAME@N``: what the model was trained on."""
        value = self.text("dataset_version")
        if value is None:
            return None
        try:
            return dataset_reference(value)
        except ValueError as error:
            raise self.error(
                "dataset_version", str(error), "write it so, or say it (--dataset-version)"
            ) from error


def finite(value: float) -> float | None:
    """The number as a float, unless it is none (NaN, infinity, too large)."""
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"
