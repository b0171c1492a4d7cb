"""The story, stage by stage: people speak, then we wait for what the services make of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from aidataops.events.evaluation import EvaluationFailure
from aidataops.events.feedback import (
    RemediationApproved,
    RemediationCompleted,
    RemediationKind,
)
from aidataops.events.lineage import VersionPublished
from aidataops.events.quality import BatchReleased
from aidataops.events.sourcing import BriefFulfilled, BriefOpened
from aidataops.events.training import TrainingRunCompleted
from aidataops.local.demo import people, record, tables
from aidataops.local.demo.data import (
    DATASET,
    PROJECT,
    SEED_DATASET,
    StoryData,
    evaluation_files,
)
from aidataops.local.demo.doors import Doors
from aidataops.local.demo.labelling import Labelling, Tasks
from aidataops.local.demo.observer import Observed, Observer, OverdueError
from aidataops.local.demo.outcome import Outcome, Trace
from aidataops.local.demo.readings import NUMBERS, Readings
from aidataops.local.demo.view import View

FIRST, SECOND, THIRD = "acme/assistant-v1", "acme/assistant-v2", "acme/assistant-v3"
TRAINING = "/training"
LEAD = f"/people/{people.LEAD}"
DESK = "/vendors/acme-labels"

KINDS: set[RemediationKind] = {"source_items", "reannotate_cohort"}
"""What the policy asks for when the data of a slice is to blame."""

CATCH_UP_S = 20.0


class Story:
    """Everybody's part in it, and the order of it all."""

    def __init__(
        self, *, observer: Observer, doors: Doors, readings: Readings, view: View, data: StoryData
    ) -> None:
        """Nothing has happened yet."""
        self._observer = observer
        self._doors = doors
        self._readings = readings
        self._view = view
        self._data = data
        self._failures: set[str] = set()
        self._labelling = Labelling(observer, doors, data.truths())

    async def play(self) -> Outcome:
        """From the first standard to the three numbers.

        Raises `OverdueError` when a service leaves us waiting, `RefusedError` when the gateway
        does not take what somebody says.
        """
        await self._import()
        trace_id = await self._evaluate()
        await self._approve()
        await self._source()
        batches = await self._label()
        version = await self._publish(batches)
        await self._verify(version)
        return await self._count(trace_id)

    async def _import(self) -> None:
        self._view.stage("The program lead sets the standard; existing data is imported")
        imported = (*self._data.seed, *self._data.legacy)
        await self._doors.say(people.set_standard(self._data), source=LEAD)
        await self._doors.say(
            [
                *people.propose_sources(),
                *people.submit(imported),
                *people.register_versions(self._data),
            ],
            source="/import",
        )
        now = datetime.now(UTC)
        await self._doors.say(
            [
                people.train(FIRST, SEED_DATASET, 1, now),
                people.train(SECOND, DATASET, 1, now),
            ],
            source=TRAINING,
        )
        await self._observer.until(
            "sourcing judges every imported item",
            lambda: {item.item_id for item in imported} <= record.judged_items(self._observer),
        )
        await self._observer.until(
            "lineage registers the imported dataset versions",
            lambda: len(self._observer.all(VersionPublished)) == 2,
        )
        self._view.show(tables.versions(self._observer, [(SEED_DATASET, 1), (DATASET, 1)]))

    async def _evaluate(self) -> str:
        """Returns the trace id of the second model's evaluation."""
        self._view.stage(f"The harness evaluates {FIRST} and {SECOND}")
        await self._evaluation(FIRST)
        trace_id = await self._evaluation(SECOND, baseline=FIRST)
        await self._are_routed()
        self._view.show(tables.evaluations(self._observer))
        self._view.show(tables.regressions(self._observer))
        return trace_id

    async def _approve(self) -> None:
        self._view.stage("The feedback router asks for data work; the program lead approves it")
        await self._observer.until(
            "feedback-router requests remediations of both kinds",
            lambda: {event.payload.kind for event in record.requested(self._observer)} >= KINDS,
        )
        requested = record.requested(self._observer)
        for event in requested:
            decision = people.approve(event.payload, datetime.now(UTC))
            await self._doors.say([decision], source=LEAD, answering=event)
        await self._observer.until(
            "feedback-router takes the approvals",
            lambda: len(self._observer.all(RemediationApproved)) >= len(requested),
        )
        self._view.show(tables.remediations(self._observer))

    async def _source(self) -> None:
        self._view.stage("A vendor sources items; the gates judge them")
        brief = await self._observer.until(
            "sourcing opens a brief", lambda: next(iter(self._observer.all(BriefOpened)), None)
        )
        items = people.submit(self._data.sourced, brief.payload.brief_id)
        await self._doors.say(items, source=DESK, answering=brief)
        await self._observer.until(
            "sourcing judges every item of the brief",
            lambda: (
                {item.item_id for item in self._data.sourced} <= record.judged_items(self._observer)
            ),
        )
        await self._observer.until(
            "sourcing fulfils the brief", lambda: self._observer.all(BriefFulfilled)
        )
        self._view.show(tables.items(self._observer))

    async def _label(self) -> list[Tasks]:
        """What is there already is labelled before what had to be sourced."""
        self._view.stage("Two vendors label; QA watches golden items and agreement")
        requested = [event.payload for event in record.requested(self._observer)]
        batches = [
            await self._labelling.label(one.remediation_id)
            for one in sorted(requested, key=lambda one: one.quota)
        ]
        await self._labelling.replace(batches)
        self._view.show(tables.labels(self._observer))
        self._view.show(tables.batches(self._observer, batches))
        return batches

    async def _publish(self, batches: Sequence[Tasks]) -> Observed[VersionPublished]:
        self._view.stage("The program lead publishes the next dataset version")
        batch_ids = [tasks[0].payload.batch_id for tasks in batches]
        released = self._observer.latest(BatchReleased, lambda said: said.batch_id)
        decision = people.publish(1, batch_ids, datetime.now(UTC))
        await self._doors.say([decision], source=LEAD, answering=released[batch_ids[-1]])
        version = await self._observer.until(
            f"lineage publishes {DATASET}@2", lambda: record.version(self._observer, DATASET, 2)
        )
        requested = record.requested(self._observer)
        await self._observer.until(
            "feedback-router completes the remediations",
            lambda: len(self._observer.all(RemediationCompleted)) >= len(requested),
        )
        self._view.show(tables.versions(self._observer, [(DATASET, 2)]))
        self._view.show(tables.changes(self._observer, version.payload))
        return version

    async def _verify(self, version: Observed[VersionPublished]) -> None:
        self._view.stage(f"{THIRD} is trained on {DATASET}@2 and evaluated")
        training = people.train(THIRD, DATASET, version.payload.version, datetime.now(UTC))
        await self._doors.say([training], source=TRAINING, answering=version)
        trained = await self._observer.until(
            "the gateway publishes the training run",
            lambda: self._observer.latest(TrainingRunCompleted, lambda run: run.model).get(THIRD),
        )
        await self._evaluation(THIRD, baseline=FIRST, answering=trained)
        requested = {event.payload.remediation_id for event in record.requested(self._observer)}
        await self._observer.until(
            "feedback-router verifies or reopens every remediation",
            lambda: requested <= record.tried(self._observer),
        )
        self._view.show(tables.verifications(self._observer))

    async def _evaluation(
        self,
        model: str,
        *,
        baseline: str | None = None,
        answering: Observed[TrainingRunCompleted] | None = None,
    ) -> str:
        """Publish what the harness wrote for a model; returns the trace id."""
        events, trace_id = await self._doors.evaluate(
            evaluation_files(model),
            PROJECT,
            baseline=evaluation_files(baseline) if baseline else None,
            answering=answering,
        )
        self._failures |= {one.failure_id for one in events if isinstance(one, EvaluationFailure)}
        return trace_id

    async def _are_routed(self) -> None:
        await self._observer.until(
            "feedback-router routes or dismisses every failure",
            lambda: self._failures <= record.routed_failures(self._observer),
        )

    async def _count(self, trace_id: str) -> Outcome:
        self._view.stage("The console counts")
        await self._are_routed()
        why = await self._observer.until_answered(
            f"lineage knows what is behind {THIRD}", lambda: self._readings.why(THIRD)
        )
        try:
            await self._observer.until_answered(
                "the console catches up", self._has_caught_up, within_s=CATCH_UP_S
            )
        except OverdueError:
            self._view.show(["The console has not caught up: its figures are those of now."])
        return Outcome(
            numbers=await self._readings.numbers(),
            regressions=record.regressions(self._observer),
            remediations=await self._readings.remediations(),
            annotators=await self._readings.annotators(),
            versions=[event.payload for event in self._observer.all(VersionPublished)],
            why=why,
            trace=Trace.of(trace_id, self._observer.traced(trace_id)),
        )

    async def _has_caught_up(self) -> bool:
        """Whether the console knows what we know, and its three numbers are zero."""
        numbers = await self._readings.numbers()
        annotators = await self._readings.annotators()
        known = {row["annotator"] for row in annotators if row["suspended"]}
        batches = self._observer.latest(BatchReleased, lambda said: said.batch_id)
        return (
            numbers["findings"] == len(self._failures)
            and numbers["regressions"] == len(record.regressions(self._observer))
            and numbers["batches_released"] == len(batches)
            and not any(numbers[name] for name in NUMBERS)
            and record.suspended(self._observer) <= known
        )
