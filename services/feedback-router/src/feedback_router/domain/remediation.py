"""What a finding asks for: remediations, their size, their priority and their acceptance test."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil, log
from uuid import NAMESPACE_URL, uuid5

from aidataops.events.evaluation import EvaluationFailure, FailureCategory, Severity
from aidataops.events.feedback import AcceptanceCriterion, Attribution, RemediationKind
from feedback_router.domain.comparison import Comparison
from feedback_router.domain.outcomes import PairedCounts, SliceKey, name_of, slice_of
from feedback_router.domain.policy import Finding, Order, Policy, RegressionRule

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
    compared: Comparison
    correction: str
    attribution: Attribution
    failure_ids: tuple[str, ...]
    category: FailureCategory | None
    severity: Severity
    suspects: Mapping[str, tuple[str, ...]]

    @property
    def counts(self) -> PairedCounts:
        """Outcomes before and after."""
        return self.compared.counts


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
            item_ids=tuple(sorted({*self.item_ids, *other.item_ids}))[:MOST_ITEMS],
        )


@dataclass(frozen=True, slots=True)
class Remediation:
    """Data work as the policy asks for it; ``found_in`` is the run that a later one has to beat.

    Without an ``acceptance`` no evaluation can tell: what ends it is a decision of people.
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
    for failure in failures:
        slices = slice_of(failure.slices, policy.slice_by)
        named = cluster_of(policy, failure.project, failure.category, failure.severity, slices)
        if named is None or failure.part_of_run:
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
    quota = _quota(cluster.failures, policy, rule) if cluster.kind == "source_items" else 0
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


def answer_regressions(regressions: Sequence[Regression], policy: Policy) -> list[Remediation]:
    """The remediations of a project's regressions.

    The same model evaluated again and again asks for the same work once: a remediation is one
    model, task, metric, slice, kind and cohort, and its reference is the earliest run.
    """
    opened: dict[str, list[tuple[Regression, RegressionRule, str | None]]] = {}
    for regression in sorted(regressions, key=lambda found: (found.completed_at, found.run_id)):
        for rule, cohort in _rules(regression, policy):
            opened.setdefault(
                identity(
                    "regression",
                    regression.project,
                    regression.model,
                    regression.task,
                    regression.metric,
                    regression.slices,
                    rule.kind,
                    cohort,
                ),
                [],
            ).append((regression, rule, cohort))
    return [_answer(name, group, policy) for name, group in opened.items()]


def _rules(regression: Regression, policy: Policy) -> list[tuple[RegressionRule, str | None]]:
    found: list[tuple[RegressionRule, str | None]] = []
    cohorts = {evidence.cohort: evidence for evidence in regression.attribution.cohorts}
    finding = Finding(regression.category, regression.severity, regression.slices)
    for rule in policy.regressions:
        if rule.when.verdict != regression.attribution.verdict or not rule.when.holds(finding):
            continue
        least = rule.when.cohort_share_at_least
        if least is None:
            found.append((rule, None))
            continue
        found += [
            (rule, cohort)
            for cohort, items in regression.suspects.items()
            if items
            and cohorts[cohort].share_after >= least
            and (rule.when.cohort_quality is None or cohorts[cohort].quality is not None)
        ]
    return found


def _answer(
    remediation_id: str,
    group: Sequence[tuple[Regression, RegressionRule, str | None]],
    policy: Policy,
) -> Remediation:
    first, rule, cohort = group[0]
    kind = rule.kind
    quota = _quota(first.counts.lost, policy, rule) if kind == "source_items" else 0
    item_ids = first.suspects[cohort][:MOST_ITEMS] if cohort is not None else ()
    items = quota or len(item_ids)
    acceptance = rule.acceptance or policy.acceptance
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
            max(0.0, log(lift(first.counts))),
            effort(policy, kind, items),
        ),
        quota=quota,
        item_ids=item_ids,
        cohort=cohort,
        budget=policy.work[kind].cost_per_item * items,
        due_at=first.completed_at + timedelta(days=rule.due_in_days or policy.due_in_days),
        acceptance=AcceptanceCriterion(
            metric=first.metric,
            slices=dict(first.slices),
            task=first.task,
            minimum_rate=max(0.0, before - acceptance.tolerance),
            significance=acceptance.significance,
        ),
        reason=first.attribution.sentence,
        owner=rule.owner,
        guideline_reference=rule.guideline_reference,
    )


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


def lift(counts: PairedCounts) -> float:
    """How many times likelier failure has become; half a failure is added to either side."""
    failed_before = counts.pairs - counts.passed_before
    failed_after = counts.pairs - counts.passed_after
    return (failed_after + 0.5) / (failed_before + 0.5)


def wsjf(severity: float, reach: int, log_lift: float, effort: float) -> float:
    """Weighted shortest job first: severity x reach (samples) x log lift over person-days."""
    return round(severity * reach * log_lift / effort, 6)


def effort(policy: Policy, kind: RemediationKind, items: int) -> float:
    """Person-days of so many items of one kind of work; a day where the policy does not say."""
    work = policy.work.get(kind)
    return 1.0 if work is None else work.days + work.days_per_item * items


def _quota(failures: int, policy: Policy, rule: Order) -> int:
    """Items wanted for so many failures, and no more than the rule's budget pays for."""
    quota, price = rule.quota or policy.quota, policy.work["source_items"].cost_per_item
    wanted = min(max(ceil(failures * quota.per_failure), quota.minimum), quota.maximum)
    return wanted if rule.budget is None or price == 0 else min(wanted, int(rule.budget // price))
