"""What a label's value may be, by the kind of its schema, and the one way to write each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from aidataops.events.annotation import LabelSchema

TIE = "tie"
_SHOWN = 200
"""Characters of a wrong value, and of what would be valid, that a vendor is shown."""


class InvalidValueError(ValueError):
    """A value is not of its schema: ``field`` with the ``value`` found there, and what would do."""

    def __init__(self, field: str, value: object, valid: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.value = (value if isinstance(value, str) else _write(value))[:_SHOWN]
        self.valid = valid
        self.reason = reason


def canonical_value(schema: LabelSchema, value: str, *, characters: int | None = None) -> str:
    """The value as every label of the same content writes it.

    ``characters`` is the length of the item's text, where there is one. Raises
    `InvalidValueError`.
    """
    read = _READERS.get(schema.kind)
    if read is None:
        raise InvalidValueError(
            "label_schema.kind",
            schema.kind,
            ", ".join(_READERS),
            "the project's label schema is of a kind that nobody here can check",
        )
    return read(schema, value, characters)


def _read_choice(schema: LabelSchema, value: str, _: int | None) -> str:
    if value not in schema.categories:
        raise InvalidValueError(
            "value",
            value,
            ", ".join(schema.categories),
            "the value is not a category of the project's label schema",
        )
    return value


def _read_side(schema: LabelSchema, value: str, _: int | None) -> str:
    sides = (*schema.categories, TIE) if schema.allow_tie else schema.categories
    if value not in sides:
        reason = "the value is neither of the sides"
        if value == TIE:
            reason = "the project's label schema allows no tie"
        raise InvalidValueError("value", value, ", ".join(sides), reason)
    return value


def _read_text(schema: LabelSchema, value: str, _: int | None) -> str:
    if not value.strip():
        raise InvalidValueError("value", value, "a text that is not blank", "the text is blank")
    most = schema.maximum_characters
    if most is not None and len(value) > most:
        raise InvalidValueError(
            "value",
            value,
            f"a text of at most {most} characters",
            f"the text has {len(value)} characters",
        )
    return value


def _read_set(schema: LabelSchema, value: str, _: int | None) -> str:
    names = _array(value, f"a JSON array of any of {', '.join(schema.categories)}")
    for place, name in enumerate(names):
        _check_category(schema, f"value[{place}]", name)
    return _write(sorted(set(names)))


def _read_ranking(schema: LabelSchema, value: str, _: int | None) -> str:
    valid = f"a JSON array of {', '.join(schema.categories)}, each once, the best first"
    names = _array(value, valid)
    for place, name in enumerate(names):
        _check_category(schema, f"value[{place}]", name)
        if name in names[:place]:
            raise InvalidValueError(f"value[{place}]", name, valid, "a candidate is ranked twice")
    missing = [name for name in schema.categories if name not in names]
    if missing:
        raise InvalidValueError("value", value, valid, f"{', '.join(missing)} is not ranked")
    return _write(names)


def _read_spans(schema: LabelSchema, value: str, characters: int | None) -> str:
    valid = (
        'a JSON array of {"start": …, "end": …, "label": …}, end excluded, label one of '
        f"{', '.join(schema.categories)}"
    )
    spans = {
        _read_span(schema, f"value[{place}]", span, valid, characters)
        for place, span in enumerate(_array(value, valid))
    }
    return _write(
        [{"start": start, "end": end, "label": label} for start, end, label in sorted(spans)]
    )


def _read_span(
    schema: LabelSchema, field: str, span: Any, valid: str, characters: int | None
) -> tuple[int, int, str]:
    if not isinstance(span, Mapping):
        raise InvalidValueError(field, span, valid, "a span is an object")
    start, end = (_offset(field, span, name) for name in ("start", "end"))
    if start >= end:
        raise InvalidValueError(
            f"{field}.end", end, f"an offset above {start}", "a span ends after it starts"
        )
    if characters is not None and end > characters:
        raise InvalidValueError(
            f"{field}.end",
            end,
            f"an offset up to {characters}",
            f"the item's text has {characters} characters",
        )
    label = span.get("label")
    _check_category(schema, f"{field}.label", label)
    return start, end, str(label)


def _offset(field: str, span: Mapping[str, Any], name: str) -> int:
    offset = span.get(name)
    if isinstance(offset, bool) or not isinstance(offset, int) or offset < 0:
        raise InvalidValueError(
            f"{field}.{name}", offset, "a number of characters from 0", "a span needs its offsets"
        )
    return offset


def _check_category(schema: LabelSchema, field: str, name: Any) -> None:
    if not isinstance(name, str) or name not in schema.categories:
        raise InvalidValueError(
            field,
            name,
            ", ".join(schema.categories),
            "it is not a category of the project's label schema",
        )


def _array(value: str, valid: str) -> list[Any]:
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, list):
        raise InvalidValueError("value", value, valid, "the value is no JSON array")
    return read


def _write(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


_READERS: Mapping[str, Callable[[LabelSchema, str, int | None], str]] = {
    "categorical": _read_choice,
    "ordinal": _read_choice,
    "pairwise": _read_side,
    "multi_label": _read_set,
    "ranking": _read_ranking,
    "text": _read_text,
    "spans": _read_spans,
}
