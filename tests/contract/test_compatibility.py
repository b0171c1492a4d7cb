"""The checker that guards the contracts: what it refuses, what it lets pass, whom it protects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, StringConstraints, ValidationError, create_model

from aidataops.events.base import Identifier, Instant, Payload, Value

from .compatibility import OLD_CONSUMERS, OLD_PRODUCERS, breaks
from .golden import committed, contract_of, write

TYPE = "aidataops.tests.measured.v1"
TOPIC = "tests.measurements"


class Sensor(Value):
    """What measured."""

    name: Identifier
    site: str | None = None


class Celsius(Value):
    kind: Literal["celsius"] = "celsius"
    degrees: float = Field(ge=-273.15)


class Kelvin(Value):
    kind: Literal["kelvin"] = "kelvin"
    kelvins: float = Field(ge=0)


class Measured(Payload, topic=TOPIC, key="measurement_id", type=TYPE):
    """The contract as it was released."""

    measurement_id: Identifier
    sensor: Sensor
    quality: Literal["good", "bad"]
    reading: Annotated[Celsius, Field()] | Kelvin
    repeats: int = Field(default=1, ge=1, le=10)
    tags: tuple[Identifier, ...] = Field(default=(), max_length=5)
    labels: dict[Identifier, str] = Field(default={})
    note: str | None = None
    taken_at: Instant


EVENT: dict[str, Any] = {
    "measurement_id": "m-1",
    "sensor": {"name": "s-1", "site": "roof"},
    "quality": "good",
    "reading": {"kind": "celsius", "degrees": 21.5},
    "repeats": 2,
    "tags": ["a"],
    "labels": {"room": "1"},
    "note": "by hand",
    "taken_at": "2026-01-01T00:00:00Z",
}


def mutant(**changes: Any) -> type[Payload]:
    """``Measured`` with fields replaced, added (name=(type, default)) or removed (name=None)."""
    fields: dict[str, Any] = {
        name: (Measured.__annotations__[name], Measured.model_fields[name])
        for name in Measured.model_fields
    }
    fields |= changes
    kept = {name: part for name, part in fields.items() if part is not None}
    travels = {"topic": TOPIC, "key": "measurement_id", "type": TYPE}
    made: type[Payload] = create_model("Measured", __base__=Payload, __cls_kwargs__=travels, **kept)
    return made


class SensorWithoutSite(Value):
    name: Identifier


class SensorWithRequiredRange(Sensor):
    range: float


class SensorWithOptionalRange(Sensor):
    range: float | None = None


class Rankine(Value):
    kind: Literal["rankine"] = "rankine"
    rankines: float


ALLOWED: dict[str, dict[str, Any]] = {
    "a new optional field": {"unit": (str | None, None)},
    "a new field with a default": {"unit": (str, "celsius")},
    "a new optional field of a part": {"sensor": (SensorWithOptionalRange, ...)},
    "better words": {"quality": (Literal["good", "bad"], Field(description="How far to trust it"))},
}
REFUSED: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "a removed field": ({"note": None}, "$.note", OLD_CONSUMERS),
    "a removed field of a part": (
        {"sensor": (SensorWithoutSite, ...)},
        "$.sensor.site",
        OLD_CONSUMERS,
    ),
    "a renamed field": ({"note": None, "remark": (str | None, None)}, "$.note", OLD_CONSUMERS),
    "a new required field": ({"unit": (str, ...)}, "$.unit", OLD_PRODUCERS),
    "a new required field of a part": (
        {"sensor": (SensorWithRequiredRange, ...)},
        "$.sensor.range",
        OLD_PRODUCERS,
    ),
    "an optional field made required": ({"note": (str, ...)}, "$.note", OLD_PRODUCERS),
    "a required field made optional": (
        {"quality": (Literal["good", "bad"], "good")},
        "$.quality",
        OLD_CONSUMERS,
    ),
    "a new enum value": (
        {"quality": (Literal["good", "bad", "ugly"], ...)},
        "$.quality",
        OLD_CONSUMERS,
    ),
    "a removed enum value": ({"quality": (Literal["good"], ...)}, "$.quality", OLD_PRODUCERS),
    "an enum made free text": ({"quality": (str, ...)}, "$.quality", OLD_CONSUMERS),
    "free text made an enum": (
        {"note": (Literal["by hand"] | None, None)},
        "$.note",
        OLD_PRODUCERS,
    ),
    "a narrowed type": ({"repeats": (bool, True)}, "$.repeats", "both"),
    "a widened type": ({"repeats": (float, Field(default=1, ge=1, le=10))}, "$.repeats", "both"),
    "null where there was none": (
        {"quality": (Literal["good", "bad"] | None, ...)},
        "$.quality",
        OLD_CONSUMERS,
    ),
    "no null where there was one": ({"note": (str, "")}, "$.note", OLD_PRODUCERS),
    "a limit lowered": (
        {"repeats": (int, Field(default=1, ge=1, le=5))},
        "$.repeats",
        OLD_PRODUCERS,
    ),
    "a limit raised": (
        {"repeats": (int, Field(default=1, ge=1, le=50))},
        "$.repeats",
        OLD_CONSUMERS,
    ),
    "a limit dropped": ({"repeats": (int, Field(default=1, ge=1))}, "$.repeats", OLD_CONSUMERS),
    "a least value raised": (
        {"repeats": (int, Field(default=2, ge=2, le=10))},
        "$.repeats",
        OLD_PRODUCERS,
    ),
    "a shorter list": (
        {"tags": (tuple[Identifier, ...], Field(default=(), max_length=3))},
        "$.tags",
        OLD_PRODUCERS,
    ),
    "a stricter element": (
        {
            "tags": (
                tuple[Annotated[str, StringConstraints(min_length=2, max_length=200)], ...],
                Field(default=(), max_length=5),
            )
        },
        "$.tags.items",
        OLD_PRODUCERS,
    ),
    "another value in a mapping": ({"labels": (dict[Identifier, int], {})}, "$.labels", "both"),
    "another format": ({"taken_at": (str, ...)}, "$.taken_at", "both"),
    "another default": ({"repeats": (int, Field(default=3, ge=1, le=10))}, "$.repeats", "both"),
    "a new member of a union": (
        {"reading": (Celsius | Kelvin | Rankine, ...)},
        "$.reading",
        OLD_CONSUMERS,
    ),
    "a lost member of a union": ({"reading": (Celsius, ...)}, "$.reading", None),
    "another member of a union": ({"reading": (Celsius | Rankine, ...)}, "$.reading", None),
}


def test_unchanged_contract_is_compatible_with_itself() -> None:
    assert breaks(contract_of(Measured), contract_of(Measured)) == []


@pytest.mark.parametrize("name", ALLOWED)
def test_allowed_change_passes_in_both_directions(name: str) -> None:
    new = mutant(**ALLOWED[name])
    assert breaks(contract_of(Measured), contract_of(new)) == []
    old = Measured.model_validate_json(json.dumps(EVENT))
    read_by_new = new.model_validate_json(old.model_dump_json())
    assert Measured.model_validate_json(read_by_new.model_dump_json()) == old


@pytest.mark.parametrize("name", REFUSED)
def test_incompatible_change_is_refused_and_named(name: str) -> None:
    changes, path, harmed = REFUSED[name]
    found = breaks(contract_of(Measured), contract_of(mutant(**changes)))
    assert found, "the checker lets it pass"
    assert any(one.path.startswith(path) for one in found), found
    if harmed is not None:
        assert harmed in {one.harms for one in found}, found


def test_every_break_is_undone_by_going_back() -> None:
    """What harms old producers one way harms old consumers the other way; nothing is overlooked."""
    for name, (changes, _, _) in REFUSED.items():
        back = breaks(contract_of(mutant(**changes)), contract_of(Measured))
        assert back or "removed field" in name or "renamed" in name, name


def test_harm_that_is_claimed_is_real() -> None:
    """An old consumer really refuses a new enum value; a new model a lost one."""
    with pytest.raises(ValidationError):
        Measured.model_validate_json(json.dumps(EVENT | {"quality": "ugly"}))
    narrowed = mutant(quality=(Literal["good"], ...))
    with pytest.raises(ValidationError):
        narrowed.model_validate_json(json.dumps(EVENT | {"quality": "bad"}))


@pytest.mark.parametrize("field", ["x-topic", "x-key", "$id"])
def test_topic_key_and_type_are_part_of_the_contract(field: str) -> None:
    contract = contract_of(Measured)
    assert breaks(contract, contract | {field: "elsewhere"})


def test_unknown_keyword_is_refused_rather_than_overlooked() -> None:
    contract = contract_of(Measured)
    assert breaks(contract, contract | {"minProperties": 1})
    assert breaks(contract, contract | {"invented": 1})


def test_generator_takes_over_what_is_allowed_and_refuses_the_rest(tmp_path: Path) -> None:
    assert write(Measured, tmp_path) == []
    grown = mutant(unit=(str | None, None))
    assert write(grown, tmp_path) == []
    assert write(Measured, tmp_path), "the field that was just committed is gone again"
    assert committed(TYPE, tmp_path) == contract_of(grown)
