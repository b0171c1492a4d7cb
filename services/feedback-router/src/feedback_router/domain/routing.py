"""Which regression is answered by which remediation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import log

from aidataops.events.feedback import AcceptanceCriterion
from feedback_router.domain.identity import identity
from feedback_router.domain.policy import Finding, Policy, RegressionRule
from feedback_router.domain.ranking import effort, lift, quota_for, wsjf
from feedback_router.domain.regression import Regression
from feedback_router.domain.remediation import MOST_ITEMS, Remediation


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
    quota = quota_for(first.counts.lost, policy, rule) if kind == "source_items" else 0
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
        rule=policy.place_of(rule),
    )
