"""Data work that a finding asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aidataops.events.evaluation import FailureCategory
from aidataops.events.feedback import AcceptanceCriterion, RemediationKind
from feedback_router.domain.outcomes import SliceKey

MOST_ITEMS = 1000
"""An event names at most so many items."""


@dataclass(frozen=True, slots=True)
class Remediation:
    """Data work as the policy asks for it; ``found_in`` is the run that a later one has to beat.

    Without an ``acceptance`` no evaluation can tell: what ends it is a decision of people.
    ``rule`` is the policy's that asks for it, as ``regressions.0``, while it is being computed.
    """

    remediation_id: str
    project: str
    kind: RemediationKind
    slices: SliceKey
    category: FailureCategory | None
    regression_ids: tuple[str, ...]
    found_in: str | None
    model: str | None
    priority: float
    quota: int
    item_ids: tuple[str, ...]
    cohort: str | None
    budget: float
    due_at: datetime | None
    acceptance: AcceptanceCriterion | None
    reason: str
    owner: str | None = None
    guideline_reference: str | None = None
    rule: str | None = None
