"""SageMaker Ground Truth: output manifests whose labels name their workers.

A consolidated line alone has no workers: such a label is refused. ``content`` of a worker's answer
is JSON in a string.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from aidataops.events.annotation import LabelSubmitted
from aidataops.vendors.adapter import Reading, read_each, read_parts
from aidataops.vendors.errors import VendorPayloadError
from aidataops.vendors.fields import Fields, documents, parse, revision_at
from aidataops.vendors.mapping import LabelMapping

_ANSWERS = ("label", "labels", "category")


def read(content: bytes, mapping: LabelMapping, received_at: datetime) -> Iterator[Reading]:
    """Every worker's answer of every manifest line; ``label_field`` is the label attribute."""
    return read_each(documents(content), lambda row: _labels(row, mapping, received_at))


def _labels(row: Fields, mapping: LabelMapping, received_at: datetime) -> Iterable[Reading]:
    attribute = row.need(mapping.label_field)
    if not isinstance(attribute, dict) or "annotationsFromAllWorkers" not in attribute:
        raise VendorPayloadError(
            mapping.label_field,
            attribute,
            "annotationsFromAllWorkers: a consolidated label does not say who gave it",
        )
    metadata = f"{mapping.label_field}-metadata"
    labelled_at = received_at
    if metadata in row and "creation-date" in row.object(metadata):
        labelled_at = row.object(metadata).instant("creation-date")
    task_id = row.text(mapping.task_field)

    def label(one: Fields) -> LabelSubmitted:
        data, worker = one.object("annotationData"), mapping.annotator(one.text("workerId"))
        place = data.place("content")
        content = Fields(parse(data.text("content"), place), place)
        return LabelSubmitted(
            vendor=mapping.vendor,
            annotation_id=mapping.annotation_id(task_id, worker),
            revision=revision_at(labelled_at),
            task_id=task_id,
            annotator=worker,
            pool=mapping.pool,
            value=mapping.value(_answer(content, mapping), place),
            guideline_version=mapping.guideline(row),
            submitted_at=labelled_at,
            vendor_project=mapping.vendor_project,
            vendor_task_id=task_id,
        )

    workers = row.object(mapping.label_field).objects("annotationsFromAllWorkers")
    return read_parts(workers, label)


def _answer(content: Fields, mapping: LabelMapping) -> Any:
    """The answer, whichever ``crowd-…`` element of the worker template it stands in."""
    elements = [name for name in content if name.startswith("crowd-")]
    inner = content.object(elements[0]) if elements else content
    if mapping.kind == "spans":
        return [
            {
                "start": one.get("startOffset"),
                "end": one.get("endOffset"),
                "label": one.get("label"),
            }
            for one in inner.objects("entities")
        ]
    for name in (mapping.label_field, *_ANSWERS):
        if name in inner:
            return inner.need(name)
    raise VendorPayloadError(inner.path, sorted(inner), f"one of {', '.join(_ANSWERS)}")
