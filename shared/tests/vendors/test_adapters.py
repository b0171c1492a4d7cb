"""What every adapter keeps, whatever the tool: one suite for all."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aidataops.events.annotation import LabelSubmitted
from aidataops.vendors import ADAPTERS, LabelMapping, Reading, Unreadable

FIXTURES = Path(__file__).parent / "fixtures"
RECEIVED = datetime(2026, 11, 22, 22, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A tool's payload, how it maps, and what is in it."""

    tool: str
    file: str
    labels: int
    votes: int
    mapping: dict[str, Any] = field(default_factory=dict)

    def read(self, content: bytes | None = None) -> list[Reading]:
        facts = {"vendor": "acme", "vendor_project": "p1", "guideline_version": "1.0.0"}
        mapping = LabelMapping(**facts | self.mapping)
        payload = content if content is not None else (FIXTURES / self.file).read_bytes()
        return list(ADAPTERS[self.tool](payload, mapping, RECEIVED))


VERDICT = {"label_field": "verdict"}
PAIRWISE = {"label_field": "pref", "kind": "pairwise", "task_field": "uid"}
CASES = [
    Case("canonical", "canonical.jsonl", 2, 2),
    Case("label-studio", "label_studio_pairwise.json", 19, 19, PAIRWISE),
    Case("label-studio", "label_studio_pairwise_min.json", 19, 19, PAIRWISE),
    Case("label-studio", "label_studio_pairwise.tsv", 19, 19, PAIRWISE),
    Case("label-studio", "label_studio_types.json", 4, 3, VERDICT),
    Case("labelbox", "labelbox.ndjson", 3, 2, VERDICT | {"vendor_project": "clp0proj1"}),
    Case("argilla", "argilla_flat.json", 12, 11, VERDICT | {"task_field": "id"}),
    Case("argilla", "argilla_webhook.json", 1, 1, VERDICT),
    Case("prodigy", "prodigy.jsonl", 4, 3, {"values": {"reject": "wrong"}}),
    Case("sagemaker", "sagemaker.manifest", 3, 3, VERDICT),
    Case("scale", "scale.json", 1, 1),
    Case("crowd-kit", "crowd_kit.tsv", 3, 3),
]
every_tool = pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)


def labels_of(readings: list[Reading]) -> list[LabelSubmitted]:
    return [one for one in readings if isinstance(one, LabelSubmitted)]


def test_every_adapter_is_held_to_the_suite() -> None:
    assert {case.tool for case in CASES} == set(ADAPTERS)


@every_tool
def test_payload_becomes_labels_that_say_all(case: Case) -> None:
    labels = labels_of(case.read())
    assert len(labels) == case.labels
    assert sum(not label.withdrawn for label in labels) == case.votes
    for label in labels:
        assert label.vendor == "acme"
        assert label.guideline_version == "1.0.0"
        assert label.vendor_project is not None
        assert bool(label.value) != label.withdrawn
        assert label.submitted_at.tzinfo is not None


@every_tool
def test_identity_is_unique_and_reading_again_gives_the_same(case: Case) -> None:
    labels = labels_of(case.read())
    assert len({(one.annotation_id, one.revision) for one in labels}) == len(labels)
    assert labels == labels_of(case.read())


@every_tool
def test_no_address_of_a_person_gets_out(case: Case) -> None:
    assert "@" not in "".join(label.model_dump_json() for label in labels_of(case.read()))


@every_tool
def test_bad_row_is_named_and_harms_no_neighbour(case: Case) -> None:
    content = (FIXTURES / case.file).read_bytes()
    before = len(labels_of(case.read()))
    if case.file.endswith(".tsv"):
        spoiled = content.rstrip() + b"\nonly one cell\n"
    elif content.lstrip().startswith(b"["):
        spoiled = json.dumps([*json.loads(content), {"id": "lost", "nothing": 1}, 7]).encode()
    else:
        spoiled = content + b'{"nothing": 1}\n{broken\n'
    readings = case.read(spoiled)
    bad = [one for one in readings if isinstance(one, Unreadable)]
    assert len(labels_of(readings)) == before
    assert bad
    assert all(one.place and one.field and one.valid for one in bad)


@every_tool
@pytest.mark.parametrize(
    "content", [b"", b" \n", b"\xff\xfe\x00", b"{", b"null", b"[[]]", b"[" * 50_000, b"7" * 6000]
)
def test_garbage_is_unreadable_and_raises_nothing(case: Case, content: bytes) -> None:
    assert labels_of(case.read(content)) == []


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CASES), st.data())
def test_payload_with_any_value_replaced_raises_nothing(case: Case, data: st.DataObject) -> None:
    """The fuzz that finds a forgotten check: somewhere stands something else."""
    content = (FIXTURES / case.file).read_text("utf-8")
    if case.file.endswith(".tsv"):
        at = data.draw(st.integers(0, len(content) - 1))
        case.read((content[:at] + data.draw(st.text(max_size=3)) + content[at + 1 :]).encode())
        return
    lines = content.splitlines() if content.startswith("{") else [content]
    documents = [json.loads(line) for line in lines]
    other: Any = data.draw(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3)
        | st.lists(st.integers(), max_size=2) | st.just({})
    )  # fmt: skip
    _replace(documents, data, other)
    case.read("\n".join(json.dumps(one) for one in documents).encode())


def _replace(node: Any, data: st.DataObject, other: Any) -> None:
    """Put ``other`` in some place at some depth."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        child = node[key]
        if not isinstance(child, dict | list) or not child or data.draw(st.integers(0, 3)) == 0:
            node[key] = other
            return
        node = child
