"""What a vendor's payload does not say and whoever connects the vendor has to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aidataops.events.base import Term
from aidataops.vendors.errors import VendorPayloadError
from aidataops.vendors.fields import Fields

_LISTS = ("multi_label", "ranking", "spans")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMapping:
    """How one project of a vendor's tool maps onto ours.

    ``vendor_project`` names that project: annotation ids are unique within it, and an export speaks
    for it. ``kind`` is that of our label schema. ``label_field`` is the control, question or
    attribute that holds the label, ``task_field`` the field of the vendor's task that holds our
    task id. ``guideline_version`` left out means that the task's ``guideline_field`` says it.
    ``values`` translates the vendor's names of categories.
    """

    vendor: str
    vendor_project: str
    kind: Term = "categorical"
    label_field: str = "label"
    task_field: str = "task_id"
    guideline_version: str | None = None
    guideline_field: str = "guideline_version"
    pool: str = "default"
    values: Mapping[str, str] = field(default_factory=dict)

    def annotation_id(self, *parts: object) -> str:
        """Our id of an annotation that the vendor's project knows by these parts."""
        return "/".join([self.vendor_project, *(str(part) for part in parts)])

    def annotator(self, name: object) -> str:
        """Our name of an annotator: an address is personal data and becomes a pseudonym."""
        text = str(name)
        if "@" not in text:
            return text
        digest = hashlib.sha256(f"{self.vendor}\n{text.strip().lower()}".encode()).hexdigest()
        return f"annotator-{digest[:16]}"

    def guideline(self, task: Fields) -> str:
        """The guideline version that a task was labelled under."""
        return self.guideline_version or task.text(self.guideline_field)

    def value(self, native: Any, place: str) -> str:
        """The label's value as text: ``native`` is a text, a number, or a list of texts or spans.

        Raises `VendorPayloadError` when it is not of the mapping's kind.
        """
        found = native if isinstance(native, list) else [native]
        if self.kind not in _LISTS:
            if len(found) != 1:
                raise VendorPayloadError(place, native, f"one answer: the label is {self.kind}")
            return self._name(found[0], place)
        if self.kind == "spans":
            content: Sequence[Any] = [self._span(one, place) for one in found]
        else:
            content = [self._name(one, place) for one in found]
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    def _name(self, native: Any, place: str) -> str:
        if isinstance(native, bool) or not isinstance(native, str | int | float):
            raise VendorPayloadError(place, native, "a text or a number")
        is_whole = isinstance(native, float) and native.is_integer()
        name = str(int(native) if is_whole else native)
        return self.values.get(name, name)

    def _span(self, native: Any, place: str) -> dict[str, Any]:
        if not isinstance(native, Mapping):
            raise VendorPayloadError(place, native, "spans with start, end and label")
        label = self._name(native.get("label"), f"{place}.label")
        return {"start": native.get("start"), "end": native.get("end"), "label": label}
