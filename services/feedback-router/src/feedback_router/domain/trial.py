"""What a policy would make of a run by its events alone, with nothing known of its training."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

from aidataops.events import Payload
from aidataops.events.evaluation import (
    EvaluationFailure,
    EvaluationRunCompleted,
    SamplesScored,
)
from aidataops.events.feedback import Attribution
from feedback_router.domain.assessment import Assessment, RunStanding, assess, dismissal
from feedback_router.domain.budget import Amount, Approval, approve
from feedback_router.domain.comparison import Comparison
from feedback_router.domain.identity import identity
from feedback_router.domain.outcomes import Outcome, name_of
from feedback_router.domain.policy import Policy, SettledVerdict
from feedback_router.domain.regression import Regression, nature_of
from feedback_router.domain.remediation import Remediation
from feedback_router.domain.routing import answer_regressions

VERDICTS: tuple[SettledVerdict, ...] = get_args(SettledVerdict)


@dataclass(slots=True)
class ToldRun:
    """A run as its events tell it."""

    completed: EvaluationRunCompleted
    outcomes: list[Outcome] = field(default_factory=list)
    failures: list[EvaluationFailure] = field(default_factory=list)


def told_runs(events: Iterable[Payload]) -> dict[str, ToldRun]:
    """Runs by id; each run comes before its samples and failures."""
    found: dict[str, ToldRun] = {}
    for event in events:
        if isinstance(event, EvaluationRunCompleted):
            found[event.run_id] = ToldRun(event)
        elif isinstance(event, SamplesScored):
            found[event.run_id].outcomes += [
                Outcome(
                    sample.sample_id,
                    event.metric,
                    sample.slices,
                    sample.passed,
                    sample.errored,
                    sample.score,
                    sample.cluster,
                )
                for sample in event.samples
            ]
        elif isinstance(event, EvaluationFailure):
            found[event.run_id].failures.append(event)
    return found


@dataclass(frozen=True, slots=True)
class Trial:
    """A run judged: ``said`` is why its other failures need no data work."""

    run: EvaluationRunCompleted
    standing: str
    said: str
    regressions: tuple[Regression, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """A remediation that would be opened if the regressions were attributed so."""

    verdict: SettledVerdict
    remediation: Remediation
    approval: Approval


def judge(run: ToldRun, baselines: Mapping[str, ToldRun], policy: Policy) -> Trial:
    """A run against the baseline that it names, which is among ``baselines``."""
    completed = run.completed
    name = completed.baseline_run_id
    assessment = assess(
        run.outcomes,
        None if name is None else baselines[name].outcomes,
        policy.plan,
        crashed=completed.samples > 0 and completed.errored >= completed.samples,
    )
    standing = RunStanding(assessment.standing, name, assessment.compared, policy.correction)
    return Trial(
        completed,
        assessment.standing,
        dismissal(standing, policy.significance),
        tuple(_regressions(run, assessment, policy)),
    )


def open_under(
    verdict: SettledVerdict, trials: Iterable[Trial], policy: Policy, overlap: int
) -> list[Opening]:
    """What is opened if all that regressed is attributed so; no cohort and no spending is known."""
    assumed = Attribution(verdict=verdict, sentence=f"Supposed to be associated with: {verdict}.")
    answers = answer_regressions(
        [_attributed(one, assumed) for trial in trials for one in trial.regressions], policy
    )
    approvals = approve(answers, Amount(), overlap, policy)
    return [
        Opening(verdict, wanted, approvals[wanted.remediation_id])
        for wanted in sorted(answers, key=lambda one: -one.priority)
    ]


def rules_on_cohorts(policy: Policy) -> list[str]:
    """Rules that cannot be tried without the composition of dataset versions."""
    return [
        policy.place_of(rule)
        for rule in policy.regressions
        if rule.when.cohort_share_at_least is not None
    ]


def _regressions(run: ToldRun, assessment: Assessment, policy: Policy) -> Iterable[Regression]:
    failures: dict[str, list[EvaluationFailure]] = defaultdict(list)
    for failure in run.failures:
        failures[failure.metric].append(failure)
    for compared in assessment.comparisons:
        if compared.regressed:
            inside = [
                one
                for one in failures[compared.metric]
                if set(compared.slices) <= set(one.slices.items())
            ]
            yield _regression(run.completed, compared, inside, policy)


def _regression(
    run: EvaluationRunCompleted,
    compared: Comparison,
    failures: list[EvaluationFailure],
    policy: Policy,
) -> Regression:
    category, severity = nature_of((one.category, one.severity, 1) for one in failures)
    counts = compared.counts
    return Regression(
        regression_id=identity("slice", run.run_id, compared.metric, compared.slices),
        project=run.project,
        run_id=run.run_id,
        baseline_run_id=run.baseline_run_id or "",
        model=run.model,
        task=run.task,
        metric=compared.metric,
        completed_at=run.completed_at,
        slices=compared.slices,
        compared=compared,
        correction=policy.correction,
        attribution=Attribution(
            verdict="unattributable",
            sentence=(
                f"{name_of(compared.slices)} fell from {counts.passed_before} to "
                f"{counts.passed_after} of {counts.pairs} (q = {compared.q_value:.2g})."
            ),
        ),
        failure_ids=tuple(one.failure_id for one in failures),
        category=category,
        severity=severity,
        suspects={},
    )


def _attributed(regression: Regression, assumed: Attribution) -> Regression:
    sentence = f"{regression.attribution.sentence} {assumed.sentence}"
    return replace(regression, attribution=assumed.model_copy(update={"sentence": sentence}))
