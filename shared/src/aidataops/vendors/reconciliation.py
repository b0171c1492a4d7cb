"""An export as the vendor's last word: what is not in it is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from aidataops.events.annotation import LabelsReconciled
from aidataops.vendors.mapping import LabelMapping

PART = 1000
"""Annotation ids in one event."""


def reconcile(
    annotation_ids: Iterable[str], mapping: LabelMapping, exported_at: datetime
) -> Iterator[LabelsReconciled]:
    """Say which annotations the vendor's project has; the parts cover all ids there could be."""
    names = sorted(set(annotation_ids), key=str.encode)
    after: str | None = None
    for start in range(0, max(len(names), 1), PART):
        part = names[start : start + PART]
        until = part[-1] if start + PART < len(names) else None
        yield LabelsReconciled(
            vendor=mapping.vendor,
            vendor_project=mapping.vendor_project,
            exported_at=exported_at,
            annotation_ids=tuple(part),
            after=after,
            until=until,
        )
        after = until
