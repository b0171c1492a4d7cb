"""The people who label: what each of them makes of a task, seeded so that every run is alike."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from random import Random

from aidataops.events.annotation import LabelRejected, LabelSubmitted, TaskCreated

SEED = 7

DIRECT = "brightlabel"
"""The vendor that writes to Kafka itself; the other one uses the gateway."""

SPANISH = {
    "correct": "correcto",
    "incorrect": "incorrecto",
    "unsafe": "inseguro",
    "unclear": "dudoso",
}
"""How that vendor's tool writes the categories until it is told what would be valid."""


@dataclass(frozen=True, slots=True)
class Annotator:
    """Somebody who labels; ``accuracy`` is how often they read carefully enough to be right."""

    name: str
    vendor: str
    accuracy: float

    def answer(self, task: TaskCreated, truth: str) -> str:
        """The category that they choose: the same one whenever they see this item."""
        random = self._random(task.item_id)
        if random.random() < self.accuracy:
            return truth
        others = [value for value in task.label_schema.categories if value != truth]
        return random.choice(others)

    def label(self, task: TaskCreated, value: str, now: datetime) -> LabelSubmitted:
        """Their label as their vendor's tool sends it."""
        return LabelSubmitted(
            vendor=self.vendor,
            annotation_id=f"{self.name}-{task.task_id}",
            task_id=task.task_id,
            annotator=self.name,
            value=value,
            guideline_version=task.guideline_version,
            submitted_at=now,
            duration_seconds=round(self._random(task.task_id).uniform(8, 40), 1),
        )

    def _random(self, what: str) -> Random:
        return Random(f"{SEED}/{self.name}/{what}")


CARELESS = Annotator("bright-2", DIRECT, 0.5)

ROSTER = (
    Annotator("acme-1", "acme-labels", 0.97),
    Annotator("bright-1", DIRECT, 0.97),
    CARELESS,
    Annotator("acme-2", "acme-labels", 0.97),
)
"""In the order in which they are asked."""


def crew(
    task: TaskCreated, labelled: Collection[str], suspended: Collection[str]
) -> list[Annotator]:
    """Who is to label a task now: so many that ``overlap`` people who are trusted will have.

    ``labelled`` are the names of those who have labelled it already.
    """
    trusted = [one for one in ROSTER if one.name not in suspended]
    missing = task.overlap - sum(one.name in labelled for one in trusted)
    return [one for one in trusted if one.name not in labelled][: max(missing, 0)]


def corrected(rejected: LabelRejected, label: LabelSubmitted) -> LabelSubmitted | None:
    """The next revision of a label whose category was not valid; None when there is none to send.

    ``label`` is the last revision that was sent.
    """
    categories = {spanish: value for value, spanish in SPANISH.items()}
    if rejected.revision != label.revision or label.value not in categories:
        return None
    return label.model_copy(
        update={"revision": label.revision + 1, "value": categories[label.value]}
    )
