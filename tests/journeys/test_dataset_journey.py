"""Dataset versions from the outside: the same content, the same hash; what changed, and by whom."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from aidataops.events import Payload
from aidataops.events.evaluation import DatasetReference
from aidataops.events.governance import DecisionRecorded, PublishDataset
from aidataops.events.lineage import ErasureRequested, VersionRegistered, VersionRow
from aidataops.events.quality import Agreement, BatchReleased, GateCheck, ReleasedItem
from aidataops.events.sourcing import Provenance, SourceRegistered, SourceSuspended
from aidataops.events.training import TrainingRunCompleted
from aidataops.messaging.cloudevents import OutgoingRecord
from lineage.commands import dataset, ledger, why
from lineage.commands import lineage as lineage_group
from lineage.store import VersionReader

from .stories import SLICES, failure, labelling
from .world import World, eventually

LEGACY = "brightlabel/legacy/0.9.0/import"
ITEMS = ("i1", "i2", "i3")


def registered(
    project: str, version: int, values: dict[str, str], *parents: int
) -> VersionRegistered:
    return VersionRegistered(
        dataset=project, version=version, project=project,
        parents=tuple(DatasetReference(dataset=project, version=each) for each in parents),
        rows=tuple(
            VersionRow(item_id=f"{project}-{item}", value=value, cohort=LEGACY, slices=SLICES)
            for item, value in values.items()
        ),
    )  # fmt: skip


def released(project: str, values: dict[str, str]) -> BatchReleased:
    cohort = f"acme-labels/default/1.0.0/{project}-b"
    return BatchReleased(
        project=project, batch_id=f"{project}-b",
        agreement=Agreement(value=0.9, lower=0.8, upper=1.0, units=2, labels=4, annotators=2),
        checks=(GateCheck(name="agreement", verdict="passed", figure=0.8, floor=0.667),),
        items=tuple(
            ReleasedItem(item_id=f"{project}-{item}", value=value, confidence=1.0,
                         label_ids=(f"{project}-{item}-l",), cohorts=(cohort,), slices=SLICES)
            for item, value in values.items()
        ),
    )  # fmt: skip


def decision(project: str) -> DecisionRecorded:
    return DecisionRecorded(
        decision_id=f"{project}-publish", subject=project, made_by="lead", role="accountable",
        decision=PublishDataset(project=project, parent_version=1, batch_ids=(f"{project}-b",)),
        made_at=datetime.now(UTC),
    )  # fmt: skip


def trained(project: str, version: int) -> TrainingRunCompleted:
    return TrainingRunCompleted(
        training_run_id=f"{project}-train-{version}", project=project,
        model=f"{project}/v{version}", recipe="r1",
        datasets=(DatasetReference(dataset=project, version=version),),
        completed_at=datetime.now(UTC),
    )  # fmt: skip


async def run(app: Any, *words: str, code: int = 0, url: str) -> Any:
    """A command's JSON, run beside this loop as a person would run it."""
    arguments = [*words, "--json", "--url", url]
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert result.exit_code == code, result.output
    return json.loads(result.output) if result.output.startswith(("{", "[")) else None


async def told(world: World, *payloads: Payload) -> None:
    await world.produce(*(world.encode(each) for each in payloads))


async def version_of(world: World, project: str, number: int) -> dict[str, Any]:
    path = f"/datasets/{project}/versions/{number}"
    found = await eventually(lambda: world.get("lineage", path), f"{project}@{number} is there")
    return dict(found)


async def unreadable_webhook(world: World, project: str, item_id: str) -> dict[str, Any]:
    """An answer about an item, named by its task alone, that the gateway cannot read."""
    await told(world, labelling(project, item_id.removeprefix(f"{project}-"))[-1])
    query = "SELECT task_id FROM tasks WHERE item_id = $1"
    (task,) = await eventually(
        lambda: world.fetch("annotation-intake", query, item_id), "annotation-intake has a task"
    )
    return {
        "action": "ANNOTATION_CREATED",
        "annotation": {"id": 1, "result": [], "updated_at": "yesterday"},
        "task": {"id": 1, "data": {"task_id": task["task_id"], "text": "what the person said"}},
    }


def unreadable_version(world: World, project: str) -> OutgoingRecord:
    """A version with a text about an item, which nobody can read."""
    record = world.encode(registered(project, 7, {"i1": "what the person said"}))
    return record._replace(value=(record.value or b"").replace(b'"dataset"', b'"dates"'))


def letters_about(world: World, service: str, name: str) -> Callable[[], Awaitable[Any]]:
    """The dead letters of a service whose bytes name something."""
    query = "SELECT FROM dead_letters WHERE position($1::bytea IN value) > 0"
    return lambda: world.fetch(service, query, name.encode())


async def history(world: World, project: str) -> None:
    """support@1 from elsewhere, support@2 by a batch that relabels i2 and adds i9; both trained."""
    source = SourceRegistered(
        source_id=f"{project}-faq", project=project, name="FAQ", kind="internal_document",
        provenance=Provenance(origin="tickets", method="export", licence="CC0-1.0"),
    )  # fmt: skip
    await told(
        world, source, *labelling(project, *ITEMS, "i9")[:-1],
        released(project, {"i2": "incorrect", "i9": "correct"}),
    )  # fmt: skip
    world.publish(
        registered(project, 1, dict.fromkeys(ITEMS, "correct")), decision(project),
        trained(project, 1), trained(project, 2),
        failure(project, model=f"{project}/v1"),
    )  # fmt: skip
    await version_of(world, project, 2)
    await world.quiet()


async def test_same_content_is_the_same_hash_in_any_order_and_one_label_is_another(
    world: World, project: str
) -> None:
    values = dict.fromkeys(ITEMS, "correct")
    turned = registered(project, 2, dict(reversed(values.items())))
    assert world.publish(
        registered(project, 1, values), turned, registered(project, 3, values | {"i2": "unsafe"})
    ).accepted == 3  # fmt: skip
    first, second, third = [await version_of(world, project, n) for n in (1, 2, 3)]
    assert first["hash"] == second["hash"] != third["hash"]
    url = world.servers["lineage"].url
    assert (await run(dataset.app, "verify", f"{project}@1", url=url))["verified"]
    async with world.database("lineage", owner=True) as connection:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="published"):
            await connection.execute("UPDATE version_rows SET value = 'x'")


async def test_diff_and_origin_of_every_row_are_told(world: World, project: str) -> None:
    await history(world, project)
    url = world.servers["lineage"].url
    async with world.database("lineage") as connection:
        rows = [row async for row in VersionReader(connection).rows(f"{project}@2")]
    assert len(rows) == 4
    sources = [[source.source_id for source in row.sources] for row in rows]
    assert sources == [[f"{project}-faq"]] * 4
    assert {row.licence for row in rows} == {"CC0-1.0"}
    built = [row for row in rows if row.release_id is not None]
    assert {row.guidelines for row in built} == {(f"{project}/1.0.0",)}
    assert [row.release_id for row in built] == [f"{project}-b#1"] * 2
    assert all(row.quality for row in built)
    found = await run(dataset.app, "diff", f"{project}@1", f"{project}@2", url=url)
    assert found["counts"] == {"added": 1, "removed": 0, "relabelled": 1}
    (relabelled,) = found["rows"]["relabelled"]
    assert (relabelled["value_before"], relabelled["value_after"]) == ("correct", "incorrect")
    assert relabelled["guidelines"] == [f"{project}/1.0.0"]
    listed = await run(dataset.app, "list", project, url=url)
    assert [row["version_id"] for row in listed] == [f"{project}@1", f"{project}@2"]
    shown = await run(dataset.app, "show", f"{project}@2", "--by", "vendor", url=url)
    assert shown["composition"] == [
        {"value": "acme-labels", "items": 2}, {"value": "brightlabel", "items": 2},
    ]  # fmt: skip
    sliced = ("diff", f"{project}@1", f"{project}@2", "--slice", "language=de")
    assert (await run(dataset.app, *sliced, url=url))["counts"]["relabelled"] == 0

    reached = await run(lineage_group.app, "touches", "source", f"{project}-faq", url=url)
    ours = {row["version_id"]: row["items"] for row in reached["versions"]}
    assert ours == {f"{project}@1": 3, f"{project}@2": 4}
    assert set(reached["models"]) == {f"{project}/v1", f"{project}/v2"}
    guideline = await run(lineage_group.app, "touches", "guideline", f"{project}/1.0.0", url=url)
    assert guideline["models"] == [f"{project}/v2"]
    (row,) = await run(lineage_group.app, "trained", f"{project}/v2", url=url)
    assert row["version_id"] == f"{project}@2"
    behind = await run(why.app, f"{project}/v1", url=url)
    assert behind["slices"][0]["cohorts"][0]["id"] == LEGACY
    assert behind["sources"][0]["registered"]["licence"] == "CC0-1.0"
    assert await run(lineage_group.app, "trained", "nobody", code=3, url=url) is None


async def test_what_a_suspended_source_reached_is_flagged(world: World, project: str) -> None:
    await history(world, project)
    await told(
        world,
        SourceSuspended(source_id=f"{project}-faq", project=project, reason="consent revoked"),
    )

    async def flagged() -> Any:
        return await run(lineage_group.app, "flags", project, url=world.servers["lineage"].url)

    flags = await eventually(flagged, "versions are flagged")
    assert [(each["version_id"], each["cause"]) for each in flags] == [
        (f"{project}@1", "source_suspended"), (f"{project}@2", "source_suspended"),
    ]  # fmt: skip


async def test_erased_item_is_named_wherever_it_went_and_not_in_the_successor(
    world: World, project: str
) -> None:
    await history(world, project)
    erased, url = f"{project}-i1", world.servers["lineage"].url
    unreadable = await unreadable_webhook(world, project, erased)
    assert (await world.webhook(unreadable)).json()["kept"]
    await world.produce(unreadable_version(world, project))
    letters = {name: letters_about(world, name, erased) for name in ("lineage", "feedback-router")}
    for name, about in letters.items():
        await eventually(about, f"a dead letter of {name}")
    request = ErasureRequested(subject=f"{project}-s", project=project, item_ids=(erased,))
    assert world.publish(request).accepted == 1

    async def flagged() -> list[dict[str, Any]]:
        flags = await world.get("lineage", "/flags", dataset=project)
        return [each for each in flags if each["cause"] == "erasure"]

    flags = await eventually(flagged, "versions are flagged")
    assert [each["version_id"] for each in flags] == [f"{project}@1", f"{project}@2"]

    async def completed() -> list[dict[str, Any]]:
        records = [
            json.loads(one.value or b"{}") for one in await world.history("lineage.datasets")
        ]
        return [
            each for each in records if each.get("subject") == f"{project}-s" and "parts" in each
        ]

    (report,) = await eventually(completed, "every service has done its part")
    parts = {each["service"]: each for each in report["parts"]}
    assert parts.keys() == world.servers.keys()
    assert parts["lineage"]["texts"] == parts["gateway"]["texts"] == 1
    assert all(parts[name]["dead_letters"] == 1 for name in letters)
    assert report["gone_from_topics_at"]
    assert report["models"] == [f"{project}/v1", f"{project}/v2"]

    await told(world, labelling(project, "i1")[2])
    await world.produce(unreadable_version(world, project))
    assert (await world.webhook(unreadable)).json()["kept"] is None
    result = await asyncio.to_thread(
        CliRunner().invoke, dataset.app,
        ["publish", f"{project}@2", "--project", project, "--as", "lead", "--json",
         "--gateway", world.servers["gateway"].url, "--api-key", world.api_key,
         "--source", "/harnesses/journeys"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    successor = await version_of(world, project, 3)
    assert successor["items"] == 3
    await world.quiet()
    query = "SELECT FROM item_contents WHERE item_id = $1"
    assert await world.fetch("lineage", query, erased) == []
    rows = await world.fetch(
        "annotation-intake", "SELECT text FROM items WHERE item_id = $1", erased
    )
    assert [row["text"] for row in rows] == [None]
    assert [await about() for about in letters.values()] == [[], []]
    verified = await run(
        ledger.app, "verify", "--bootstrap", world.kafka.bootstrap,
        "--topic-prefix", world.prefix, url=url,
    )  # fmt: skip
    assert verified["verified"]
    assert verified["anchors"] > 0
