"""Our own contract as JSON: ``LabelSubmitted`` objects in an array or one a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from aidataops.events.annotation import LabelSubmitted
from aidataops.vendors.adapter import Reading, read_each
from aidataops.vendors.errors import VendorPayloadError
from aidataops.vendors.fields import Fields, documents
from aidataops.vendors.mapping import LabelMapping


def read(content: bytes, mapping: LabelMapping, received_at: datetime) -> Iterator[Reading]:
    """Labels of the mapping's vendor; what a row does not say, the mapping does."""

    def label(row: Fields) -> Iterable[LabelSubmitted]:
        said = {name: row.get(name) for name in row}
        if said.setdefault("vendor", mapping.vendor) != mapping.vendor:
            raise VendorPayloadError("vendor", said["vendor"], mapping.vendor)
        said.setdefault("pool", mapping.pool)
        said.setdefault("vendor_project", mapping.vendor_project)
        if mapping.guideline_version is not None:
            said.setdefault("guideline_version", mapping.guideline_version)
        if said.get("submitted_at") is None:
            said["submitted_at"] = received_at.isoformat()
        yield LabelSubmitted.model_validate_json(json.dumps(said))

    return read_each(documents(content), label)
