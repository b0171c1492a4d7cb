"""The vendors at work: labels for every task, corrections, and who steps in for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from aidataops.events.annotation import LabelAccepted, LabelRejected, LabelSubmitted, TaskCreated
from aidataops.events.quality import BatchReleased
from aidataops.local.demo.doors import Doors
from aidataops.local.demo.observer import Observed, Observer
from aidataops.local.demo.record import measurements, suspended, verdict
from aidataops.local.demo.vendors import CARELESS, DIRECT, SPANISH, corrected, crew

Tasks = Sequence[Observed[TaskCreated]]
"""All tasks of one batch."""


class Labelling:
    """Answers tasks as they appear on Kafka; knows of the system only what vendors are told."""

    def __init__(self, observer: Observer, doors: Doors, truths: Mapping[str, str]) -> None:
        """`truths`: item → what a careful reader says."""
        self._observer = observer
        self._doors = doors
        self._truths = truths
        self._sent: dict[str, LabelSubmitted] = {}
        self._labelled: defaultdict[str, set[str]] = defaultdict(set)

    async def label(self, remediation_id: str) -> Tasks:
        """Label the batch of a remediation and wait for what QA makes of it; returns its tasks."""
        tasks = await self._observer.until(
            f"annotation-intake creates the tasks of remediation {remediation_id}",
            lambda: self._batch(remediation_id),
        )
        await self._work(tasks)
        batch_id = tasks[0].payload.batch_id
        await self._observer.until(
            f"qa measures batch {batch_id}, or suspends somebody who labelled it",
            lambda: batch_id in measurements(self._observer) or suspended(self._observer),
        )
        return tasks

    async def replace(self, batches: Sequence[Tasks]) -> None:
        """Have others label what a suspended annotator labelled; wait until QA releases it."""
        await self._observer.until(
            f"qa suspends {CARELESS.name} for wrong answers on golden items",
            lambda: suspended(self._observer),
        )
        for tasks in batches:
            await self._work(tasks)
        for tasks in batches:
            batch_id = tasks[0].payload.batch_id
            await self._observer.until(
                f"qa releases batch {batch_id} with labels of {tasks[0].payload.overlap} trusted "
                "annotators on every item",
                lambda tasks=tasks: self._is_settled(tasks),  # type: ignore[misc]
            )

    def _batch(self, remediation_id: str) -> Tasks | None:
        latest = self._observer.latest(TaskCreated, lambda task: task.task_id).values()
        tasks = [task for task in latest if task.payload.remediation_id == remediation_id]
        complete = bool(tasks) and len(tasks) >= tasks[0].payload.batch_size
        return sorted(tasks, key=lambda task: task.payload.task_id) if complete else None

    async def _work(self, tasks: Tasks) -> None:
        """Send the labels that the tasks want now, and wait for the verdict on every one."""
        slips = not self._sent
        by_vendor: defaultdict[str, list[LabelSubmitted]] = defaultdict(list)
        for task in (one.payload for one in tasks):
            names = self._labelled[task.task_id]
            for annotator in crew(task, names, suspended(self._observer)):
                value = annotator.answer(task, self._truths[task.item_id])
                if slips and annotator.vendor == DIRECT:
                    value, slips = SPANISH[value], False
                now = datetime.now(UTC)
                by_vendor[annotator.vendor].append(annotator.label(task, value, now))
                names.add(annotator.name)
        for labels in by_vendor.values():
            await self._send(labels, tasks[0])
        await self._settle(tasks[0])

    async def _settle(self, answering: Observed[TaskCreated]) -> None:
        """Wait for every verdict; send again what was refused for how its category is written."""
        while True:
            await self._observer.until(
                "annotation-intake accepts or rejects every label",
                lambda: not self._waiting(),
            )
            rejections = [event.payload for event in self._observer.all(LabelRejected)]
            again = [
                label
                for rejection in rejections
                if (label := corrected(rejection, self._sent[rejection.annotation_id]))
            ]
            if not again:
                return
            await self._send(again, answering)

    async def _send(
        self, labels: Sequence[LabelSubmitted], answering: Observed[TaskCreated]
    ) -> None:
        self._sent |= {label.annotation_id: label for label in labels}
        vendor = labels[0].vendor
        through = self._doors.stream if vendor == DIRECT else self._doors.say
        await through(labels, source=f"/vendors/{vendor}", answering=answering)

    def _waiting(self) -> bool:
        """Whether some label that was sent has no verdict yet."""
        accepted = {
            (event.payload.annotator, event.payload.task_id)
            for event in self._observer.all(LabelAccepted)
        }
        rejected = {
            (event.payload.annotation_id, event.payload.revision)
            for event in self._observer.all(LabelRejected)
        }
        return any(
            (label.annotator, label.task_id) not in accepted
            and (label.annotation_id, label.revision) not in rejected
            for label in self._sent.values()
        )

    def _is_settled(self, tasks: Tasks) -> bool:
        task = tasks[0].payload
        measured = measurements(self._observer).get(task.batch_id)
        if not measured or not isinstance(verdict(self._observer, task.batch_id), BatchReleased):
            return False
        agreement = measured[-1].agreement
        return agreement.labels >= task.overlap * agreement.units
