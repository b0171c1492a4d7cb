"""A file that says what production looks like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aidataops.events.sourcing import ProductionWeightsSet
from aidataops.imports.errors import ImportFileError, problems_of
from aidataops.imports.rows import read_rows


def read_weights(path: Path, *, project: str, revision: int) -> ProductionWeightsSet:
    """Weights and floors from JSON (the event's own fields) or CSV.

    A CSV has a column per slice attribute and ``weight``, and where a slice has a floor ``floor``
    (items) and ``reason``; a row may have either or both. Raises `ImportFileError`.
    """
    content = _from_json(path) if path.suffix.lower() == ".json" else _from_rows(path)
    try:
        return ProductionWeightsSet.model_validate_json(
            json.dumps(content | {"project": project, "revision": revision})
        )
    except ValidationError as error:
        raise ImportFileError(f"{path}: {problems_of(error)}") from error


def _from_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ImportFileError(f"{path}: cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ImportFileError(f"{path}: is no JSON object with weights and floors")
    return content


def _from_rows(path: Path) -> dict[str, Any]:
    weights, floors = [], []
    for row in read_rows(path):
        if row.values is None:
            raise ImportFileError(f"{path}: row {row.number}: {row.problem}")
        values = {name: str(value) for name, value in row.values.items()}
        try:
            weight, floor = values.pop("weight", None), values.pop("floor", None)
            reason = values.pop("reason", "")
            if weight is not None:
                weights.append({"slices": values, "weight": float(weight)})
            if floor is not None:
                floors.append({"slices": values, "items": int(floor), "reason": reason})
        except ValueError as error:
            raise ImportFileError(f"{path}: row {row.number}: {error}") from error
    return {"weights": weights, "floors": floors}
