"""Adapters that turn what labelling tools write into events about labels.

An adapter knows one tool and nothing of Kafka, HTTP or our services: bytes and a `LabelMapping` in,
`LabelSubmitted` and `LabelsWithdrawn` out, and `Unreadable` for each row that is no label. The same
payload always makes the same events, so that reading it again has no second effect.
"""

from collections.abc import Mapping

from aidataops.vendors import (
    argilla,
    canonical,
    crowd_kit,
    label_studio,
    labelbox,
    prodigy,
    sagemaker,
    scale,
)
from aidataops.vendors.adapter import Adapter, Reading, Statement
from aidataops.vendors.errors import Unreadable, VendorPayloadError
from aidataops.vendors.mapping import LabelMapping
from aidataops.vendors.reconciliation import reconcile

ADAPTERS: Mapping[str, Adapter] = {
    "canonical": canonical.read,
    "label-studio": label_studio.read,
    "labelbox": labelbox.read,
    "argilla": argilla.read,
    "prodigy": prodigy.read,
    "sagemaker": sagemaker.read,
    "scale": scale.read,
    "crowd-kit": crowd_kit.read,
}
"""The name of a tool → its adapter."""

__all__ = [
    "ADAPTERS",
    "Adapter",
    "LabelMapping",
    "Reading",
    "Statement",
    "Unreadable",
    "VendorPayloadError",
    "reconcile",
]
