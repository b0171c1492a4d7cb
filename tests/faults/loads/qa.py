"""QA: batches whose labels are of one mind; each is measured once and released once."""

from __future__ import annotations

from random import Random

from aidataops.events import Payload
from aidataops.events.annotation import LabelAccepted, LabelSchema, ProjectDefined, TaskCreated
from aidataops.events.quality import (
    AgreementMeasured,
    BatchBlocked,
    BatchReleased,
    ConsensusReached,
    ReviewRequested,
)
from tests.faults.invariants import Expectation
from tests.faults.loads.load import (
    SMALL_BATCHES,
    START,
    Clockwork,
    Event,
    Load,
    in_waves,
    names,
    union,
)

PROJECT = "support"
BATCHES = 5
ITEMS = 12
"""Of each batch; with half of them in either category the interval of agreement is there."""
ANNOTATORS = ("acme-1", "bright-1")
SCHEMA = LabelSchema(categories=("correct", "incorrect"))

EFFECTS = union(
    "'project/' || project FROM projects",
    "'task/' || task_id FROM tasks",
    "'label/' || label_id FROM labels",
    "'answered/' || task_id FROM tasks WHERE answered",
    "kind || '/' || subject || '/' || revision FROM findings"
    " WHERE kind IN ('item', 'overlap', 'batch')",
)


def batches(chance: Random) -> Load:
    """Five batches of twelve items with two labels each, one batch a wave, shuffled within."""
    clockwork = Clockwork()
    tasks = {
        f"batch-{batch}": [f"task-{batch}-{item}" for item in range(ITEMS)]
        for batch in range(BATCHES)
    }
    events = [_project(clockwork)]
    for batch, group in tasks.items():
        wave = [clockwork.event(_task(batch, task), f"task/{task}") for task in group]
        wave += [
            clockwork.event(_label(batch, task, annotator, number), f"label/{task}/{annotator}")
            for number, task in enumerate(group)
            for annotator in ANNOTATORS
        ]
        chance.shuffle(wave)
        events += wave
    every = [task for group in tasks.values() for task in group]
    return Load(
        service="qa",
        effects=EFFECTS,
        waves=in_waves(events, ITEMS * (1 + len(ANNOTATORS))),
        expectation=Expectation(
            results=names(
                (f"answered/{task}" for task in every),
                (f"item/item-of-{task}/1" for task in every),
                (f"batch/{batch}/1" for batch in tasks),
            ),
            announcements=names(
                (f"consensus/item-of-{task}" for task in every),
                (f"measured/{batch}" for batch in tasks),
                (f"released/{batch}/1" for batch in tasks),
            ),
            unasked="qa measured ",
        ),
        names_of=_names,
        environment=SMALL_BATCHES,
    )


def _names(payload: Payload) -> tuple[str, ...]:
    match payload:
        case ConsensusReached():
            return (f"consensus/{payload.item_id}",)
        case ReviewRequested():
            return (f"review/{payload.item_id}",)
        case AgreementMeasured() if payload.scope == "batch":
            return (f"measured/{payload.scope_value}",)
        case BatchReleased():
            return (f"released/{payload.batch_id}/{payload.revision}",)
        case BatchBlocked():
            return (f"blocked/{payload.batch_id}/{payload.revision}",)
    return ()


def _project(clockwork: Clockwork) -> Event:
    project = ProjectDefined(
        project=PROJECT,
        name="Support answers",
        dataset=PROJECT,
        label_schema=SCHEMA,
        guideline_version="1.0.0",
        overlap=len(ANNOTATORS),
        accountable="lead",
    )
    return clockwork.event(project, f"project/{PROJECT}")


def _task(batch: str, task: str) -> TaskCreated:
    return TaskCreated(
        task_id=task,
        project=PROJECT,
        batch_id=batch,
        batch_size=ITEMS,
        item_id=f"item-of-{task}",
        label_schema=SCHEMA,
        guideline_version="1.0.0",
        overlap=len(ANNOTATORS),
    )


def _label(batch: str, task: str, annotator: str, number: int) -> LabelAccepted:
    return LabelAccepted(
        label_id=f"{task}/{annotator}",
        revision=1,
        project=PROJECT,
        task_id=task,
        batch_id=batch,
        item_id=f"item-of-{task}",
        annotator=annotator,
        vendor=annotator.partition("-")[0],
        pool="default",
        guideline_version="1.0.0",
        cohort=f"{annotator}/default/1.0.0/{batch}",
        value=SCHEMA.categories[number % 2],
        submitted_at=START,
    )
