"""Lineage: items into the graph, and registered versions, complete with their last chunk."""

from __future__ import annotations

from random import Random

from aidataops.events import Payload
from aidataops.events.lineage import VersionPublished, VersionRegistered, VersionRow
from aidataops.events.sourcing import ItemAccepted
from tests.faults.invariants import Expectation
from tests.faults.loads.load import SMALL_BATCHES, Clockwork, Load, in_waves, names, union

PROJECT = "support"
DATASETS = 12
CHUNKS = 3
ROWS = 4
"""Of each chunk."""

EFFECTS = union(
    "'item/' || id FROM facts WHERE kind = 'item' AND aspect = 'accepted'",
    "'chunk/' || version_id || '/' || chunk FROM version_chunks",
    "'provided/' || to_id FROM edges WHERE relation = 'provided'",
    "'row/' || item_id FROM version_rows",
    "'sealed/' || version_id FROM versions WHERE hash IS NOT NULL",
)


def versions(chance: Random) -> Load:
    """Twelve versions in three chunks each, in any order, among items."""
    items = [f"item-{number}" for number in range(chance.randint(40, 60))]
    datasets = [f"dataset-{number}" for number in range(DATASETS)]
    clockwork = Clockwork()
    events = [clockwork.event(_item(item), f"item/{item}") for item in items]
    events += [
        clockwork.event(_chunk(dataset, chunk), f"chunk/{dataset}@1/{chunk}")
        for dataset in datasets
        for chunk in range(CHUNKS)
    ]
    chance.shuffle(events)
    rows = [row for dataset in datasets for chunk in range(CHUNKS) for row in _rows(dataset, chunk)]
    return Load(
        service="lineage",
        effects=EFFECTS,
        waves=in_waves(events, 25),
        expectation=Expectation(
            results=names(
                (f"provided/{item}" for item in items),
                (f"row/{row}" for row in rows),
                (f"sealed/{dataset}@1" for dataset in datasets),
            ),
            announcements=names(f"published/{dataset}@1" for dataset in datasets),
        ),
        names_of=_names,
        environment=SMALL_BATCHES,
    )


def _names(payload: Payload) -> tuple[str, ...]:
    if isinstance(payload, VersionPublished):
        return (f"published/{payload.dataset}@{payload.version}",)
    return ()


def _item(item_id: str) -> ItemAccepted:
    return ItemAccepted(
        item_id=item_id,
        project=PROJECT,
        source_id="docs",
        content_hash="00" * 32,
        text=f"question {item_id}",
        licence="CC-BY-4.0",
    )


def _chunk(dataset: str, chunk: int) -> VersionRegistered:
    return VersionRegistered(
        dataset=dataset,
        version=1,
        project=PROJECT,
        chunk=chunk,
        chunks=CHUNKS,
        rows=tuple(
            VersionRow(item_id=row, value="correct", cohort="acme/default/1.0.0/import")
            for row in _rows(dataset, chunk)
        ),
    )


def _rows(dataset: str, chunk: int) -> list[str]:
    return [f"{dataset}-{chunk}-{number}" for number in range(ROWS)]
