"""What follows from new facts: who is suspended, what agreement is, which batch ships."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aidataops.events.annotation import LabelAccepted, ProjectDefined, TaskCreated
from aidataops.events.quality import (
    AnnotatorReinstated,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
    GoldenItemsDefined,
    GoldenScored,
)
from aidataops.messaging import Received, UnitOfWork
from qa.domain.agreement import measure_agreement
from qa.domain.batch import Assessment, Batch, assess_batch, report_agreement
from qa.domain.golden import SUSPEND_ABOVE, Standing
from qa.domain.proportion import wilson_interval
from qa.store.facts import FactStore, GoldenAnswer
from qa.store.findings import Finding, FindingStore, Score
from qa.store.rows import AnnotatorKey

Causes = Mapping[str, Received[Any]]
"""By what has to be looked at again: the event that made it so."""

BATCHES_AT_ONCE = 20
"""How many batches are held in memory when a whole project is assessed again."""


class Assessor:
    """Takes in facts of one transaction and says what they change.

    Facts are written first, then the projects are locked, then everything touched is computed
    anew from all facts: whoever comes second sees what the first has written. Per transaction an
    annotator is judged once and a batch assessed once, however many labels touch them.
    """

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._facts = FactStore(work.connection)
        self._findings = FindingStore(work.connection)

    async def take_projects(self, events: Sequence[Received[ProjectDefined]]) -> None:
        """Hold all batches of projects whose floor is new against it."""
        changed = await self._facts.put_projects([event.payload for event in events])
        causes = {e.payload.project: e for e in events if e.payload.project in changed}
        await self._facts.lock_projects(changed)
        batches = await self._facts.list_batches_of_projects(changed)
        await self._assess({batch: causes[project] for batch, project in batches.items()}, causes)

    async def take_golden_items(self, events: Sequence[Received[GoldenItemsDefined]]) -> None:
        """Score the labels of items whose answer is new, and assess their batches."""
        changed = await self._facts.put_golden_items(
            [
                GoldenAnswer(e.payload.project, item.item_id, item.value, _time(e))
                for e in events
                for item in e.payload.items
            ]
        )
        causes = {(e.payload.project, item.item_id): e for e in events for item in e.payload.items}
        await self._facts.lock_projects({project for project, _ in changed})
        labels = await self._facts.list_labels_of_items(changed)
        touched = await self._score({label: causes[item] for label, item in labels.items()})
        batches = await self._facts.list_batches_of_items(changed)
        await self._assess(touched | {batch: causes[item] for batch, item in batches.items()})

    async def take_tasks(self, events: Sequence[Received[TaskCreated]]) -> None:
        """Assess the batches that are complete by these tasks."""
        await self._facts.add_tasks([event.payload for event in events])
        await self._facts.lock_projects({event.payload.project for event in events})
        await self._facts.mark_answered({event.payload.task_id for event in events})
        await self._assess({event.payload.batch_id: event for event in events})

    async def take_labels(self, events: Sequence[Received[LabelAccepted]]) -> None:
        """Score labels of golden items and assess the batches that are complete."""
        changed = await self._facts.put_labels([event.payload for event in events])
        news = [event for event in events if event.payload.label_id in changed]
        await self._facts.lock_projects({event.payload.project for event in news})
        await self._facts.mark_answered({event.payload.task_id for event in news})
        touched = await self._score({event.payload.label_id: event for event in news})
        await self._assess(touched | {event.payload.batch_id: event for event in news})

    async def _score(self, labels: Causes) -> dict[str, Received[Any]]:
        """Returns the batches that a suspension or its end touches."""
        scores, moved = await self._findings.score(labels)
        if not moved:
            return {}
        causes = {annotator: labels[label] for annotator, label in moved.items()}
        judged = await self._findings.judge(causes)
        for score in scores:
            standing, _ = judged[score.annotator]
            self._work.emit(_golden_scored(score, standing), cause=labels[score.label_id])
        turned = [
            annotator
            for annotator, (standing, before) in judged.items()
            if (standing.status == "suspended") != (before == "suspended")
        ]
        for annotator in turned:
            self._work.emit(_turn(annotator, judged[annotator][0]), cause=causes[annotator])
        batches = await self._facts.list_batches_of_annotators(turned)
        return {batch: causes[annotator] for batch, annotator in batches.items()}

    async def _assess(self, batches: Causes, projects: Causes | None = None) -> None:
        """Assess what is complete of these batches, then sum up projects: those and these."""
        waiting = sorted(batches)
        touched = dict(projects or {})
        for start in range(0, len(waiting), BATCHES_AT_ONCE):
            touched |= await self._assess_some(waiting[start : start + BATCHES_AT_ONCE], batches)
        await self._sum_up(touched)

    async def _assess_some(
        self, batch_ids: Sequence[str], causes: Causes
    ) -> dict[str, Received[Any]]:
        """Returns the projects whose agreement is touched."""
        complete = await self._facts.list_complete_batches(batch_ids)
        if not complete:
            return {}
        assessments = [assess_batch(batch) for batch in complete]
        findings = [finding for one in assessments for finding in _findings_of(one)]
        changed = await self._findings.put_measured(assessments)
        await self._findings.drop_golden_outcomes(_golden_outcomes(complete))
        await self._announce(findings, [causes[_batch_of(finding)] for finding in findings])
        return {one.project: causes[one.batch_id] for one in complete if one.batch_id in changed}

    async def _sum_up(self, projects: Causes) -> None:
        if not projects:
            return
        findings = []
        for project, floor, annotators, matrix in await self._findings.sum_up(projects):
            agreement = measure_agreement(matrix, annotators=annotators, seed=project)
            measured = report_agreement(project, "project", project, agreement, floor)
            findings.append(Finding("agreement", "project", project, measured))
        await self._announce(findings, [projects[finding.subject] for finding in findings])

    async def _announce(self, findings: Sequence[Finding], causes: Sequence[Received[Any]]) -> None:
        """Emit what is news, and nothing else."""
        revisions = await self._findings.put_findings(findings)
        for finding, cause in zip(findings, causes, strict=True):
            revision = revisions.get((finding.kind, finding.scope, finding.subject))
            if revision is None:
                continue
            payload = finding.payload
            if isinstance(payload, BatchReleased | BatchBlocked):
                payload = payload.model_copy(update={"revision": revision})
            self._work.emit(payload, cause=cause)


def _time(event: Received[Any]) -> str:
    return (event.time or b"").decode("utf-8", "replace")


def _golden_scored(score: Score, standing: Standing) -> GoldenScored:
    project, vendor, annotator = score.annotator
    lower, upper = wilson_interval(standing.golden_correct, standing.golden_total)
    return GoldenScored(
        project=project,
        annotator=annotator,
        vendor=vendor,
        label_id=score.label_id,
        item_id=score.item_id,
        correct=score.correct,
        golden_correct=standing.golden_correct,
        golden_total=standing.golden_total,
        log_likelihood_ratio=standing.log_likelihood_ratio,
        wilson_lower=lower,
        wilson_upper=upper,
    )


def _turn(key: AnnotatorKey, standing: Standing) -> AnnotatorSuspended | AnnotatorReinstated:
    project, vendor, annotator = key
    if standing.status != "suspended":
        return AnnotatorReinstated(
            project=project,
            annotator=annotator,
            vendor=vendor,
            reason="what has come to be known of golden items since turns the suspension round",
        )
    lower, upper = wilson_interval(standing.golden_correct, standing.golden_total)
    ratio, bound = standing.log_likelihood_ratio, SUSPEND_ABOVE
    return AnnotatorSuspended(
        project=project,
        annotator=annotator,
        vendor=vendor,
        golden_correct=standing.golden_correct,
        golden_total=standing.golden_total,
        log_likelihood_ratio=ratio,
        wilson_lower=lower,
        wilson_upper=upper,
        reason=f"log likelihood ratio {ratio:.3f} on golden items is above {bound:.3f}",
    )


def _findings_of(assessment: Assessment) -> list[Finding]:
    """Agreement first, then the items, then the verdict."""
    batch_id = assessment.verdict.batch_id
    return [
        Finding("agreement", "batch", batch_id, assessment.measured),
        *(Finding("item", batch_id, one.item_id, one) for one in assessment.outcomes),
        Finding("batch", batch_id, batch_id, assessment.verdict),
    ]


def _batch_of(finding: Finding) -> str:
    return finding.subject if finding.kind == "agreement" else finding.scope


def _golden_outcomes(batches: Sequence[Batch]) -> list[tuple[str, str]]:
    return [
        (batch.batch_id, item.item_id)
        for batch in batches
        for item in batch.items
        if item.golden is not None
    ]
