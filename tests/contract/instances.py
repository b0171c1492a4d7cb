"""Events drawn from a JSON Schema: what another implementation of a contract might write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from hypothesis import strategies as st

Json = Any
Schema = Mapping[str, Any]

_TEXT = st.characters(codec="utf-8", exclude_characters="\x00")


def instances(document: Schema, schema: Schema | None = None) -> st.SearchStrategy[Json]:
    """JSON values that a schema accepts; knows the keywords that pydantic writes for payloads."""
    schema = document if schema is None else schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return st.deferred(lambda: instances(document, document["$defs"][name]))
    if "discriminator" in schema:
        return _discriminated(document, schema)
    if "anyOf" in schema:
        return st.one_of([instances(document, member) for member in schema["anyOf"]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _of_type(document, schema)


def _discriminated(document: Schema, schema: Schema) -> st.SearchStrategy[Json]:
    """Members of a union; the tag is always there, though its schema only gives it a default."""
    tag, mapping = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
    members = [
        st.builds(dict.__or__, instances(document, {"$ref": reference}), st.just({tag: value}))
        for value, reference in mapping.items()
    ]
    return st.one_of(members)


def _of_type(document: Schema, schema: Schema) -> st.SearchStrategy[Json]:
    kind = schema["type"]
    if kind == "object":
        return _objects(document, schema)
    if kind == "array":
        return st.lists(
            instances(document, schema["items"]),
            min_size=schema.get("minItems", 0),
            max_size=min(schema.get("maxItems", 3), schema.get("minItems", 0) + 2),
        )
    simple: dict[str, Callable[[], st.SearchStrategy[Json]]] = {
        "string": lambda: _strings(schema),
        "integer": lambda: _integers(schema),
        "number": lambda: _numbers(schema),
        "boolean": st.booleans,
        "null": st.none,
    }
    return simple[kind]()


def _strings(schema: Schema) -> st.SearchStrategy[Json]:
    if schema.get("format") == "date-time":
        return st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.isoformat())
    least = schema.get("minLength", 0)
    return st.text(_TEXT, min_size=least, max_size=min(schema.get("maxLength", 20), least + 20))


def _integers(schema: Schema) -> st.SearchStrategy[Json]:
    return st.integers(schema.get("minimum", -(2**31)), schema.get("maximum", 2**31 - 1))


def _numbers(schema: Schema) -> st.SearchStrategy[Json]:
    return st.floats(
        min_value=schema.get("minimum", schema.get("exclusiveMinimum")),
        max_value=schema.get("maximum", schema.get("exclusiveMaximum")),
        exclude_min="exclusiveMinimum" in schema,
        exclude_max="exclusiveMaximum" in schema,
        allow_nan=False,
        allow_infinity=False,
    )


def _objects(document: Schema, schema: Schema) -> st.SearchStrategy[Json]:
    if "properties" not in schema:
        names = _strings(schema.get("propertyNames", {}))
        values = instances(document, schema["additionalProperties"])
        return st.dictionaries(names, values, max_size=2)
    fields = {name: instances(document, part) for name, part in schema["properties"].items()}
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: fields[name] for name in fields if name in required},
        optional={name: fields[name] for name in fields if name not in required},
    )
