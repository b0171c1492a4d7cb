"""Labelbox: NDJSON exports, one data row a line with its labels in every project.

Our task id is the data row's ``global_key``. A label's ``version`` is a format's on some rows and a
counter on others, so ``updated_at`` orders its revisions; skips are no votes. Offsets of text
entities count characters, the end excluded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from aidataops.events.annotation import LabelSubmitted
from aidataops.vendors.adapter import Reading, read_each, read_parts
from aidataops.vendors.errors import VendorPayloadError
from aidataops.vendors.fields import Fields, documents, revision_at
from aidataops.vendors.mapping import LabelMapping


def read(content: bytes, mapping: LabelMapping, received_at: datetime) -> Iterator[Reading]:
    """The labels of the project named by the mapping."""
    return read_each(documents(content), lambda row: _labels(row, mapping))


def _labels(row: Fields, mapping: LabelMapping) -> Iterable[Reading]:
    projects = row.object("projects")
    if mapping.vendor_project not in projects:
        raise VendorPayloadError("projects", sorted(projects), f"{mapping.vendor_project} in it")
    project = projects.object(mapping.vendor_project)
    data_row = row.object("data_row")
    return read_parts(project.objects("labels"), lambda one: _label(one, data_row, mapping))


def _label(label: Fields, data_row: Fields, mapping: LabelMapping) -> LabelSubmitted:
    details = label.object("label_details")
    created_at = details.instant("created_at")
    updated_at = details.instant("updated_at") if "updated_at" in details else created_at
    performance = (
        label.object("performance_details") if "performance_details" in label else Fields({})
    )
    skipped = bool(performance.get("skipped"))
    return LabelSubmitted(
        vendor=mapping.vendor,
        annotation_id=mapping.annotation_id(label.text("id")),
        revision=revision_at(updated_at),
        task_id=data_row.text("global_key"),
        annotator=mapping.annotator(details.text("created_by")),
        pool=mapping.pool,
        value=""
        if skipped
        else mapping.value(_answer(label.object("annotations"), mapping), "annotations"),
        guideline_version=mapping.guideline(data_row),
        submitted_at=updated_at,
        duration_seconds=performance.number("seconds_to_create"),
        withdrawn=skipped,
        vendor_project=mapping.vendor_project,
        vendor_task_id=data_row.text("id"),
        first_submitted_at=created_at,
    )


def _answer(annotations: Fields, mapping: LabelMapping) -> Any:
    if mapping.kind == "spans":
        return [_span(one) for one in annotations.objects("objects") if "location" in one]
    for answer in annotations.objects("classifications"):
        if mapping.label_field in (answer.get("name"), answer.get("value")):
            if "radio_answer" in answer:
                return answer.object("radio_answer").text("name")
            if "checklist_answers" in answer:
                return [one.text("name") for one in answer.objects("checklist_answers")]
            return answer.object("text_answer").text("content")
    names = [answer.get("name") for answer in annotations.objects("classifications")]
    raise VendorPayloadError(
        annotations.place("classifications"), names, f"an answer to {mapping.label_field}"
    )


def _span(entity: Fields) -> dict[str, Any]:
    location = entity.object("location")
    return {
        "start": location.get("start"),
        "end": location.get("end"),
        "label": entity.text("name"),
    }
