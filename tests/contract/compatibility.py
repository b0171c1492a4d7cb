"""Whether a schema may take the place of a committed one.

Producers and consumers are upgraded at different times, so two things have to hold: an event that
an **old producer** wrote is accepted by the new model, and an event that a **new producer** writes
is accepted by an **old consumer**, which validates strictly but ignores fields it does not know.
The first forbids narrowing, the second forbids widening. What remains:

* a new field that is not required, anywhere in the document;
* other words (title, description, examples).

So also refused, though they look harmless: another value of an enum, another member of a union, a
required field that becomes optional, a limit that is raised (old consumers dead-letter such
events), and another default (events already written would change their meaning). All of these are
a new major version beside the old. A keyword that nobody taught this module is compared for
equality.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

Schema = Mapping[str, Any]

OLD_PRODUCERS = "old producers"
OLD_CONSUMERS = "old consumers"

WORDS = frozenset({"title", "description", "examples", "$comment", "deprecated"})
LOWER_LIMITS = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
UPPER_LIMITS = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
NESTED = frozenset({"items", "additionalProperties", "propertyNames"})
UNIONS = frozenset({"anyOf", "oneOf"})
_APART = frozenset({"$defs", "properties", "required", "enum", "discriminator"})
"""Compared by code of their own, or (``$defs``, a discriminator's mapping) through references."""


class Break(NamedTuple):
    """One reason why a schema can't take the place of another."""

    path: str
    what: str
    harms: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what} (harms {self.harms})"


def breaks(old: Schema, new: Schema) -> list[Break]:
    """Everything that forbids ``new`` in the place of ``old``; empty when it may."""
    return list(_Comparison(old, new).compare(old, new, "$"))


class _Comparison:
    """Two documents and the pairs of definitions that were already compared."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[str, str]] = set()

    def compare(self, old: Any, new: Any, path: str) -> Iterator[Break]:
        if isinstance(old, bool) or isinstance(new, bool):
            if old is not new:
                yield Break(path, f"was {old}, is {new}", "both")
            return
        names = (old.get("$ref", ""), new.get("$ref", ""))
        if any(names):
            if names in self._seen:
                return
            self._seen.add(names)
        old, new = _resolved(self._old, old), _resolved(self._new, new)
        yield from self._properties(old, new, path)
        yield from _required(old, new, path)
        yield from _values(old, new, path)
        for keyword in sorted((old.keys() | new.keys()) - WORDS - _APART - {"const"}):
            yield from self._keyword(keyword, old, new, path)

    def _properties(self, old: Schema, new: Schema, path: str) -> Iterator[Break]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name in after:
                yield from self.compare(before[name], after[name], f"{path}.{name}")
            else:
                yield Break(f"{path}.{name}", "the field is removed", OLD_CONSUMERS)

    def _keyword(self, keyword: str, old: Schema, new: Schema, path: str) -> Iterator[Break]:
        before, after = old.get(keyword), new.get(keyword)
        if keyword in UNIONS:
            yield from self._union(keyword, before or [], after or [], path)
        elif keyword in NESTED and before is not None and after is not None:
            yield from self.compare(before, after, f"{path}.{keyword}")
        elif keyword in LOWER_LIMITS | UPPER_LIMITS:
            yield from _limit(keyword, before, after, path)
        elif before != after or type(before) is not type(after):
            yield Break(path, f"{keyword} was {before!r}, is {after!r}", "both")

    def _union(
        self, keyword: str, before: list[Any], after: list[Any], path: str
    ) -> Iterator[Break]:
        """Members keep their places: pydantic lists them in the order of the annotation."""
        for index, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from self.compare(one, other, f"{path}.{keyword}[{index}]")
        if len(after) > len(before):
            yield Break(path, f"{keyword} has a new member", OLD_CONSUMERS)
        if len(after) < len(before):
            yield Break(path, f"{keyword} lost a member", OLD_PRODUCERS)


def _resolved(document: Schema, schema: Schema) -> Schema:
    """The schema behind a local reference, with what stands beside the reference."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    target: Any = document
    for step in reference.removeprefix("#/").split("/"):
        target = target[step]
    return {**_resolved(document, target), **{k: v for k, v in schema.items() if k != "$ref"}}


def _required(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    before, after = set(old.get("required", ())), set(new.get("required", ()))
    known = old.get("properties", {}).keys()
    for name in sorted(after - before):
        what = "an optional field is required" if name in known else "a new field is required"
        yield Break(f"{path}.{name}", what, OLD_PRODUCERS)
    for name in sorted((before - after) & new.get("properties", {}).keys()):
        yield Break(f"{path}.{name}", "a required field is optional", OLD_CONSUMERS)


def _values(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    """Enumerations; ``const`` is one with a single value."""
    before, after = _enumerated(old), _enumerated(new)
    if before is None and after is None:
        return
    if before is None:
        yield Break(path, f"only {_listed(after)} may stand here now", OLD_PRODUCERS)
    elif after is None:
        yield Break(path, f"more than {_listed(before)} may stand here now", OLD_CONSUMERS)
    else:
        if added := [value for value in after if value not in before]:
            yield Break(path, f"the enum has the new values {_listed(added)}", OLD_CONSUMERS)
        if removed := [value for value in before if value not in after]:
            yield Break(path, f"the enum lost the values {_listed(removed)}", OLD_PRODUCERS)


def _enumerated(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _listed(values: Iterable[Any] | None) -> str:
    return ", ".join(repr(value) for value in values or ())


def _limit(keyword: str, before: Any, after: Any, path: str) -> Iterator[Break]:
    if before == after:
        return
    if before is None or after is None:
        narrower = before is None
    else:
        narrower = (after > before) is (keyword in LOWER_LIMITS)
    what = f"{keyword} was {before}, is {after}"
    yield Break(path, what, OLD_PRODUCERS if narrower else OLD_CONSUMERS)
