"""Scale: task callbacks, and the same tasks as lines of a file.

Scale answers once per task and does not say who: the vendor itself counts as the annotator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from aidataops.events.annotation import LabelSubmitted
from aidataops.vendors.adapter import Reading, read_each
from aidataops.vendors.errors import VendorPayloadError
from aidataops.vendors.fields import Fields, documents, revision_at
from aidataops.vendors.mapping import LabelMapping


def read(content: bytes, mapping: LabelMapping, received_at: datetime) -> Iterator[Reading]:
    """A callback sent again (Scale tries up to 20 times) makes the same label again."""
    return read_each(documents(content), lambda row: _label(row, mapping, received_at))


def _label(row: Fields, mapping: LabelMapping, received_at: datetime) -> Iterable[LabelSubmitted]:
    task = row.object("task") if "task" in row else row
    metadata, status = task.object("metadata"), task.text("status")
    if status not in ("completed", "canceled"):
        raise VendorPayloadError(task.place("status"), status, "a task that is completed")
    done = "completed_at" if "completed_at" in task else "updated_at"
    done_at = task.instant(done) if done in task else received_at
    value = None
    if status == "completed":
        value = mapping.value(_answer(task.object("response"), mapping), task.place("response"))
    yield LabelSubmitted(
        vendor=mapping.vendor,
        annotation_id=mapping.annotation_id(task.text("task_id")),
        revision=revision_at(done_at),
        task_id=metadata.text(mapping.task_field),
        annotator=mapping.annotator(metadata.get("annotator") or mapping.vendor),
        pool=mapping.pool,
        value=value or "",
        guideline_version=mapping.guideline(metadata),
        submitted_at=done_at,
        withdrawn=value is None,
        vendor_project=mapping.vendor_project,
        vendor_task_id=task.text("task_id"),
    )


def _answer(response: Fields, mapping: LabelMapping) -> Any:
    if mapping.kind == "spans":
        return response.array("annotations")
    if "category" in response:
        return response.need("category")
    answer = response.object("annotations").need(mapping.label_field)
    if isinstance(answer, dict):
        answer = answer.get("response")
    while isinstance(answer, list) and len(answer) == 1 and isinstance(answer[0], list):
        answer = answer[0]
    return answer
