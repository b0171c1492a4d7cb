"""Single failures of one cause, and the one remediation that answers them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from aidataops.events.evaluation import EvaluationFailure, FailureCategory, Severity
from aidataops.events.feedback import AcceptanceCriterion, RemediationKind
from feedback_router.domain.identity import identity
from feedback_router.domain.outcomes import SliceKey, name_of, slice_of
from feedback_router.domain.policy import Finding, Order, Policy
from feedback_router.domain.ranking import effort, quota_for, wsjf
from feedback_router.domain.regression import SEVERITIES
from feedback_router.domain.remediation import MOST_ITEMS, Remediation

Cause: TypeAlias = tuple[str, FailureCategory, Severity, SliceKey]
"""Project, category, severity and slices: what decides where a single failure belongs."""


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

    def joined_by(self, other: Cluster) -> Cluster:
        """Both as one: whoever joins whom, in whatever order, the result is the same."""
        return replace(
            self,
            metric=min(self.metric, other.metric),
            task=min(self.task, other.task),
            model=min(self.model, other.model),
            severity=max(self.severity, other.severity, key=SEVERITIES.index),
            failures=self.failures + other.failures,
            item_ids=(
                tuple(sorted({*self.item_ids, *other.item_ids}))[:MOST_ITEMS]
                if other.item_ids
                else self.item_ids
            ),
        )


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
        if rule.when.holds(Finding(category, severity, slices)):
            return identity("cluster", project, category, slices, rule.kind), rule.kind
    return None


def gathered(failures: Iterable[EvaluationFailure], policy: Policy) -> dict[str, Cluster]:
    """Single failures that the policy has a rule for, each as a cluster of its own, by id."""
    found: dict[str, Cluster] = {}
    clusters: dict[Cause, tuple[str, RemediationKind] | None] = {}
    for failure in failures:
        if failure.part_of_run:
            continue
        slices = slice_of(failure.slices, policy.slice_by)
        cause = (failure.project, failure.category, failure.severity, slices)
        if cause not in clusters:
            clusters[cause] = cluster_of(policy, *cause)
        named = clusters[cause]
        if named is None:
            continue
        found[failure.failure_id] = Cluster(
            remediation_id=named[0],
            project=failure.project,
            kind=named[1],
            category=failure.category,
            slices=slices,
            metric=failure.metric,
            task=failure.task,
            model=failure.model,
            severity=failure.severity,
            failures=1,
            item_ids=tuple(sorted(set(failure.suspect_items))),
        )
    return found


def answer_cluster(cluster: Cluster, policy: Policy) -> Remediation:
    """The one remediation of a cluster of single failures.

    There is no baseline to measure a lift against, so log lift counts as 1.
    """
    rule = _rule_of(cluster, policy)
    quota = quota_for(cluster.failures, policy, rule) if cluster.kind == "source_items" else 0
    items = quota or len(cluster.item_ids)
    acceptance = rule.acceptance or policy.acceptance
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
            effort(policy, cluster.kind, items),
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
            minimum_rate=acceptance.rate_of_failures,
            significance=acceptance.significance,
        ),
        reason=(
            f"Single failures of category {cluster.category.value} were reported for "
            f"{name_of(cluster.slices)}; policy {policy.version} answers them by {cluster.kind}."
        ),
        owner=rule.owner,
        guideline_reference=rule.guideline_reference,
    )


def _rule_of(cluster: Cluster, policy: Policy) -> Order:
    """The rule that a cluster was opened by; the policy may have changed since."""
    finding = Finding(cluster.category, cluster.severity, cluster.slices)
    named = [rule for rule in policy.failures if rule.kind == cluster.kind]
    return next((rule for rule in named if rule.when.holds(finding)), (*named, Order())[0])
