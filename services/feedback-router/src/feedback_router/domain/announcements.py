"""What the world is to be told, from the state of things."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from aidataops.events import Payload
from aidataops.events.evaluation import DatasetReference
from aidataops.events.feedback import (
    AutomationLevelChanged,
    FailuresJoined,
    FindingsDismissed,
    PolicyAdopted,
    PolicyRefused,
    RegressionDetected,
    RemediationApproved,
    RemediationBlocked,
    RemediationCompleted,
    RemediationDeclined,
    RemediationDelayed,
    RemediationProgressed,
    RemediationReopened,
    RemediationRequested,
    RemediationScheduled,
    RemediationUnblocked,
    RemediationVerified,
)
from feedback_router.domain.adoption import Change
from feedback_router.domain.automation import Standing
from feedback_router.domain.identity import identity
from feedback_router.domain.lifecycle import Life
from feedback_router.domain.regression import Regression
from feedback_router.domain.remediation import Remediation
from feedback_router.domain.schedule import Overdue, Schedule
from feedback_router.domain.verification import reopening


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something to be said once per ``digest``, of one aspect of one subject.

    ``about`` names what may have caused it, most direct first; ``failure_ids`` the failures that
    it makes known as routed. What ``takes_back`` is news only where something was said before.
    """

    subject: str
    aspect: str
    digest: str
    payload: Payload
    about: tuple[str, ...]
    failure_ids: tuple[str, ...] = ()
    takes_back: bool = False


def announce_regression(regression: Regression) -> Announcement:
    """A regression; said again with a higher revision whenever anything about it changes."""
    payload = RegressionDetected(
        regression_id=regression.regression_id,
        project=regression.project,
        run_id=regression.run_id,
        baseline_run_id=regression.baseline_run_id,
        model=regression.model,
        metric=regression.metric,
        slices=dict(regression.slices),
        pairs=regression.counts.pairs,
        passed_before=regression.counts.passed_before,
        passed_after=regression.counts.passed_after,
        lost=regression.counts.lost,
        gained=regression.counts.gained,
        p_value=regression.compared.p_value,
        q_value=regression.compared.q_value,
        attribution=regression.attribution,
        failure_ids=regression.failure_ids,
        test=regression.compared.test,
        correction=regression.correction,
        discovered=regression.compared.discovered,
        difference=regression.compared.difference,
        lower=regression.compared.lower,
        upper=regression.compared.upper,
        samples_before=regression.compared.samples_before,
    )
    about = (regression.run_id, regression.baseline_run_id, regression.model)
    return Announcement(regression.regression_id, "regression", _digest(payload), payload, about)


def announce_request(
    wanted: Remediation,
    policy_version: str,
    guideline_version: str | None,
    failure_ids: Sequence[str],
    runs: Iterable[str],
) -> Announcement:
    """A remediation, said once; failures that join it later do not make it news."""
    payload = RemediationRequested(
        remediation_id=wanted.remediation_id,
        project=wanted.project,
        kind=wanted.kind,
        slices=dict(wanted.slices),
        category=wanted.category,
        regression_ids=wanted.regression_ids,
        failure_ids=tuple(failure_ids),
        model=wanted.model,
        priority=wanted.priority,
        quota=wanted.quota,
        item_ids=wanted.item_ids,
        cohort=wanted.cohort,
        guideline_reference=wanted.guideline_reference or guideline_version,
        owner=wanted.owner,
        budget=wanted.budget,
        due_at=wanted.due_at,
        acceptance=wanted.acceptance,
        reason=wanted.reason,
        policy_version=policy_version,
    )
    return Announcement(
        wanted.remediation_id,
        "requested",
        "",
        payload,
        (*failure_ids, *runs, wanted.model or ""),
        tuple(failure_ids),
    )


def announce_dismissal(
    run_id: str, project: str, policy_version: str, reasons: dict[str, list[str]]
) -> Announcement:
    """The failures of a run that need no data work of their own, by reason."""
    parts = sorted(reasons.items())
    reason = " ".join(
        said if len(parts) == 1 else f"{len(ids)} of them: {said}" for said, ids in parts
    )
    payload = FindingsDismissed(
        run_id=run_id,
        project=project,
        failure_ids=tuple(sorted(failure for _, ids in parts for failure in ids)),
        reason=reason,
        policy_version=policy_version,
    )
    return Announcement(run_id, "dismissed", _digest(payload), payload, (run_id,))


def announce_life(remediation: Remediation, life: Life) -> list[Announcement]:
    """Everything that has happened to a remediation since it was requested, in order."""
    return [
        *_announce_block(remediation, life),
        *_announce_decision(remediation, life),
        *_announce_progress(remediation, life),
        *_announce_completion(remediation, life),
        *_announce_trial(remediation, life),
    ]


def announce_joined(remediation_id: str, project: str, failure_ids: Sequence[str]) -> Announcement:
    """Failures that a remediation answers besides those that its request names."""
    payload = FailuresJoined(
        remediation_id=remediation_id, project=project, failure_ids=tuple(failure_ids)
    )
    return Announcement(remediation_id, "joined", _digest(payload), payload, tuple(failure_ids))


def announce_schedule(project: str, schedule: Schedule) -> Announcement:
    """When a remediation is due, by what the people who label can do."""
    waiting = schedule.waiting
    payload = RemediationScheduled(
        remediation_id=waiting.remediation_id,
        project=project,
        due_at=schedule.due_at,
        wanted_at=waiting.wanted_at,
        labels=waiting.labels,
        labels_before=schedule.before,
        reason=schedule.reason,
    )
    digest = schedule.due_at.isoformat()
    about = (waiting.remediation_id, project)
    return Announcement(waiting.remediation_id, "scheduled", digest, payload, about)


def announce_overdue(late: Overdue) -> Announcement:
    """A remediation is late; said once for each date that passes."""
    payload = RemediationDelayed(
        remediation_id=late.remediation_id,
        project=late.project,
        due_at=late.due_at,
        state=late.state,
        owner=late.owner,
        reason=late.reason,
    )
    digest = late.due_at.isoformat()
    return Announcement(late.remediation_id, "overdue", digest, payload, (late.remediation_id,))


def announce_level(project: str, standing: Standing) -> Announcement:
    """Who labels a slice from now on."""
    decision = standing.decision
    payload = AutomationLevelChanged(
        project=project,
        slices=dict(decision.slices),
        level="human" if standing.ended else decision.level,
        expires_at=decision.expires_at,
        evidence=standing.evidence,
        reason=standing.ended or "decided",
        decision_id=decision.decision_id,
    )
    digest = f"{decision.decision_id}/{'ended' if standing.ended else 'holds'}"
    subject = identity("automation", project, decision.slices)
    return Announcement(subject, "level", digest, payload, (decision.decision_id, project))


def announce_policy(change: Change, refused: str | None) -> Announcement:
    """That a version of a policy is adopted, or why it is not."""
    payload: Payload
    if refused is None:
        payload = PolicyAdopted(
            subject=change.subject, version=change.version, changed_by=change.changed_by
        )
    else:
        payload = PolicyRefused(
            subject=change.subject,
            version=change.version,
            changed_by=change.changed_by,
            reason=refused,
        )
    subject = identity("policy", change.subject, change.version)
    return Announcement(subject, "policy", _digest(payload), payload, (change.subject,))


def _announce_block(remediation: Remediation, life: Life) -> list[Announcement]:
    about: tuple[str, ...] = (remediation.remediation_id, remediation.project)
    payload: Payload
    if life.block is None:
        payload = RemediationUnblocked(
            remediation_id=remediation.remediation_id, project=remediation.project
        )
        return [
            Announcement(remediation.remediation_id, "blocked", "", payload, about, takes_back=True)
        ]
    payload = RemediationBlocked(
        remediation_id=remediation.remediation_id,
        project=remediation.project,
        reason=life.block.reason,
        detail=life.block.detail,
        decision_id=life.block.decision_id,
    )
    about = (life.block.decision_id or "", *about)
    return [Announcement(remediation.remediation_id, "blocked", _digest(payload), payload, about)]


def _announce_decision(remediation: Remediation, life: Life) -> list[Announcement]:
    decision = life.decision
    if decision is None:
        return []
    payload: Payload
    if decision.approved:
        payload = RemediationApproved(
            remediation_id=remediation.remediation_id,
            project=remediation.project,
            kind=remediation.kind,
            slices=dict(remediation.slices),
            quota=remediation.quota,
            item_ids=remediation.item_ids,
            cohort=remediation.cohort,
            approved_by=decision.made_by,
            decision_id=decision.decision_id,
        )
    else:
        payload = RemediationDeclined(
            remediation_id=remediation.remediation_id,
            project=remediation.project,
            declined_by=decision.made_by,
            reason=decision.reason,
        )
    digest = f"{decision.approved}/{decision.decision_id}"
    about = (decision.decision_id or "", remediation.remediation_id)
    return [Announcement(remediation.remediation_id, "decision", digest, payload, about)]


def _announce_progress(remediation: Remediation, life: Life) -> list[Announcement]:
    return [
        Announcement(
            remediation.remediation_id,
            f"{progress.stage}/{progress.batch_id or progress.brief_id}",
            str(progress.done),
            RemediationProgressed(
                remediation_id=remediation.remediation_id,
                project=remediation.project,
                stage=progress.stage,
                done=progress.done,
                batch_id=progress.batch_id,
            ),
            (progress.batch_id or progress.brief_id or "", remediation.remediation_id),
        )
        for progress in life.progress
    ]


def _announce_completion(remediation: Remediation, life: Life) -> list[Announcement]:
    if life.completed_in is None:
        return []
    dataset, version = life.completed_in
    payload = RemediationCompleted(
        remediation_id=remediation.remediation_id,
        project=remediation.project,
        dataset_version=DatasetReference(dataset=dataset, version=version),
    )
    digest = f"{dataset}@{version}"
    return [
        Announcement(remediation.remediation_id, "completed", digest, payload, (digest, dataset))
    ]


def _announce_trial(remediation: Remediation, life: Life) -> list[Announcement]:
    """Only the outcome that holds now: an older run that arrives late is history, not news.

    A late failure of the cluster is news: the effect is then that on one more sample.
    """
    trial = life.trial
    if trial is None or remediation.acceptance is None:
        return []
    payload: Payload
    if trial.passed:
        payload = RemediationVerified(
            remediation_id=remediation.remediation_id,
            project=remediation.project,
            run_id=trial.run_id,
            effect=trial.effect,
        )
    else:
        payload = RemediationReopened(
            remediation_id=remediation.remediation_id,
            project=remediation.project,
            run_id=trial.run_id,
            effect=trial.effect,
            reason=reopening(trial.effect, remediation.acceptance),
        )
    about = (trial.run_id,)
    return [Announcement(remediation.remediation_id, "outcome", _digest(payload), payload, about)]


def _digest(payload: Payload) -> str:
    return sha256(payload.model_dump_json().encode()).hexdigest()
