"""The traps of the tools' formats, each of which has cost somebody labels."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aidataops.events.annotation import LabelsReconciled, LabelSubmitted, LabelsWithdrawn
from aidataops.vendors import ADAPTERS, LabelMapping, Reading, Unreadable, reconcile

FIXTURES = Path(__file__).parent / "fixtures"
RECEIVED = datetime(2026, 11, 22, 22, tzinfo=UTC)
CANARY = "canary-project-token-must-not-leak"


def mapping(**more: Any) -> LabelMapping:
    facts = {"vendor": "acme", "vendor_project": "1", "guideline_version": "1.0.0"}
    return LabelMapping(**facts | more)


def read(tool: str, content: Any, **more: Any) -> list[Reading]:
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    return list(ADAPTERS[tool](payload, mapping(**more), RECEIVED))


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def labels_of(readings: list[Reading]) -> list[LabelSubmitted]:
    return [one for one in readings if isinstance(one, LabelSubmitted)]


def hooks(action: str | None = None) -> list[dict[str, Any]]:
    """Bodies that Label Studio sent, in order."""
    lines = fixture("label_studio_webhooks.jsonl").splitlines()
    bodies = [json.loads(json.loads(line)["body_raw"]) for line in lines]
    return [body for body in bodies if action in (None, body["action"])]


# Label Studio


def test_project_token_of_a_webhook_gets_nowhere() -> None:
    bodies = hooks()
    assert CANARY in json.dumps(bodies)
    for body in bodies:
        for label_field, uid in (("verdict", "uid"), ("pref", "uid"), ("nothing", "nothing")):
            readings = read("label-studio", body, label_field=label_field, task_field=uid)
            assert CANARY not in repr(readings)


def test_delete_says_only_which_and_since_when_it_was_heard() -> None:
    (body,) = hooks("ANNOTATIONS_DELETED")
    assert read("label-studio", body) == [
        LabelsWithdrawn(
            vendor="acme", vendor_project="1", annotation_ids=("1/44",), withdrawn_at=RECEIVED
        )
    ]


def test_deleted_task_takes_its_annotations_with_it() -> None:
    (body,) = hooks("TASKS_DELETED")
    (gone,) = read("label-studio", body)
    assert isinstance(gone, LabelsWithdrawn)
    assert (gone.vendor_task_ids, gone.annotation_ids) == (("19",), ())


def test_new_tasks_say_nothing_of_labels() -> None:
    assert [read("label-studio", body) for body in hooks("TASKS_CREATED")] == [[], []]


def test_update_is_a_higher_revision_of_the_same_annotation_at_its_old_place() -> None:
    created, updated = hooks("ANNOTATION_CREATED")[0], hooks("ANNOTATION_UPDATED")[0]
    before = json.loads(json.dumps(updated))
    before["annotation"]["updated_at"] = before["annotation"]["created_at"]
    rich = {"label_field": "verdict", "task_field": "uid"}
    (first,) = labels_of(read("label-studio", before, **rich))
    (second,) = labels_of(read("label-studio", updated, **rich))
    assert second.annotation_id == first.annotation_id == "1/2"
    assert second.revision > first.revision
    assert second.first_submitted_at == first.first_submitted_at
    (other,) = labels_of(read("label-studio", created, **rich))
    assert (other.annotation_id, other.value, other.duration_seconds) == ("1/1", "correct", 12.086)


def test_ground_truth_marked_by_somebody_else_stays_the_label_of_its_annotator() -> None:
    (body,) = hooks("ANNOTATION_UPDATED")
    body["annotation"] |= {"ground_truth": True, "updated_by": 99}
    (label,) = labels_of(read("label-studio", body, label_field="verdict", task_field="uid"))
    assert label.annotator == str(body["annotation"]["completed_by"]) == "2"


def test_skip_comes_as_created_and_is_no_vote() -> None:
    body = hooks("ANNOTATION_CREATED")[0]
    body["annotation"] |= {"was_cancelled": True}
    (label,) = labels_of(read("label-studio", body, label_field="verdict", task_field="uid"))
    assert (label.withdrawn, label.value) == (True, "")


def test_one_person_may_label_a_task_twice_with_two_identities() -> None:
    labels = labels_of(read("label-studio", fixture("label_studio_types.json"), label_field="note"))
    twice = [label for label in labels if label.annotator == "2"]
    assert len({label.annotation_id for label in twice}) == len(twice) == 2


def test_webhook_without_payload_is_unreadable() -> None:
    (bad,) = read("label-studio", {"action": "ANNOTATION_CREATED"})
    assert isinstance(bad, Unreadable)
    assert bad.field == "annotation"


def test_wrong_label_field_is_named_with_the_controls_there_are() -> None:
    bad = read("label-studio", hooks("ANNOTATION_CREATED")[0], label_field="x", task_field="uid")[0]
    assert isinstance(bad, Unreadable)
    assert "verdict" in bad.value
    assert "control x" in bad.valid


@pytest.mark.parametrize(
    ("label_field", "kind", "values"),
    [
        ("verdict", "categorical", {"wrong", "correct"}),
        ("issues", "multi_label", {'["tone","format"]', '["tone"]', '["format"]'}),
        ("note", "text", {"off by\nsixty", "a\ttab", "again"}),
        ("stars", "ordinal", {"2", "4", "1"}),
        ("rank", "ranking", {'["b","a"]', '["a","b"]'}),
        (
            "span",
            "spans",
            {
                '[{"start":13,"end":20,"label":"ERROR"},{"start":0,"end":7,"label":"CLAIM"}]',
                '[{"start":0,"end":7,"label":"CLAIM"}]',
            },
        ),
    ],
)
def test_all_three_exports_agree_on_every_kind_of_label(
    label_field: str, kind: str, values: set[str]
) -> None:
    files = ("label_studio_types.json", "label_studio_types_min.json", "label_studio_types.tsv")
    exports = [
        {
            label.annotation_id: label
            for label in labels_of(
                read("label-studio", fixture(file), label_field=label_field, kind=kind)
            )
            if not label.withdrawn
        }
        for file in files
    ]
    assert exports[0] == exports[1] == exports[2]
    assert {label.value for label in exports[0].values()} == values


def test_pairwise_exports_and_webhooks_agree() -> None:
    pairwise: dict[str, Any] = {"label_field": "pref", "kind": "pairwise", "task_field": "uid"}
    files = ("pairwise.json", "pairwise_min.json", "pairwise.tsv")
    exports = [
        {
            label.annotation_id: label
            for label in labels_of(
                read("label-studio", fixture(f"label_studio_{file}"), **pairwise)
            )
        }
        for file in files
    ]
    assert exports[0] == exports[1] == exports[2]
    heard = [
        label
        for body in hooks("ANNOTATION_CREATED")
        if body["project"]["id"] == 2
        for label in labels_of(read("label-studio", body, **pairwise))
    ]
    assert len(heard) == 18
    assert all(exports[0][label.annotation_id] == label for label in heard)


# The others


def test_argilla_dictionary_lost_the_status_and_is_refused() -> None:
    readings = read("argilla", fixture("argilla_to_dict.json"), label_field="verdict")
    assert readings
    assert all(isinstance(one, Unreadable) and "flatten" in one.valid for one in readings)


def test_argilla_discarded_response_is_no_vote_for_any_question() -> None:
    flat = fixture("argilla_flat.json")
    for question in ("verdict", "rating"):
        labels = labels_of(
            read("argilla", flat, label_field=question, task_field="id", kind="categorical")
        )
        discarded = [label.annotation_id for label in labels if label.withdrawn]
        assert discarded == ["1/sample-002/00000000-0000-0000-0000-000000000002"]


def test_argilla_webhook_and_list_mean_the_same_annotation() -> None:
    (heard,) = labels_of(read("argilla", fixture("argilla_webhook.json"), label_field="verdict"))
    listed = labels_of(
        read("argilla", fixture("argilla_flat.json"), label_field="verdict", task_field="id")
    )
    assert heard.annotation_id in {label.annotation_id for label in listed}


def test_labelbox_checklist_spans_and_pseudonyms() -> None:
    facts: dict[str, Any] = {"vendor_project": "clp0proj1"}
    content = fixture("labelbox.ndjson").splitlines()[0]
    issues = labels_of(read("labelbox", content, label_field="issues", kind="multi_label", **facts))
    assert issues[0].value == '["tone","format"]'
    spans = labels_of(read("labelbox", content, kind="spans", **facts))
    assert spans[0].value == '[{"start":13,"end":20,"label":"ERROR"}]'
    assert spans[0].annotator == issues[0].annotator
    assert spans[0].annotator.startswith("annotator-")


def test_labelbox_export_of_another_project_is_refused() -> None:
    bad = read("labelbox", fixture("labelbox.ndjson"), vendor_project="other")[0]
    assert isinstance(bad, Unreadable)
    assert "clp0proj1" in bad.value


def test_prodigy_ignore_is_no_vote_and_reject_needs_a_category() -> None:
    readings = read("prodigy", fixture("prodigy.jsonl"))
    assert [one.withdrawn for one in labels_of(readings)] == [False, True, False]
    (bad,) = [one for one in readings if isinstance(one, Unreadable)]
    assert (bad.place, bad.field) == ("line 4", "answer")


def test_sagemaker_consolidated_line_has_no_workers_and_is_refused() -> None:
    readings = read("sagemaker", fixture("sagemaker.manifest"), label_field="verdict")
    (bad,) = [one for one in readings if isinstance(one, Unreadable)]
    assert bad.place == "line 2"
    assert "annotationsFromAllWorkers" in bad.valid


def test_scale_callback_sent_again_is_the_same_label() -> None:
    assert read("scale", fixture("scale.json")) == read("scale", fixture("scale.json"))


def test_canonical_row_cannot_speak_for_another_vendor() -> None:
    row = json.loads(fixture("canonical.jsonl").splitlines()[0])
    (bad,) = read("canonical", row | {"vendor": "brightlabel"})
    assert isinstance(bad, Unreadable)
    assert (bad.field, bad.value, bad.valid) == ("vendor", "brightlabel", "acme")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("annotation_id", None, "annotation_id is None: send a valid string"),
        ("annotator", ..., "annotator is missing: send a value"),
    ],
)
def test_what_the_contract_holds_against_a_row_is_told_as_a_sentence(
    field: str, value: Any, sentence: str
) -> None:
    row = json.loads(fixture("canonical.jsonl").splitlines()[0])
    wrong = {name: one for name, one in (row | {field: value}).items() if one is not ...}
    (bad,) = read("canonical", wrong)
    assert str(bad).endswith(sentence)


# Reconciling


def test_parts_of_a_reconciliation_cover_every_id_once() -> None:
    names = [f"1/{number}" for number in range(2500)]
    parts = list(reconcile(names, mapping(), RECEIVED))
    assert [len(part.annotation_ids) for part in parts] == [1000, 1000, 500]
    assert (parts[0].after, parts[-1].until) == (None, None)
    assert [part.until for part in parts[:-1]] == [part.after for part in parts[1:]]
    for name in [*names, "", "0", "1/", "9"]:
        covering = [part for part in parts if _covers(part, name)]
        assert len(covering) == 1


def test_empty_export_says_that_nothing_is_left() -> None:
    (part,) = reconcile([], mapping(), RECEIVED)
    assert (part.annotation_ids, part.after, part.until) == ((), None, None)


def _covers(part: LabelsReconciled, name: str) -> bool:
    key = name.encode()
    return (part.after is None or key > part.after.encode()) and (
        part.until is None or key <= part.until.encode()
    )
