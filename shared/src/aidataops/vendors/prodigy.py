"""Prodigy: the JSONL that ``prodigy db-out`` writes.

``ignore`` is no vote. ``reject`` says what a label is not: it needs a category of its own
(``values={"reject": …}``).
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
    """One label a line; our task id stands in the example or its ``meta``."""
    return read_each(documents(content), lambda row: _label(row, mapping))


def _label(row: Fields, mapping: LabelMapping) -> Iterable[LabelSubmitted]:
    saved_at = row.instant("_timestamp")
    annotator = row.text("_annotator_id" if "_annotator_id" in row else "_session_id")
    data = row if mapping.task_field in row or "meta" not in row else row.object("meta")
    answer = _answer(row, mapping)
    yield LabelSubmitted(
        vendor=mapping.vendor,
        annotation_id=mapping.annotation_id(row.text("_task_hash"), mapping.annotator(annotator)),
        revision=revision_at(saved_at),
        task_id=data.text(mapping.task_field),
        annotator=mapping.annotator(annotator),
        pool=mapping.pool,
        value="" if answer is None else mapping.value(answer, "label"),
        guideline_version=mapping.guideline(data),
        submitted_at=saved_at,
        withdrawn=answer is None,
        vendor_project=mapping.vendor_project,
        vendor_task_id=row.text("_input_hash"),
    )


def _answer(row: Fields, mapping: LabelMapping) -> Any:
    answer = row.text("answer")
    if answer == "ignore":
        return None
    if answer == "reject":
        if "reject" not in mapping.values:
            raise VendorPayloadError("answer", answer, "accept, or map reject to a category")
        return "reject"
    if answer != "accept":
        raise VendorPayloadError("answer", answer, "accept, reject or ignore")
    if mapping.kind == "spans":
        return row.array("spans") if "spans" in row else []
    if "accept" in row:
        return row.array("accept")
    return row.need(mapping.label_field)
