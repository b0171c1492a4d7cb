"""Labels that are texts go with their item, whichever of the two is heard of first."""

from __future__ import annotations

from typing import Any

import pytest

from aidataops.events.annotation import LabelSchema
from aidataops.events.lineage import ErasureApplied, ErasureRequested
from aidataops.testing.harness import ServiceHarness

TEXT = LabelSchema(kind="text")
WORK = {"item-1": "correct", "item-2": "correct"}
SECRET = "Call me Ishmael, 0171 1234567"
ERASURE = ErasureRequested(subject="subject-1", project="support", item_ids=("item-1",))


async def everything(qa: ServiceHarness) -> str:
    """All that the service holds, as text."""
    tables = await qa.fetch(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = current_schema() AND table_name NOT IN ('inbox', 'outbox')"
    )
    rows = [await qa.fetch(f'SELECT t::text FROM "{table["table_name"]}" AS t') for table in tables]
    return "\n".join(row["t"] for found in rows for row in found)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1)])
async def test_text_of_an_erased_item_is_nowhere_whatever_came_last(
    qa: ServiceHarness, support: Any, order: tuple[int, ...]
) -> None:
    labels = [
        support.label("b", item, who, SECRET if item == "item-1" else "all is well")
        for item in WORK
        for who in ("acme-1", "acme-2", "bright-1")
    ]
    golden = support.golden_items({"item-1": f"{SECRET}!", "item-2": "all is well"})
    parts = [
        [support.defined(schema=TEXT), *support.tasks("b", WORK)], [*labels, golden], [ERASURE]
    ]  # fmt: skip
    emitted = []
    for place in order:
        emitted += await qa.deliver(*parts[place])
    assert SECRET not in await everything(qa)
    await qa.deliver(golden.model_copy(), *(label.model_copy() for label in labels))
    held = await everything(qa)
    assert "all is well" in held
    assert SECRET not in held
    (part,) = [each for each in emitted if isinstance(each, ErasureApplied)]
    assert (part.service, part.subject) == ("qa", "subject-1")
    assert part.texts == (4 if order[-1] == 2 else 0)


async def test_category_of_an_erased_item_goes_on_counting(
    qa: ServiceHarness, support: Any
) -> None:
    await qa.deliver(support.defined(), *support.tasks("b", WORK))
    await qa.deliver(*support.labels("b", WORK, ("acme-1", "acme-2", "bright-1")), ERASURE)
    rows = await qa.fetch("SELECT DISTINCT value, withdrawn FROM labels")
    assert [tuple(row) for row in rows] == [("correct", False)]
