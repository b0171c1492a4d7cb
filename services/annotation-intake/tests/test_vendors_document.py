"""The document for outsiders against the code."""

import json
import re
from pathlib import Path

from aidataops.events.annotation import LabelRejected, LabelSubmitted, WorkRequested
from annotation_intake.domain.values import _READERS

DOCUMENT = (Path(__file__).parents[1] / "VENDORS.md").read_text("utf-8")
ROOT = Path(__file__).parents[3]


def test_examples_are_valid_events() -> None:
    submitted, asked, rejected = re.findall(r"```json\n(.*?)```", DOCUMENT, flags=re.DOTALL)
    label = LabelSubmitted.model_validate_json(submitted)
    assert LabelRejected.model_validate_json(rejected).annotation_id == label.annotation_id
    assert set(json.loads(submitted)) <= set(LabelSubmitted.model_fields)
    assert WorkRequested.model_validate_json(asked).vendor == label.vendor
    assert set(json.loads(asked)) <= set(WorkRequested.model_fields)


def test_schema_kinds_and_topic_are_those_of_the_code() -> None:
    for path in re.findall(r"`(tests/contract/schemas/[^`]+)`", DOCUMENT):
        assert (ROOT / path).exists()
    assert f"`{LabelSubmitted.topic}`" in DOCUMENT
    assert f"`{LabelSubmitted.type}`" in DOCUMENT
    assert f"`{WorkRequested.type}`" in DOCUMENT
    for kind in _READERS:
        assert f"`{kind}`" in DOCUMENT
