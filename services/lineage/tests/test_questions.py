"""Whom something touches, what changed between two versions, what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from aidataops.events import Payload
from aidataops.events.evaluation import DatasetReference
from aidataops.events.governance import DecisionRecorded, PublishDataset
from aidataops.events.lineage import VersionRegistered, VersionRow
from aidataops.events.quality import BatchReleased
from aidataops.testing import ServiceHarness

Story = Mapping[str, Payload]


async def get(http: httpx.AsyncClient, path: str) -> Any:
    answer = await http.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("kind", "name", "held", "models"),
    [
        ("source", "s-old", {"support@1": 3, "support@2": 3}, ["v2", "v3"]),
        ("source", "s-new", {"support@2": 1}, ["v3"]),
        ("annotator", "acme-labels/acme-1", {"support@2": 2}, ["v3"]),
        ("guideline", "support/0.9.0", {"support@1": 3, "support@2": 2}, ["v2", "v3"]),
        ("guideline", "support/1.0.0", {"support@2": 2}, ["v3"]),
        ("vendor", "brightlabel", {"support@1": 3, "support@2": 2}, ["v2", "v3"]),
        ("item", "i-9", {"support@2": 1}, ["v3"]),
        ("source", "nobody", {}, []),
    ],
)
async def test_what_something_touches(
    reading: httpx.AsyncClient, kind: str, name: str, held: dict[str, int], models: list[str]
) -> None:
    found = await get(reading, f"/touches/{kind}/{name}")
    assert {row["version_id"]: row["items"] for row in found["versions"]} == held
    assert found["models"] == [f"acme/assistant-{model}" for model in models]


async def test_label_that_was_replaced_does_not_touch_the_version_that_replaced_it(
    http: httpx.AsyncClient, lineage: ServiceHarness, story: Story
) -> None:
    release, decision = story["release"], story["decision to publish"]
    assert isinstance(release, BatchReleased)
    assert isinstance(decision, DecisionRecorded)
    again = release.items[0].model_copy(
        update={"value": "correct", "label_ids": ("l-new",), "cohorts": ("other/p/1.0.0/b-2",)}
    )
    publish = PublishDataset(project="support", parent_version=2, batch_ids=("b-2",))
    await lineage.deliver(
        release.model_copy(update={"batch_id": "b-2", "items": (again,)}),
        decision.model_copy(update={"decision_id": "d-2", "decision": publish}),
    )
    found = await get(http, "/touches/annotator/acme-labels/acme-1")
    assert {row["version_id"]: row["items"] for row in found["versions"]} == {
        "support@2": 2, "support@3": 1,
    }  # fmt: skip
    by_annotator = await get(http, "/datasets/support/versions/3/composition?by=annotator")
    assert {row["value"]: row["items"] for row in by_annotator} == {
        "acme-labels/acme-1": 1, "acme-labels/acme-2": 1,
    }  # fmt: skip
    diff = await get(http, "/datasets/support/diff?before=1&after=3")
    assert diff["counts"] == {"added": 1, "removed": 0, "relabelled": 1}
    assert diff["rows"]["relabelled"][0]["value_after"] == "correct"
    assert (await get(http, "/datasets/support/diff?before=1&after=1"))["counts"] == {
        "added": 0, "removed": 0, "relabelled": 0,
    }  # fmt: skip


async def test_diff_says_what_changed_by_whom_under_which_guideline(
    reading: httpx.AsyncClient,
) -> None:
    diff = await get(reading, "/datasets/support/diff?before=1&after=2")
    assert diff["counts"] == {"added": 1, "removed": 0, "relabelled": 1}
    (row,) = diff["rows"]["relabelled"]
    assert (row["item_id"], row["value_before"], row["value_after"]) == (
        "i-2", "correct", "incorrect",
    )  # fmt: skip
    assert row["annotators"] == ["acme-labels/acme-1", "acme-labels/acme-2"]
    assert row["guidelines"] == ["support/1.0.0"]
    assert diff["cohorts"]["relabelled"] == [
        {"cohort": "acme-labels/default/1.0.0/b-1", "guideline": "support/1.0.0", "items": 1}
    ]
    back = await get(reading, "/datasets/support/diff?before=2&after=1")
    assert back["counts"] == {"added": 0, "removed": 1, "relabelled": 1}


async def test_label_that_went_and_came_back_is_no_difference(
    http: httpx.AsyncClient, lineage: ServiceHarness
) -> None:
    for version, value in enumerate(("correct", "incorrect", "correct"), 1):
        parents = (DatasetReference(dataset="d", version=version - 1),) if version > 1 else ()
        row = VersionRow(item_id="i", value=value, cohort="elsewhere")
        await lineage.deliver(
            VersionRegistered(
                dataset="d", version=version, project="d", parents=parents, rows=(row,)
            )
        )
    step = await get(http, "/datasets/d/diff?before=1&after=2")
    assert step["counts"] == {"added": 0, "removed": 0, "relabelled": 1}
    whole = await get(http, "/datasets/d/diff?before=1&after=3")
    assert whole["counts"] == {"added": 0, "removed": 0, "relabelled": 0}


async def test_diff_of_a_slice_leaves_the_others_out(reading: httpx.AsyncClient) -> None:
    inside = await get(reading, "/datasets/support/diff?before=1&after=2&slice=language=es")
    assert inside["counts"] == {"added": 1, "removed": 0, "relabelled": 1}
    outside = await get(reading, "/datasets/support/diff?before=1&after=2&slice=language=de")
    assert outside["counts"] == {"added": 0, "removed": 0, "relabelled": 0}
    malformed = "/datasets/support/diff?before=1&after=2&slice=es"
    assert (await reading.get(malformed)).status_code == 422
    assert (await reading.get("/datasets/support/diff?before=1&after=9")).status_code == 404


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        ("vendor", {"brightlabel": 2, "acme-labels": 2}),
        ("guideline", {"support/0.9.0": 2, "support/1.0.0": 2}),
        ("batch", {"b-1": 2, "import": 2}),
        ("source", {"s-old": 3, "s-new": 1}),
        ("annotator", {"acme-labels/acme-1": 2, "acme-labels/acme-2": 2}),
        ("language", {"es": 4}),
        ("colour", {}),
    ],
)
async def test_composition_by_any_dimension(
    reading: httpx.AsyncClient, dimension: str, expected: dict[str, int]
) -> None:
    rows = await get(reading, f"/datasets/support/versions/2/composition?by={dimension}")
    assert {row["value"]: row["items"] for row in rows} == expected


async def test_failing_slice_names_the_cohorts_in_it(reading: httpx.AsyncClient) -> None:
    why = await get(reading, "/models/acme/assistant-v2/why")
    assert why["slices"][0]["slices"] == {"domain": "returns", "language": "es"}
    assert why["slices"][0]["cohorts"][0]["id"] == "brightlabel/legacy/0.9.0/import"
    trained = await get(reading, "/models/acme/assistant-v3/trained")
    assert [row["version_id"] for row in trained] == ["support@2"]


async def test_item_that_comes_after_its_version_counts(
    http: httpx.AsyncClient, lineage: ServiceHarness, story: Story
) -> None:
    path = "/datasets/support/versions/2/composition?by=source"
    assert {row["value"]: row["items"] for row in await get(http, path)} == {"s-old": 3, "s-new": 1}
    late = story["item 1"].model_copy(update={"source_id": "s-late"})
    await lineage.deliver(late)
    assert {row["value"]: row["items"] for row in await get(http, path)} == {
        "s-old": 3, "s-new": 1, "s-late": 1,
    }  # fmt: skip
