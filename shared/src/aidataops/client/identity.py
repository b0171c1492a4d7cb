"""Which event is which, wherever it is published from."""

from __future__ import annotations

import hashlib
import json
from uuid import NAMESPACE_URL, uuid5

from aidataops.events import Payload
from aidataops.events.annotation import (
    CapacityRequested,
    GuidelineProposed,
    LabelSubmitted,
    PoolDefined,
    ProjectDefined,
)
from aidataops.events.evaluation import EvaluationFailure, EvaluationRunCompleted, SamplesScored
from aidataops.events.governance import DecisionRecorded, ItemReleaseDecided, SourceDecided
from aidataops.events.lineage import VersionRegistered
from aidataops.events.sourcing import ProductionWeightsSet
from aidataops.events.training import TrainingRunCompleted

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:aidataops:event")

_NATURAL_KEYS: dict[type[Payload], tuple[str, ...]] = {
    EvaluationRunCompleted: ("run_id",),
    SamplesScored: ("run_id", "metric", "chunk"),
    EvaluationFailure: ("failure_id",),
    TrainingRunCompleted: ("training_run_id",),
    LabelSubmitted: ("vendor", "annotation_id", "revision"),
    ProjectDefined: ("project", "revision"),
    GuidelineProposed: ("project", "guideline_version"),
    PoolDefined: ("project", "vendor", "pool", "revision"),
    CapacityRequested: ("request_id",),
    VersionRegistered: ("dataset", "version", "chunk"),
    DecisionRecorded: ("decision_id",),
    SourceDecided: ("decision_id",),
    ItemReleaseDecided: ("decision_id",),
    ProductionWeightsSet: ("project", "revision"),
}


def event_key(payload: Payload) -> str:
    """The id that a payload is published under unless its publisher gives another.

    From its natural key where its type has one: publishing the same run with other content is then
    refused (409) instead of becoming a second truth. Otherwise from its whole content.
    """
    fields = _NATURAL_KEYS.get(type(payload))
    content = payload.model_dump(mode="json", include=set(fields) if fields else None)
    text = json.dumps([payload.type, content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def mint_event_id(source: str, key: str) -> str:
    """The event id of what ``source`` calls ``key``; the gateway mints the same."""
    return str(uuid5(_NAMESPACE, f"{source}\n{key}"))
