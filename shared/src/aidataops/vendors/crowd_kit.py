"""crowd-kit and Toloka: a tab-separated table of ``task``, ``worker`` and ``label``.

It has no times: a label is as old as its file, and a later file corrects an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from aidataops.events.annotation import LabelSubmitted
from aidataops.vendors.adapter import Reading, read_each
from aidataops.vendors.errors import VendorPayloadError
from aidataops.vendors.fields import Fields, revision_at, table_rows
from aidataops.vendors.mapping import LabelMapping


def read(content: bytes, mapping: LabelMapping, received_at: datetime) -> Iterator[Reading]:
    """One label a row; a worker labels a task once."""

    def label(row: Fields) -> Iterable[LabelSubmitted]:
        guideline = mapping.guideline_version
        if guideline is None:
            raise VendorPayloadError("guideline_version", None, "it in the mapping")
        worker, task_id = mapping.annotator(row.text("worker")), row.text("task")
        yield LabelSubmitted(
            vendor=mapping.vendor,
            annotation_id=mapping.annotation_id(task_id, worker),
            revision=revision_at(received_at),
            task_id=task_id,
            annotator=worker,
            pool=mapping.pool,
            value=mapping.value(row.text("label"), "label"),
            guideline_version=guideline,
            submitted_at=received_at,
            vendor_project=mapping.vendor_project,
        )

    return read_each(table_rows(content), label)
