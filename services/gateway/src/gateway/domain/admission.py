"""Whether an event may come in: its type, its sender's rights, its data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pydantic import ValidationError

from aidataops.events import Payload
from aidataops.events.annotation import (
    CapacityRequested,
    CostReported,
    GuidelineFlagged,
    GuidelineProposed,
    GuidelinePublished,
    LabelsReconciled,
    LabelSubmitted,
    LabelsWithdrawn,
    PoolDefined,
    ProjectDefined,
    WorkRequested,
)
from aidataops.events.evaluation import EvaluationFailure, EvaluationRunCompleted, SamplesScored
from aidataops.events.governance import (
    AutomationDecided,
    ConsultationAnswered,
    DecisionRecorded,
    ItemReleaseDecided,
    PolicyChanged,
    ResponsibilityAssigned,
    SourceDecided,
    StandardChanged,
    WaiverGranted,
)
from aidataops.events.lineage import (
    CapabilityAssigned,
    ErasureRequested,
    VersionRegistered,
    VersionRequested,
)
from aidataops.events.quality import ConsensusMethodSelected, GoldenItemsDefined
from aidataops.events.sourcing import (
    BenchmarkProtected,
    ItemSubmitted,
    ProductionSampled,
    ProductionWeightsSet,
    SourceSubmitted,
)
from aidataops.events.training import TrainingRunCompleted
from gateway.domain.credentials import Credential
from gateway.domain.documents import step
from gateway.domain.envelopes import Envelope
from gateway.domain.problems import FieldError, Problem, RefusedError

ADMITTED: tuple[type[Payload], ...] = (
    EvaluationRunCompleted,
    SamplesScored,
    EvaluationFailure,
    TrainingRunCompleted,
    SourceSubmitted,
    ItemSubmitted,
    BenchmarkProtected,
    ProductionWeightsSet,
    ProductionSampled,
    ProjectDefined,
    GuidelineProposed,
    GuidelinePublished,
    PoolDefined,
    WorkRequested,
    LabelSubmitted,
    LabelsWithdrawn,
    LabelsReconciled,
    GuidelineFlagged,
    CapacityRequested,
    CostReported,
    GoldenItemsDefined,
    ConsensusMethodSelected,
    VersionRegistered,
    VersionRequested,
    ErasureRequested,
    CapabilityAssigned,
    DecisionRecorded,
    SourceDecided,
    ItemReleaseDecided,
    WaiverGranted,
    StandardChanged,
    AutomationDecided,
    ResponsibilityAssigned,
    ConsultationAnswered,
    PolicyChanged,
)
"""What outsiders may say; everything else is said by the services themselves."""

ABOUT_A_PROJECT = (AutomationDecided, ResponsibilityAssigned)
"""Types whose subject is a project, so that a key's projects hold for it."""

MAXIMUM_EVENT = 1_000_000
"""Bytes of one event; what a Kafka broker with default settings takes, less its headers."""

_MAY_GROW = MAXIMUM_EVENT // 2
"""Writing out defaults less than doubles an event; below this it cannot become too large."""

_BY_TYPE = {payload.type: payload for payload in ADMITTED}
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Admitted:
    """An event that may come in. ``body_hash`` (SHA-256) tells two events of one id apart."""

    id: str
    source: str
    payload: Payload
    body_hash: bytes


def admit(envelope: Envelope, credential: Credential) -> Admitted:
    """Check an event; raises `RefusedError`.

    The hash covers what was sent, not what our version of the contract makes of it, so that an
    update of the gateway does not turn a retry into a conflict.
    """
    binary = envelope.path == "$"
    payload_class = _BY_TYPE.get(envelope.type)
    type_path = "ce-type" if binary else "$.type"
    if payload_class is None:
        raise RefusedError.at(
            "unknown-type",
            type_path,
            f"{envelope.type!r} does not come in here",
            f"send one of {', '.join(sorted(_BY_TYPE))}",
        )
    credential.check_type(envelope.type, type_path)
    credential.check_source(envelope.source, "ce-source" if binary else "$.source")
    try:
        payload = payload_class.model_validate_json(envelope.data)
    except ValidationError as error:
        raise RefusedError(_invalid(error, envelope.path)) from error
    credential.check_content(envelope.value, envelope.path)
    if isinstance(payload, ABOUT_A_PROJECT):
        credential.check_project(payload.subject, envelope.path)
    if len(envelope.data) > _MAY_GROW and _size(payload) > MAXIMUM_EVENT:
        raise RefusedError.at(
            "too-large", envelope.path, f"has more than {MAXIMUM_EVENT} bytes", "split the event"
        )
    digest = hashlib.sha256(envelope.type.encode() + b"\n" + envelope.data).digest()
    return Admitted(envelope.id, envelope.source, payload, digest)


def _size(payload: Payload) -> int:
    return len(payload.model_dump_json(exclude_none=True).encode())


def _invalid(error: ValidationError, base: str) -> Problem:
    errors = []
    for problem in error.errors(include_url=False, include_input=False)[:_SHOWN]:
        path = base
        for name in problem["loc"]:
            path = step(path, name)
        missing = problem["type"] == "missing"
        errors.append(
            FieldError(path, problem["msg"], "add the field" if missing else "send a valid value")
        )
    more = error.error_count() - len(errors)
    detail = "; ".join(f"{each.path}: {each.detail}" for each in errors)
    return Problem("invalid-data", detail + (f"; and {more} more" if more else ""), tuple(errors))
