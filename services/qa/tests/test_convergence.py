"""Any order, any number of times: the same state in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aidataops.events.annotation import GuidelineProposed, GuidelineSection
from aidataops.events.base import Payload
from aidataops.events.governance import ItemReleaseDecided
from aidataops.events.quality import ConsensusMethodSelected
from aidataops.events.sourcing import CoverageMeasured, ItemQuarantined
from aidataops.testing.harness import ServiceHarness
from qa.app import create_app
from qa.measurer import measure_all

LEFT_OUT = {
    "golden_items": ("defined_at",),
    "coverage": ("measured_at",),  # times of events, which a test delivers at its own
    "findings": ("revision",),
}
TABLES = (
    "annotators",
    "batch_scores",
    "consensus_methods",
    "coverage",
    "drift_charts",
    "due",
    "findings",
    "golden_items",
    "golden_scores",
    "guideline_sections",
    "item_gates",
    "labels",
    "measured_units",
    "projects",
    "standards",
    "tallies",
    "tasks",
    "waivers",
)
EMPTY = "TRUNCATE inbox, " + ", ".join(TABLES)
MADE_AT = datetime(2026, 4, 1, tzinfo=UTC)


class Story(list[Payload]):
    """Events whose representation hypothesis can print."""

    def __repr__(self) -> str:
        return f"{len(self)} events"


@pytest.fixture
def story(support: Any, items: dict[str, str]) -> Story:
    """Two batches, a careless annotator who earns their way back, corrected and withdrawn labels,
    a raised floor, a model, decisions, an item held back and let in, enough golden items
    for a recommendation.
    """
    work = dict(list(items.items())[14:])
    calibration = {f"calibration-{n}": "correct" for n in range(60)}
    twice = list(calibration)[:21]
    decided: dict[str, Any] = {"made_by": "program-lead", "role": "accountable", "made_at": MADE_AT}
    return Story(
        [
            support.defined(),
            support.defined(floor=0.7, revision=2),
            support.golden_items(),
            support.golden_items(calibration),
            *support.tasks("b1", work),
            *support.tasks("b2", work),
            *support.labels("b1", work, ("acme-1", "acme-2", "bright-2")),
            *support.labels("b2", work, ("acme-1", "bright-1", "bright-2")),
            *support.tasks("b3", calibration, overlap=1),
            *(
                support.label("b3", item, "bright-2", "correct", minute=100 + n)
                for n, item in enumerate(calibration)
            ),
            *(
                support.label("b3", item, "acme-1", "correct", minute=100 + n)
                for n, item in enumerate(twice)
            ),
            support.label("b1", "item-20", "acme-1", "unclear", revision=2),
            support.label("b2", "item-21", "acme-1", "correct", revision=2, withdrawn=True),
            support.label("b1", "gold-2", "acme-1", "unsafe", minute=40, revision=2),
            *(
                GuidelineProposed(
                    project="support",
                    guideline_version="1.0.0",
                    proposed_by="sme",
                    sections=(
                        GuidelineSection(
                            section=section, title="", confusions=(("correct", "unclear"),)
                        ),
                    ),
                )
                for section in ("7", "3.1")
            ),
            ConsensusMethodSelected(project="support", method="mace", selected_by="lead"),
            ConsensusMethodSelected(
                project="support", method="dawid_skene", selected_by="lead", revision=2
            ),
            support.standard("golden_accuracy", 0.9),
            support.standard("agreement_floor", 0.99, made_by="somebody else"),
            support.waiver("b2", expires_at=MADE_AT + timedelta(days=3650)),
            CoverageMeasured(project="support", items=9, shares=(), verdict="inconclusive"),
            ItemQuarantined(
                item_id="item-22",
                project="support",
                source_id="s",
                gate="personal_data",
                reason="iban",
            ),
            ItemReleaseDecided(
                decision_id="r1",
                subject="item-22",
                project="support",
                gate="personal_data",
                **decided,
            ),
            ItemQuarantined(
                item_id="item-23", project="support", source_id="s", gate="licence", reason="NC"
            ),
        ]
    )


async def state_after(
    qa: ServiceHarness,
    admin_url: str,
    events: list[Payload],
    size: int,
    measured_after: Sequence[int] = (),
) -> dict[str, list[tuple[Any, ...]]]:
    owner = await asyncpg.connect(admin_url)
    await owner.execute("SET search_path = qa")
    await owner.execute(EMPTY)
    await owner.close()
    for start in range(0, len(events), size):
        await qa.deliver(*events[start : start + size])
        if any(start <= point < start + size for point in measured_after):
            await measure_all(qa.application)
    await measure_all(qa.application)
    return {name: await rows_of(qa, name) for name in TABLES}


async def rows_of(qa: ServiceHarness, table: str) -> list[tuple[Any, ...]]:
    rows = await qa.fetch(f"SELECT * FROM {table}")
    left_out = LEFT_OUT.get(table, ())
    return sorted(
        (tuple(value for name, value in row.items() if name not in left_out) for row in rows),
        key=repr,
    )


@pytest.fixture
def expected(database: str, story: Story) -> dict[str, list[tuple[Any, ...]]]:
    """What the story comes to, told in its order and measured at its end."""

    async def run() -> dict[str, list[tuple[Any, ...]]]:
        async with ServiceHarness.start(create_app(), database) as qa:
            return await state_after(qa, database, story, 500)

    told = asyncio.run(run())
    assert [row[1:3] for row in told["annotators"] if row[-1] is not None] == [
        ("brightlabel", "bright-2")
    ]
    assert not told["due"]
    return told


@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**32), size=st.sampled_from([1, 7, 40, 500]))
def test_shuffled_and_repeated_events_lead_to_the_same_state(
    database: str,
    story: Story,
    expected: dict[str, list[tuple[Any, ...]]],
    seed: int,
    size: int,
) -> None:
    async def run() -> None:
        async with ServiceHarness.start(create_app(), database) as qa:
            random = Random(seed)
            events = story + random.sample(story, 40)
            random.shuffle(events)
            points = random.sample(range(len(events)), 4)
            assert await state_after(qa, database, events, size, points) == expected
            assert not await qa.dead_letters()

    asyncio.run(run())
