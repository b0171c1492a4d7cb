"""Ids that follow from what they name, so that whoever derives one again gets the same."""

from __future__ import annotations

import json
from hashlib import sha1, sha256
from uuid import UUID

from aidataops.events import Payload
from aidataops.events.annotation import Tier

NAMESPACE = UUID("5a3f1c52-3b0e-5c59-8f43-0d3c1a8e7b21")
"""Of all ids that this service makes."""


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def _derive(*parts: str) -> str:
    """UUIDv5 at a fifth of the cost of ``uuid.uuid5``: every label needs one.

    JSON keeps the parts apart: ``a/b`` and ``c`` are not ``a`` and ``b/c``.
    """
    named = NAMESPACE.bytes + json.dumps(parts).encode()
    text = sha1(named, usedforsecurity=False).hexdigest()
    variant = _VARIANT[text[16]]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def batch_of_brief(project: str, brief_id: str) -> str:
    """The batch in which the items of a fulfilled brief are labelled."""
    return _derive("brief", project, brief_id)


def batch_of_remediation(project: str, remediation_id: str) -> str:
    """The batch in which the items named by a remediation are labelled."""
    return _derive("remediation", project, remediation_id)


def batch_of_guideline(project: str, guideline_version: str) -> str:
    """The batch in which items are labelled again whose labels a guideline version made stale."""
    return _derive("guideline", project, guideline_version)


def task_of(batch_id: str, item_id: str, tier: Tier = "tier1") -> str:
    """The task of an item in a batch, at a tier."""
    return _derive("task" if tier == "tier1" else tier, batch_id, item_id)


def label_of(vendor: str, annotation_id: str) -> str:
    """The label of a vendor's annotation, over all its revisions."""
    return _derive("label", vendor, annotation_id)


def cohort_of(vendor: str, pool: str, guideline_version: str, batch_id: str) -> str:
    """The labels that came about under the same circumstances."""
    return f"{vendor}/{pool}/{guideline_version}/{batch_id}"


def digest_of(payload: Payload) -> str:
    """Equal for equal contents; a total order where times are equal."""
    return digest_of_document(payload.model_dump_json())


def digest_of_document(document: str) -> str:
    """The same, of a payload that is written out already."""
    return sha256(document.encode()).hexdigest()
