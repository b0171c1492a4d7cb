"""Label Studio: webhooks, and the exports JSON, JSON_MIN and TSV, which say the same.

An annotation is known by its number within the vendor's project, because that is all that deletes,
JSON_MIN and TSV tell of it. Its revision is ``updated_at``; its annotator is ``completed_by``,
whoever updated it last. A skip is no vote: the annotation counts as withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from aidataops.events.annotation import LabelSubmitted, LabelsWithdrawn
from aidataops.vendors.adapter import Reading, read_each, read_parts
from aidataops.vendors.errors import VendorPayloadError
from aidataops.vendors.fields import Fields, documents, parse, revision_at, table_rows
from aidataops.vendors.mapping import LabelMapping

_DELETED = {"ANNOTATIONS_DELETED": "annotations", "TASKS_DELETED": "tasks"}
_WRITTEN = ("ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED")


def read(content: bytes, mapping: LabelMapping, received_at: datetime) -> Iterator[Reading]:
    """A webhook's body, or an export, whichever it is."""
    if not content.lstrip().startswith((b"[", b"{")):
        return read_each(table_rows(content), lambda row: [_from_minimal(row, mapping)])
    return read_each(documents(content), lambda row: _read_document(row, mapping, received_at))


def _read_document(row: Fields, mapping: LabelMapping, received_at: datetime) -> Iterable[Reading]:
    if "action" in row:
        return _from_webhook(row, mapping, received_at)
    if "annotations" in row:
        return read_parts(
            row.objects("annotations"), lambda one: _from_annotation(one, row, mapping)
        )
    return [_from_minimal(row, mapping)]


def _from_webhook(row: Fields, mapping: LabelMapping, received_at: datetime) -> Iterable[Reading]:
    """Everything but annotations and deletes (tasks created, projects changed) says nothing."""
    action = row.text("action")
    if action in _DELETED:
        kind = _DELETED[action]
        names = [one.text("id") for one in row.objects(kind)]
        if kind == "annotations":
            names = [mapping.annotation_id(name) for name in names]
        return [_gone(names[at : at + 1000], kind, mapping, received_at) for at in _steps(names)]
    if action not in _WRITTEN:
        return []
    annotations, tasks = row.need("annotation"), row.need("task")
    if not isinstance(annotations, list):
        return [_from_annotation(row.object("annotation"), row.object("task"), mapping)]
    by_id = {
        task.text("id"): task
        for task in (row.objects("task") if isinstance(tasks, list) else [row.object("task")])
    }
    return read_parts(
        row.objects("annotation"),
        lambda one: _from_annotation(one, by_id.get(one.text("task"), Fields({}, "task")), mapping),
    )


def _steps(names: list[str]) -> range:
    return range(0, len(names), 1000)


def _gone(
    names: list[str], kind: str, mapping: LabelMapping, received_at: datetime
) -> LabelsWithdrawn:
    return LabelsWithdrawn(
        vendor=mapping.vendor,
        vendor_project=mapping.vendor_project,
        annotation_ids=tuple(names) if kind == "annotations" else (),
        vendor_task_ids=tuple(names) if kind == "tasks" else (),
        withdrawn_at=received_at,
    )


def _from_annotation(annotation: Fields, task: Fields, mapping: LabelMapping) -> LabelSubmitted:
    results = [one for one in annotation.objects("result") if one.get("type") != "relation"]
    answers = [one.need("value") for one in results if one.get("from_name") == mapping.label_field]
    skipped = bool(annotation.get("was_cancelled")) or not results
    if not answers and not skipped:
        controls = sorted({str(one.get("from_name")) for one in results})
        raise VendorPayloadError(
            annotation.place("result"),
            controls,
            f"an answer of the control {mapping.label_field}, or map another label field",
        )
    completed_by = annotation.need("completed_by")
    if isinstance(completed_by, Mapping):
        completed_by = annotation.object("completed_by").text("id")
    return _label(
        mapping,
        number=annotation.text("id"),
        annotator=completed_by,
        data=task.object("data"),
        vendor_task_id=task.text("id"),
        times=annotation,
        value=None if skipped else _answer(answers, annotation.place("result"), mapping),
    )


def _from_minimal(row: Fields, mapping: LabelMapping) -> LabelSubmitted:
    """A row of JSON_MIN or TSV: the task's data and the annotation's answers side by side."""
    answer = row.get(mapping.label_field)
    if isinstance(answer, str) and answer.startswith(('{"', '[{"')):
        answer = parse(answer, mapping.label_field)
    skipped = answer in (None, "", [])
    answers = answer if isinstance(answer, list) else [answer]
    return _label(
        mapping,
        number=row.text("annotation_id"),
        annotator=row.text("annotator"),
        data=row,
        vendor_task_id=row.text("id"),
        times=row,
        value=None if skipped else _answer(answers, mapping.label_field, mapping),
    )


def _label(
    mapping: LabelMapping,
    *,
    number: str,
    annotator: object,
    data: Fields,
    vendor_task_id: str,
    times: Fields,
    value: str | None,
) -> LabelSubmitted:
    updated_at = times.instant("updated_at")
    return LabelSubmitted(
        vendor=mapping.vendor,
        annotation_id=mapping.annotation_id(number),
        revision=revision_at(updated_at),
        task_id=data.text(mapping.task_field),
        annotator=mapping.annotator(annotator),
        pool=mapping.pool,
        value=value or "",
        guideline_version=mapping.guideline(data),
        submitted_at=updated_at,
        duration_seconds=times.number("lead_time"),
        withdrawn=value is None,
        vendor_project=mapping.vendor_project,
        vendor_task_id=vendor_task_id,
        first_submitted_at=times.instant("created_at"),
    )


def _answer(answers: list[Any], place: str, mapping: LabelMapping) -> str:
    native = [one for answer in answers for one in _natives(answer, place)]
    return mapping.value(native, place)


def _natives(answer: Any, place: str) -> list[Any]:
    """The answers in one result's value: texts, numbers, or spans."""
    if not isinstance(answer, Mapping):
        return [answer]
    if "start" in answer:
        names: list[Any] = next((answer[name] for name in _SPANS if name in answer), [])
        return [{"start": answer["start"], "end": answer.get("end"), "label": one} for one in names]
    for name in _ANSWERS:
        if name in answer:
            found = answer[name]
            return list(found) if isinstance(found, list) else [found]
    raise VendorPayloadError(place, answer, f"one of {', '.join((*_ANSWERS, *_SPANS))}")


_ANSWERS = ("choices", "rating", "number", "text", "selected", "ranker")
_SPANS = ("labels", "hypertextlabels")
