"""Sourcing: items through the gates, a source that is told of late, a brief, duplicates."""

from __future__ import annotations

from random import Random
from uuid import UUID, uuid5

from aidataops.events import Payload
from aidataops.events.feedback import RemediationApproved
from aidataops.events.sourcing import (
    BriefFulfilled,
    BriefOpened,
    ItemAccepted,
    ItemQuarantined,
    ItemSubmitted,
    Provenance,
    SourceRegistered,
    SourceSubmitted,
)
from tests.faults.invariants import Expectation
from tests.faults.loads.load import SMALL_BATCHES, Clockwork, Event, Load, in_waves, names, union

PROJECT = "support"
SLICES = {"domain": "returns", "language": "es"}
BRIEF = str(uuid5(UUID("0b6d6f0e-7a55-5d0c-9c62-6a4f1c3f8a11"), "remediation-1"))
"""Sourcing derives it from the remediation; items have to name it."""

EFFECTS = union(
    "'source/' || source_id FROM sources",
    "'item/' || item_id FROM items",
    "status || '/' || item_id FROM items WHERE status <> 'pending'",
    "'brief/' || remediation_id FROM briefs",
    "'chosen/' || unnest(item_ids) FROM briefs",
)


def items(chance: Random) -> Load:
    """Items before and after their source; the first of a brief's fulfil it, copies are held."""
    numbers = [f"{number:03d}" for number in range(chance.randint(60, 90))]
    quota = 10
    for_brief = set(numbers[5 : 5 + quota + 5])
    clockwork = Clockwork()
    approval = _approval(clockwork, quota)  # before any item: nothing is in the pool for it
    events = [
        clockwork.event(_item(number, number in for_brief), f"item/{number}") for number in numbers
    ]
    events.insert(chance.randint(10, 30), _source(clockwork))
    events.insert(chance.randint(0, 40), approval)
    copies = chance.sample(numbers, 6)
    events += [clockwork.event(_copy(number), f"item/copy-{number}") for number in copies]
    chosen = sorted(for_brief)[:quota]
    return Load(
        service="sourcing",
        effects=EFFECTS,
        waves=in_waves(events, 25),
        expectation=Expectation(
            results=names(
                (f"accepted/{number}" for number in numbers),
                (f"quarantined/copy-{number}" for number in copies),
                (f"chosen/{number}" for number in chosen),
            ),
            announcements=names(
                ["registered/docs", "opened/remediation-1"],
                [f"fulfilled/{' '.join(chosen)}"],
                (f"accepted/{number}" for number in numbers),
                (f"quarantined/copy-{number}" for number in copies),
            ),
        ),
        names_of=_names,
        environment=SMALL_BATCHES,
    )


def _names(payload: Payload) -> tuple[str, ...]:
    match payload:
        case SourceRegistered():
            return (f"registered/{payload.source_id}",)
        case ItemAccepted():
            return (f"accepted/{payload.item_id}",)
        case ItemQuarantined():
            return (f"quarantined/{payload.item_id}",)
        case BriefOpened():
            return (f"opened/{payload.remediation_id}",)
        case BriefFulfilled():
            return (f"fulfilled/{' '.join(sorted(payload.item_ids))}",)
    return ()


def _item(number: str, for_brief: bool) -> ItemSubmitted:
    return ItemSubmitted(
        item_id=number,
        project=PROJECT,
        source_id="docs",
        text=f"¿Cómo devuelvo el pedido {number}?",
        slices=SLICES,
        brief_id=BRIEF if for_brief else None,
    )


def _copy(number: str) -> ItemSubmitted:
    return _item(number, for_brief=False).model_copy(update={"item_id": f"copy-{number}"})


def _source(clockwork: Clockwork) -> Event:
    source = SourceSubmitted(
        source_id="docs",
        project=PROJECT,
        name="Support archive",
        kind="internal_document",
        provenance=Provenance(origin="help desk", method="export", licence="CC-BY-4.0"),
    )
    return clockwork.event(source, "source/docs")


def _approval(clockwork: Clockwork, quota: int) -> Event:
    approval = RemediationApproved(
        remediation_id="remediation-1",
        project=PROJECT,
        kind="source_items",
        slices=SLICES,
        quota=quota,
        approved_by="lead",
    )
    return clockwork.event(approval, "brief/remediation-1")
