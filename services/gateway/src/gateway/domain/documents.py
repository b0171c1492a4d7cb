"""JSON, read so that every reader of it sees the same: no duplicate keys, no NaN, no NUL …

Python's parser (like most) silently takes the last of duplicate keys, NaN and lone surrogates.
What it would take in silence is replaced by a `_Flaw` while parsing and then found by its path.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.domain.problems import FieldError, Problem, RefusedError
from gateway.domain.structure import MAXIMUM_DEPTH, Element

MAXIMUM_DIGITS = 18
"""Of an integer: what fits into 64 bits, as far as every reader and the database go."""

_SHOWN_FLAWS = 10
_LONG_NUMBER = re.compile(rb"\d{19}|[eE][+]?\d{3}")
_SUSPECT_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class _Flaw:
    """Stands where the value should; ``name`` is a member's name for a duplicate key."""

    detail: str
    remedy: str
    name: str | None = None


def parse(element: Element) -> Any:
    """The value of a JSON text; raises `RefusedError` naming every flaw by its path."""
    if element.depth > MAXIMUM_DEPTH:
        raise RefusedError.at(
            "malformed",
            "$",
            f"nests {element.depth} levels deep",
            f"at most {MAXIMUM_DEPTH} levels are read",
        )
    flaws: list[_Flaw] = []
    suspect_numbers = _LONG_NUMBER.search(element.text) is not None

    def note(detail: str, remedy: str, name: str | None = None) -> _Flaw:
        flaws.append(_Flaw(detail, remedy, name))
        return flaws[-1]

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Flaw:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        return note("stands twice in one object", "give it once", twice)

    def constant(text: str) -> _Flaw:
        return note(f"is {text}, which is no JSON", "leave the field out or send a number")

    def integer(text: str) -> int | _Flaw:
        digits = len(text.lstrip("-"))
        if digits > MAXIMUM_DIGITS:
            return note(f"has {digits} digits", f"integers have at most {MAXIMUM_DIGITS}")
        return int(text)

    def number(text: str) -> float | _Flaw:
        value = float(text)
        return value if math.isfinite(value) else note("is too large", "send a finite number")

    try:
        value = json.loads(
            element.text.decode(),
            object_pairs_hook=members,
            parse_constant=constant,
            parse_int=integer if suspect_numbers else None,
            parse_float=number if suspect_numbers else None,
        )
    except json.JSONDecodeError as error:
        raise RefusedError.at(
            "malformed", "$", f"{error.msg} at character {error.pos}", "send one JSON value"
        ) from error
    if flaws or _SUSPECT_ESCAPE.search(element.text):
        errors = [error for _, error in zip(range(_SHOWN_FLAWS), _find(value, "$"), strict=False)]
        if errors:
            detail = "; ".join(f"{error.path}: {error.detail}" for error in errors)
            raise RefusedError(Problem("malformed", detail, tuple(errors)))
    return value


def step(path: str, name: str | int) -> str:
    """One step further along a JSON path (RFC 9535)."""
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if _PLAIN_NAME.fullmatch(name) else f"{path}[{json.dumps(name)}]"


def canonical(value: Any) -> bytes:
    """The same bytes for the same JSON value, whatever the order of its members."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def _find(value: Any, path: str) -> Iterator[FieldError]:
    if isinstance(value, _Flaw):
        yield FieldError(
            path if value.name is None else step(path, value.name), value.detail, value.remedy
        )
    elif isinstance(value, str):
        yield from _find_in_text(value, path)
    elif isinstance(value, dict):
        for name, child in value.items():
            yield from _find_in_text(name, step(path, name))
            yield from _find(child, step(path, name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _find(child, step(path, index))


def _find_in_text(text: str, path: str) -> Iterator[FieldError]:
    if "\x00" in text:
        yield FieldError(path, "holds a NUL character", "remove it")
    elif _SURROGATE.search(text):
        yield FieldError(
            path, "holds half of a surrogate pair, which is no character", "send both halves"
        )
