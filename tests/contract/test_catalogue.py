"""The catalogue of events against its golden schemas, its naming rules and the wire."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from aidataops.events import PAYLOADS, TOPICS, Payload
from aidataops.messaging.cloudevents import encode
from aidataops.messaging.received import Received, read

from .compatibility import breaks
from .golden import COMMAND, committed, committed_types, contract_of, without_words
from .instances import instances

TYPE = re.compile(r"aidataops\.(?P<domain>[a-z]+)\.(?P<event>[a-z]+(_[a-z]+)*)\.v[1-9][0-9]*")
TOPIC = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")
STATES = {"failure", "labels_stale", "capacity_forecast"}
"""What is named by a noun or a state."""
PAST = ("ed", "_held", "_set", "_withdrawn")
"""How a participle ends."""

FEW = settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],  # 49 types: an event that fails is small as it is
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
every_type = pytest.mark.parametrize("ce_type", sorted(PAYLOADS))


@every_type
def test_type_has_a_golden_schema(ce_type: str) -> None:
    assert committed(ce_type) is not None, f"{ce_type} is new: run `{COMMAND}` and commit its file"


@every_type
def test_contract_is_compatible_with_its_golden_schema(ce_type: str) -> None:
    golden = committed(ce_type) or {}
    found = breaks(golden, contract_of(PAYLOADS[ce_type]))
    assert not found, (
        f"{ce_type} changed incompatibly; put it back and add a v2 beside it:\n"
        + "\n".join(str(one) for one in found)
    )


@every_type
def test_golden_schema_is_up_to_date(ce_type: str) -> None:
    golden, contract = committed(ce_type), contract_of(PAYLOADS[ce_type])
    assert without_words(golden) == without_words(contract), (
        f"{ce_type} grew: run `{COMMAND}` and commit its schema"
    )


def test_no_committed_type_is_withdrawn() -> None:
    gone = committed_types() - PAYLOADS.keys()
    assert not gone, f"records of these are still on their topics, but no class reads them: {gone}"


@every_type
def test_type_name_follows_the_rule(ce_type: str) -> None:
    payload = PAYLOADS[ce_type]
    match = TYPE.fullmatch(ce_type)
    assert match, ce_type
    assert payload.__module__ == f"aidataops.events.{match['domain']}"
    assert match["event"] in STATES or match["event"].endswith(PAST), "say what has happened"


@every_type
def test_class_is_named_like_its_type(ce_type: str) -> None:
    payload = PAYLOADS[ce_type]
    name = payload.__name__
    words = ce_type.split(".")[2].replace("_", "").lower()
    assert name.lower().endswith(words), f"{name} is not called like {ce_type}"
    assert "event" not in name.lower()


@every_type
def test_class_says_what_it_is(ce_type: str) -> None:
    payload = PAYLOADS[ce_type]
    said = (payload.__doc__ or "").strip()
    assert said, f"{payload.__name__} has no docstring"
    assert said != (Payload.__doc__ or "").strip()
    assert said.splitlines()[0].endswith((".", ":")), "the first line becomes a summary"


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_topic_name_follows_the_rule(topic: str) -> None:
    assert TOPIC.fullmatch(topic), "lowercase <domain>.<plural aggregate>, hyphens inside a word"
    assert not re.search(r"v[0-9]", topic), "versions live in the type"


@every_type
def test_nothing_is_required_and_nullable(ce_type: str) -> None:
    """Null is not written to the wire: what may be null has to have null as its default."""
    for path, name, part, required in _fields(PAYLOADS[ce_type].model_json_schema()):
        if _nullable(part):
            assert not required, f"{path}.{name} may be null and must be there"
            assert part.get("default", "nothing") is None, f"{path}.{name} would come back changed"


@every_type
@FEW
@given(data=st.data())
def test_event_survives_the_wire(ce_type: str, data: st.DataObject) -> None:
    payload = data.draw(_payloads(PAYLOADS[ce_type]))
    outgoing = encode(payload, event_id="e-1", source="/tests", time=datetime.now(UTC))
    record = ConsumerRecord(
        outgoing.topic, 0, 0, 0, 0, outgoing.key, outgoing.value, None, 0, 0, outgoing.headers
    )
    received = read(record, PAYLOADS)
    assert isinstance(received, Received), received
    assert received.payload == payload
    assert dict(outgoing.headers)["ce_dataschema"].decode() == contract_of(type(payload))["$id"]


@every_type
@FEW
@given(data=st.data())
def test_committed_contract_and_model_accept_each_others_events(
    ce_type: str, data: st.DataObject
) -> None:
    """The checker compares keywords; this compares what they do."""
    golden = committed(ce_type)
    assert golden is not None
    payload = data.draw(_payloads(PAYLOADS[ce_type], golden))
    written = json.loads(payload.model_dump_json(exclude_none=True))
    Draft202012Validator(golden).validate(written)


def _payloads(
    payload: type[Payload], schema: Mapping[str, Any] | None = None
) -> st.SearchStrategy[Payload]:
    """Payloads from drawn JSON; what a rule across fields refuses is not drawn."""

    def read_one(content: Any) -> Payload | None:
        try:
            return payload.model_validate_json(json.dumps(content))
        except ValidationError as error:
            if all(problem["type"] == "value_error" for problem in error.errors()):
                return None
            raise

    drawn = instances(schema or payload.model_json_schema()).map(read_one)
    return drawn.filter(lambda one: one is not None)  # type: ignore[return-value]


def _fields(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any], bool]]:
    """Every field of a document and its parts: where, its name, its schema, if it is required."""
    for title, part in {schema["title"]: schema, **schema.get("$defs", {})}.items():
        for name, field in part.get("properties", {}).items():
            yield title, name, field, name in part.get("required", ())


def _nullable(schema: Mapping[str, Any]) -> bool:
    members = schema.get("anyOf", [schema])
    return any(member.get("type") == "null" for member in members)
