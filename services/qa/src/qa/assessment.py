"""What follows from new facts: who is suspended, what labels agree on, which batch ships."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC
from typing import Any

from aidataops.erasure import tell_erased
from aidataops.events.annotation import (
    GuidelineProposed,
    LabelAccepted,
    ProjectDefined,
    TaskCreated,
)
from aidataops.events.governance import ItemReleaseDecided, StandardChanged, WaiverGranted
from aidataops.events.lineage import ErasureRequested
from aidataops.events.quality import (
    BatchBlocked,
    BatchReleased,
    ConsensusMethodSelected,
    GoldenItemsDefined,
)
from aidataops.events.sourcing import CoverageMeasured, ItemQuarantined
from aidataops.messaging import Received, UnitOfWork
from aidataops.messaging.cloudevents import Cause
from qa.announcement import report_score, report_turn
from qa.domain.batch import Assessment, Batch, assess_batch
from qa.store.decisions import DecisionStore
from qa.store.drift import DriftStore
from qa.store.erasures import ErasureStore
from qa.store.facts import FactStore, GoldenAnswer
from qa.store.findings import Finding, FindingStore
from qa.store.golden import GoldenStore
from qa.store.programs import add_sections
from qa.store.rows import ItemKey
from qa.store.tallies import TallyStore

Causes = Mapping[str, Cause]
"""By what has to be looked at again: the event that made it so."""

BATCHES_AT_ONCE = 20
"""How many batches are held in memory when a whole project is assessed again."""


class Assessor:
    """Takes in facts of one transaction and says what they change.

    Facts are written first, then the projects are locked, then everything touched is computed
    anew from all facts: whoever comes second sees what the first has written. Per transaction an
    annotator is judged once and a batch assessed once, however many labels touch them. What
    streams over many batches is tallied here and measured in the background.
    """

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._facts = FactStore(work.connection)
        self._decisions = DecisionStore(work.connection)
        self._golden = GoldenStore(work.connection)
        self._findings = FindingStore(work.connection)
        self._drift = DriftStore(work.connection)
        self._tallies = TallyStore(work.connection)
        self._erasures = ErasureStore(work.connection)

    async def take_projects(self, events: Sequence[Received[ProjectDefined]]) -> None:
        """Hold everything of projects whose definition is new against it."""
        changed = await self._facts.put_projects([event.payload for event in events])
        await self._tallies.retally_labels(await self._erasures.erase_in(changed))
        await self._assess_projects({e.payload.project: e for e in events}, changed)
        await self._tallies.mark_projects(changed)

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
        await self._tallies.retally_items(changed)
        await self._assess(touched | {batch: causes[item] for batch, item in batches.items()})

    async def take_tasks(self, events: Sequence[Received[TaskCreated]]) -> None:
        """Assess the batches that are complete by these tasks."""
        await self._facts.add_tasks([event.payload for event in events])
        await self._facts.lock_projects({event.payload.project for event in events})
        await self._facts.mark_answered({event.payload.task_id for event in events})
        await self._tallies.retally({(e.payload.batch_id, e.payload.item_id) for e in events})
        await self._assess({event.payload.batch_id: event for event in events})

    async def take_labels(self, events: Sequence[Received[LabelAccepted]]) -> None:
        """Score labels of golden items, tally, and assess the batches that are complete."""
        changed = await self._facts.put_labels([event.payload for event in events])
        news = [event for event in events if event.payload.label_id in changed]
        await self._facts.lock_projects({event.payload.project for event in news})
        await self._facts.mark_answered({event.payload.task_id for event in news})
        touched = await self._score({event.payload.label_id: event for event in news})
        await self._tallies.retally_labels(changed)
        await self._tallies.mark_annotators(
            {(e.payload.project, e.payload.vendor, e.payload.annotator) for e in news}
        )
        await self._assess(touched | {event.payload.batch_id: event for event in news})

    async def take_erasures(self, events: Sequence[Received[ErasureRequested]]) -> None:
        """Let labels that are texts go with their items, and assess the batches without them."""
        await self._erasures.lock()
        await self._facts.lock_projects({event.payload.project for event in events})
        for event in events:
            items = {(event.payload.project, item_id) for item_id in event.payload.item_ids}
            changed = await self._erasures.erase(items, self._work.now)
            golden = await self._erasures.erase_golden(items)
            touched = await self._score(dict.fromkeys(changed, event))
            batches = await self._facts.list_batches_of_items(set(changed.values()))
            await self._tallies.retally_labels(changed)
            await self._assess(touched | dict.fromkeys(batches, event))
            await tell_erased(event, self._work, texts=len(changed) + golden)

    async def take_guidelines(self, events: Sequence[Received[GuidelineProposed]]) -> None:
        """Have confusions measured against the sections that are to prevent them."""
        changed = await add_sections(self._work.connection, [event.payload for event in events])
        await self._tallies.mark_projects(changed)

    async def take_methods(self, events: Sequence[Received[ConsensusMethodSelected]]) -> None:
        """Weigh the labels of projects anew that have chosen another method."""
        changed = await self._decisions.put_methods([event.payload for event in events])
        await self._assess_projects({e.payload.project: e for e in events}, changed)

    async def take_standards(self, events: Sequence[Received[StandardChanged]]) -> None:
        """Hold projects against their new standards."""
        changed = await self._decisions.add_standards([event.payload for event in events])
        await self._assess_projects({e.payload.subject: e for e in events}, changed)
        await self._tallies.mark_projects(changed)

    async def take_waivers(self, events: Sequence[Received[WaiverGranted]]) -> None:
        """Judge batches anew that may pass in spite of a check."""
        changed = await self._decisions.add_waivers([event.payload for event in events])
        await self._facts.lock_projects({project for project, _ in changed})
        batches = await self._facts.list_batches_that_are(changed)
        causes = {event.payload.subject: event for event in events}
        await self._assess({batch: causes[batch] for batch in batches})

    async def take_coverage(self, events: Sequence[Received[CoverageMeasured]]) -> None:
        """Hold batches against what sourcing says of the project's coverage."""
        causes = {event.payload.project: event for event in events}
        await self._facts.lock_projects(causes)
        changed = await self._decisions.put_coverage([(_time(e), e.payload) for e in events])
        await self._assess_projects(causes, changed)

    async def take_quarantines(self, events: Sequence[Received[ItemQuarantined]]) -> None:
        """Judge batches anew that hold an item which sourcing holds back."""
        await self._take_gates({(e.payload.project, e.payload.item_id): e for e in events}, events)

    async def take_releases(self, events: Sequence[Received[ItemReleaseDecided]]) -> None:
        """Judge batches anew that hold an item which was let in after all."""
        valid = [event for event in events if event.payload.role == "accountable"]
        await self._take_gates({(e.payload.project, e.payload.subject): e for e in valid}, valid)

    async def lapse_waivers(self, cause: Cause, batches: Mapping[str, str]) -> None:
        """Judge batches (with their projects) anew whose waiver is over."""
        await self._facts.lock_projects(set(batches.values()))
        await self._assess(dict.fromkeys(batches, cause))

    async def _take_gates(
        self, causes: Mapping[ItemKey, Cause], events: Sequence[Received[Any]]
    ) -> None:
        changed = await self._decisions.put_item_gates([event.payload for event in events])
        await self._facts.lock_projects({project for project, _ in changed})
        batches = await self._facts.list_batches_of_items(changed)
        await self._assess({batch: causes[item] for batch, item in batches.items()})

    async def _assess_projects(self, causes: Causes, projects: Collection[str]) -> None:
        await self._facts.lock_projects(projects)
        batches = await self._facts.list_batches_of_projects(projects)
        await self._assess({batch: causes[project] for batch, project in batches.items()})

    async def _score(self, labels: Causes) -> dict[str, Cause]:
        """Returns the batches that are touched by a suspension, its end, or an anchor."""
        anchored = await self._golden.list_anchored_batches(labels)
        scores, moved = await self._golden.score(labels)
        if not moved:
            return {}
        anchored |= await self._golden.list_anchored_batches(labels)
        causes = {annotator: labels[label] for annotator, label in moved.items()}
        judged = await self._golden.judge(causes)
        for score in scores:
            standing = judged[score.annotator].standing
            self._work.emit(report_score(score, standing), cause=labels[score.label_id])
        turned = {who for who, judgement in judged.items() if judgement.turned}
        for annotator in sorted(turned):
            turn = judged[annotator]
            if turn.announced:
                self._work.emit(report_turn(annotator, turn), cause=causes[annotator])
        await self._tallies.retally_annotators(turned)
        batches = await self._facts.list_batches_of_annotators(turned)
        batches |= {batch: who for batch, who in anchored.items() if who in causes}
        return {batch: causes[annotator] for batch, annotator in batches.items()}

    async def _assess(self, batches: Causes) -> None:
        """Assess what is complete of these batches."""
        waiting = sorted(batches)
        for start in range(0, len(waiting), BATCHES_AT_ONCE):
            await self._assess_some(waiting[start : start + BATCHES_AT_ONCE], batches)

    async def _assess_some(self, batch_ids: Sequence[str], causes: Causes) -> None:
        complete = await self._facts.list_complete_batches(batch_ids, self._work.now)
        if not complete:
            return
        assessments = [await _assess_aside(batch) for batch in complete]
        findings = [finding for one in assessments for finding in _findings_of(one)]
        await self._findings.keep_items(
            [batch.batch_id for batch in complete], _items_of(findings), _golden_of(complete)
        )
        await self._drift.put_scores(assessments)
        await self._announce(findings, causes)

    async def _announce(self, findings: Sequence[Finding], causes: Causes) -> None:
        """Emit what is news, and nothing else."""
        revisions = await self._findings.put_findings(findings)
        for finding in findings:
            revision = revisions.get((finding.kind, finding.scope, finding.subject))
            if revision is None:
                continue
            payload = finding.payload
            if isinstance(payload, BatchReleased | BatchBlocked):
                payload = payload.model_copy(update={"revision": revision})
            self._work.emit(payload, cause=causes[_batch_of(finding)])


async def _assess_aside(batch: Batch) -> Assessment:
    """A model takes its time: other work of the process goes on meanwhile."""
    if batch.method == "majority":
        return assess_batch(batch)
    return await asyncio.to_thread(assess_batch, batch)


def _time(event: Received[Any]) -> str:
    return event.occurred_at.astimezone(UTC).isoformat(timespec="microseconds")


def _findings_of(assessment: Assessment) -> list[Finding]:
    """Agreement first, then the items, then the verdict."""
    batch_id = assessment.verdict.batch_id
    return [
        Finding("agreement", "batch", batch_id, assessment.measured),
        *(Finding("item", batch_id, one.item_id, one) for one in assessment.outcomes),
        *(Finding("overlap", batch_id, one.item_id, one) for one in assessment.overlap),
        Finding("batch", batch_id, batch_id, assessment.verdict),
    ]


def _batch_of(finding: Finding) -> str:
    return finding.subject if finding.kind == "agreement" else finding.scope


def _items_of(findings: Sequence[Finding]) -> list[ItemKey]:
    """(Batch, item) of the items for which more overlap is asked."""
    return [(one.scope, one.subject) for one in findings if one.kind == "overlap"]


def _golden_of(batches: Sequence[Batch]) -> list[ItemKey]:
    return [
        (batch.batch_id, item.item_id)
        for batch in batches
        for item in batch.items
        if item.golden is not None
    ]
