"""Remediations that end with a decision of people."""

from __future__ import annotations

from dataclasses import replace

from aidataops.events.feedback import RemediationKind
from feedback_router.domain.identity import identity
from feedback_router.domain.outcomes import SliceKey
from feedback_router.domain.policy import Policy
from feedback_router.domain.ranking import effort, wsjf
from feedback_router.domain.remediation import Remediation


def ask_for_decision(
    project: str, slices: SliceKey, decision_id: str, evidence: str, policy: Policy
) -> Remediation:
    """A new decision on who labels a slice, in place of one that holds no more."""
    name = identity("automation", project, decision_id)
    return _question(name, project, "review_automation", slices, evidence, policy, 1)


def ask_for_clarity(
    project: str, version: str, section: str, people: int, owner: str | None, policy: Policy
) -> Remediation:
    """A revision of a guideline section that several people have flagged."""
    name = identity("guideline", project, version, section)
    reason = (
        f"{people} people flagged section {section} of guideline {version} as unclear or "
        "incomplete; it is to be revised, signed off and calibrated anew."
    )
    wanted = _question(name, project, "revise_guideline", (), reason, policy, people)
    return replace(wanted, owner=owner, guideline_reference=f"{version}#{section}")


def _question(
    remediation_id: str,
    project: str,
    kind: RemediationKind,
    slices: SliceKey,
    reason: str,
    policy: Policy,
    reach: int,
) -> Remediation:
    """Work that ends with a decision of people: no items, no money, no acceptance test."""
    return Remediation(
        remediation_id=remediation_id,
        project=project,
        kind=kind,
        slices=slices,
        category=None,
        regression_ids=(),
        found_in=None,
        model=None,
        priority=wsjf(policy.severity["medium"], reach, 1.0, effort(policy, kind, 0)),
        quota=0,
        item_ids=(),
        cohort=None,
        budget=0.0,
        due_at=None,
        acceptance=None,
        reason=reason,
    )
