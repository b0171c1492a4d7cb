"""Row 32: a stream of Label Studio's webhooks, and the export that has the last word."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from aidataops.events import Payload
from aidataops.vendors import ADAPTERS, LabelMapping, Unreadable, reconcile
from annotation_intake.domain.identity import task_of

from .conftest import BATCH, CATEGORIES, Intake, brief, fresh, instant, item, project

ITEMS = tuple(f"i{number}" for number in range(8))
MAPPING = LabelMapping(vendor="acme-labels", vendor_project="ls-1", label_field="verdict")
EXPORTED = instant(10_000)


@dataclass
class LabelStudio:
    """A project of Label Studio as far as its annotations go, and the webhooks that it sent."""

    random: Random
    minute: float = 100
    next_id: int = 1
    annotations: dict[int, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[int, dict[str, Any]] = field(default_factory=dict)
    sent: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    def work(self, steps: int) -> None:
        """People label, correct, skip and delete."""
        for number, name in enumerate(ITEMS, 1):
            data = {"task_id": task_of(BATCH, name), "guideline_version": "1.0.0"}
            self.tasks[number] = {"id": number, "data": data}
        for _ in range(steps):
            self.minute += self.random.uniform(0.01, 3)
            self.random.choices(
                (self._create, self._update, self._delete, self._delete_task), (12, 5, 2, 0.3)
            )[0]()

    def export(self) -> list[dict[str, Any]]:
        """The export JSON: what is left."""
        return [
            task
            | {"annotations": [one for one in self.annotations.values() if one["task"] == name]}
            for name, task in self.tasks.items()
        ]

    def _now(self) -> str:
        return instant(self.minute).isoformat().replace("+00:00", "Z")

    def _create(self) -> None:
        if self.tasks:
            annotation = {
                "id": self.next_id,
                "task": self.random.choice(list(self.tasks)),
                "completed_by": self.random.randint(1, 6),
                "created_at": self._now(),
                "lead_time": round(self.random.uniform(1, 60), 3),
            }
            self.next_id += 1
            self._write("ANNOTATION_CREATED", annotation)

    def _update(self) -> None:
        if self.annotations:
            self._write("ANNOTATION_UPDATED", self.random.choice(list(self.annotations.values())))

    def _write(self, action: str, annotation: dict[str, Any]) -> None:
        value = {"choices": [self.random.choice(CATEGORIES)]}
        written = annotation | {
            "updated_at": self._now(),
            "was_cancelled": self.random.random() < 0.1,
            "result": [{"from_name": "verdict", "type": "choices", "value": value}],
        }
        self.annotations[written["id"]] = written
        self._send({"action": action, "annotation": written, "task": self.tasks[written["task"]]})

    def _delete(self) -> None:
        if self.annotations:
            gone = self.random.choice(list(self.annotations))
            del self.annotations[gone]
            self._send({"action": "ANNOTATIONS_DELETED", "annotations": [{"id": gone}]})

    def _delete_task(self) -> None:
        """Says nothing of the annotations that go with it."""
        if len(self.tasks) > 4:
            gone = self.random.choice(list(self.tasks))
            del self.tasks[gone]
            kept = {name: one for name, one in self.annotations.items() if one["task"] != gone}
            self.annotations = kept
            self._send({"action": "TASKS_DELETED", "tasks": [{"id": gone}]})

    def _send(self, body: dict[str, Any]) -> None:
        heard = instant(self.minute) + timedelta(milliseconds=self.random.uniform(1, 500))
        self.sent.append((heard, json.loads(json.dumps(body))))


def read(body: Any, heard: datetime) -> list[Payload]:
    found = list(ADAPTERS["label-studio"](json.dumps(body).encode(), MAPPING, heard))
    assert not any(isinstance(one, Unreadable) for one in found)
    return [one for one in found if not isinstance(one, Unreadable)]


def final_word(studio: LabelStudio) -> list[Payload]:
    labels: list[Any] = read(studio.export(), EXPORTED)
    return [*labels, *reconcile((one.annotation_id for one in labels), MAPPING, EXPORTED)]


async def standing(intake: Intake) -> dict[str, tuple[str, str | None]]:
    """Annotation → status and value; those that are gone count as never there."""
    rows = await intake.harness.fetch(
        "SELECT annotation_id, status, value FROM labels JOIN submissions USING (label_id)"
        " WHERE labels.revision = submissions.revision OR labels.revision IS NULL"
    )
    return {
        row["annotation_id"]: (row["status"], row["value"])
        for row in rows
        if row["status"] != "withdrawn"
    }


async def prepare(intake: Intake) -> None:
    await intake.deliver(*(intake.at(*told) for told in project(golden_rate=0.0)))
    await intake.deliver(*(intake.at(3, item(name)) for name in ITEMS))
    await intake.deliver(intake.at(4, brief(*ITEMS)))


async def tell(intake: Intake, payloads: list[Payload], size: int) -> None:
    """Every payload as an event of its own, so that duplicates are not just dropped."""
    records = [intake.at(60, one, f"{uuid4()}") for one in payloads]
    for start in range(0, len(records), size):
        await intake.deliver(*records[start : start + size])
    assert await intake.harness.dead_letters() == []


@pytest.mark.parametrize("seed", range(4))
async def test_reconciled_stream_ends_in_the_state_of_the_export(database: str, seed: int) -> None:
    """Shuffled, duplicated, a tenth missing, deletes and updates among them."""
    random = Random(seed)
    studio = LabelStudio(random)
    studio.work(steps=150)
    async with fresh(database) as intake:
        await prepare(intake)
        await tell(intake, final_word(studio), 1000)
        expected = await standing(intake)
    assert {status for status, _ in expected.values()} == {"accepted", "rejected"}
    heard = [one for one in studio.sent if random.random() >= 0.1]
    heard += random.choices(heard, k=len(heard) // 5)
    random.shuffle(heard)
    stream = [payload for when, body in heard for payload in read(body, when)]
    async with fresh(database) as intake:
        await prepare(intake)
        await tell(intake, stream, random.choice((7, 40, 500)))
        before = await standing(intake)
        await tell(intake, [*final_word(studio)], random.choice((7, 40, 500)))
        assert await standing(intake) == expected
    assert before != expected, "the stream missed nothing: the test would show nothing"


async def test_complete_stream_needs_no_export(database: str) -> None:
    studio = LabelStudio(Random(5))
    studio.work(steps=120)
    stream = [payload for when, body in studio.sent for payload in read(body, when)]
    Random(6).shuffle(stream)
    async with fresh(database) as intake:
        await prepare(intake)
        await tell(intake, stream, 50)
        streamed = await standing(intake)
        await tell(intake, final_word(studio), 50)
        assert await standing(intake) == streamed
