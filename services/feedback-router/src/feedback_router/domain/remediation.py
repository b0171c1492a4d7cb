"""What a finding asks for: remediations, their size, their priority and their acceptance test."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, log
from uuid import NAMESPACE_URL, uuid5

from aidataops.events.evaluation import FailureCategory, Severity
from aidataops.events.feedback import AcceptanceCriterion, Attribution, RemediationKind
from feedback_router.domain.outcomes import PairedCounts, SliceKey, name_of
from feedback_router.domain.policy import Policy

MOST_ITEMS = 1000
"""An event names at most so many items."""

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")


def identity(*parts: object) -> str:
    """A stable id from what makes the thing the same thing."""
    return str(uuid5(NAMESPACE_URL, json.dumps(["feedback-router", *parts])))


@dataclass(frozen=True, slots=True)
class Regression:
    """A slice that got worse, attributed.

    ``category`` and ``severity`` are those of its failures as far as known; ``suspects`` the item
    ids of each suspicious cohort within the slice.
    """

    regression_id: str
    project: str
    run_id: str
    baseline_run_id: str
    model: str
    task: str
    metric: str
    completed_at: datetime
    slices: SliceKey
    counts: PairedCounts
    p_value: float
    q_value: float
    attribution: Attribution
    failure_ids: tuple[str, ...]
    category: FailureCategory | None
    severity: Severity
    suspects: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Failures without a run that one remediation answers; ``item_ids`` are the suspects named."""

    remediation_id: str
    project: str
    kind: RemediationKind
    category: FailureCategory
    slices: SliceKey
    metric: str
    task: str
    model: str
    severity: Severity
    failures: int
    item_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remediation:
    """Data work as the policy asks for it; ``found_in`` is the run that a later one has to beat."""

    remediation_id: str
    project: str
    kind: RemediationKind
    slices: SliceKey
    category: FailureCategory | None
    regression_ids: tuple[str, ...]
    found_in: str | None
    model: str
    priority: float
    quota: int
    item_ids: tuple[str, ...]
    cohort: str | None
    budget: float
    due_at: datetime | None
    acceptance: AcceptanceCriterion
    reason: str


def cluster_of(
    policy: Policy,
    project: str,
    category: FailureCategory,
    severity: Severity,
    slices: SliceKey,
) -> tuple[str, RemediationKind] | None:
    """The remediation that a single failure belongs to; ``None`` when the policy has no rule.

    All failures of one project, category and slice meet in it, however many they are.
    """
    for rule in policy.failures:
        if rule.matches(category, severity):
            return identity("cluster", project, category, slices, rule.kind), rule.kind
    return None


def answer_cluster(cluster: Cluster, policy: Policy) -> Remediation:
    """The one remediation of a cluster of single failures.

    There is no baseline to measure a lift against, so log lift counts as 1.
    """
    quota = _quota(cluster.failures, policy) if cluster.kind == "source_items" else 0
    items = quota or len(cluster.item_ids)
    return Remediation(
        remediation_id=cluster.remediation_id,
        project=cluster.project,
        kind=cluster.kind,
        slices=cluster.slices,
        category=cluster.category,
        regression_ids=(),
        found_in=None,
        model=cluster.model,
        priority=wsjf(
            policy.severity[cluster.severity],
            cluster.failures,
            1.0,
            _effort(policy, cluster.kind, items),
        ),
        quota=quota,
        item_ids=cluster.item_ids,
        cohort=None,
        budget=policy.work[cluster.kind].cost_per_item * items,
        due_at=None,
        acceptance=AcceptanceCriterion(
            metric=cluster.metric,
            slices=dict(cluster.slices),
            task=cluster.task,
            minimum_rate=policy.acceptance.rate_of_failures,
            significance=policy.acceptance.significance,
        ),
        reason=(
            f"Single failures of category {cluster.category.value} were reported for "
            f"{name_of(cluster.slices)}; policy {policy.version} answers them by {cluster.kind}."
        ),
    )


def answer_regressions(regressions: Sequence[Regression], policy: Policy) -> list[Remediation]:
    """The remediations of a project's regressions.

    The same model evaluated again and again asks for the same work once: a remediation is one
    model, task, metric, slice, kind and cohort, and its reference is the earliest run.
    """
    opened: dict[str, list[tuple[Regression, RemediationKind, str | None]]] = {}
    for regression in sorted(regressions, key=lambda found: (found.completed_at, found.run_id)):
        for kind, cohort in _rules(regression, policy):
            opened.setdefault(
                identity(
                    "regression",
                    regression.project,
                    regression.model,
                    regression.task,
                    regression.metric,
                    regression.slices,
                    kind,
                    cohort,
                ),
                [],
            ).append((regression, kind, cohort))
    return [_answer(name, group, policy) for name, group in opened.items()]


def _rules(regression: Regression, policy: Policy) -> list[tuple[RemediationKind, str | None]]:
    found: list[tuple[RemediationKind, str | None]] = []
    shares = {evidence.cohort: evidence.share_after for evidence in regression.attribution.cohorts}
    for rule in policy.regressions:
        if rule.when.verdict != regression.attribution.verdict:
            continue
        least = rule.when.cohort_share_at_least
        if least is None:
            found.append((rule.kind, None))
            continue
        found += [
            (rule.kind, cohort)
            for cohort, items in regression.suspects.items()
            if items and shares[cohort] >= least
        ]
    return found


def _answer(
    remediation_id: str,
    group: Sequence[tuple[Regression, RemediationKind, str | None]],
    policy: Policy,
) -> Remediation:
    first, kind, cohort = group[0]
    quota = _quota(first.counts.lost, policy) if kind == "source_items" else 0
    item_ids = first.suspects[cohort][:MOST_ITEMS] if cohort is not None else ()
    items = quota or len(item_ids)
    before = first.counts.passed_before / first.counts.pairs
    return Remediation(
        remediation_id=remediation_id,
        project=first.project,
        kind=kind,
        slices=first.slices,
        category=first.category,
        regression_ids=tuple(regression.regression_id for regression, _, _ in group),
        found_in=first.run_id,
        model=first.model,
        priority=wsjf(
            policy.severity[first.severity],
            first.counts.lost,
            log(lift(first.counts)),
            _effort(policy, kind, items),
        ),
        quota=quota,
        item_ids=item_ids,
        cohort=cohort,
        budget=policy.work[kind].cost_per_item * items,
        due_at=first.completed_at + timedelta(days=policy.due_in_days),
        acceptance=AcceptanceCriterion(
            metric=first.metric,
            slices=dict(first.slices),
            task=first.task,
            minimum_rate=max(0.0, before - policy.acceptance.tolerance),
            significance=policy.acceptance.significance,
        ),
        reason=first.attribution.sentence,
    )


def lift(counts: PairedCounts) -> float:
    """How many times likelier failure has become; half a failure is added to either side."""
    failed_before = counts.pairs - counts.passed_before
    failed_after = counts.pairs - counts.passed_after
    return (failed_after + 0.5) / (failed_before + 0.5)


def wsjf(severity: float, reach: int, log_lift: float, effort: float) -> float:
    """Weighted shortest job first: severity x reach (samples) x log lift over person-days."""
    return round(severity * reach * log_lift / effort, 6)


def _effort(policy: Policy, kind: RemediationKind, items: int) -> float:
    work = policy.work[kind]
    return work.days + work.days_per_item * items


def _quota(failures: int, policy: Policy) -> int:
    quota = policy.quota
    return min(max(ceil(failures * quota.per_failure), quota.minimum), quota.maximum)
