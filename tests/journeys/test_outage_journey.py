"""Rows 3 and 5 of the mission: a service that was away, and one that died at the worst moment."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path

from aidataops.events.annotation import CapacityChanged, CapacityForecast, VendorScored
from aidataops.events.feedback import RemediationRequested, RemediationScheduled
from aidataops.local.process import LocalServerError

from .stories import failure
from .world import Record, World, eventually, header

BY_THE_CLOCK = {
    kind.type for kind in (CapacityChanged, CapacityForecast, VendorScored, RemediationScheduled)
}
"""What annotation-intake reports every few seconds, whoever is away, and what follows from it."""


def identity(record: Record) -> tuple[object, object]:
    """What makes a CloudEvent unique; as bytes, for headers of poison are no text."""
    headers = dict(record.headers)
    return headers.get("ce_source"), headers.get("ce_id")


async def test_lineage_that_was_away_catches_up_and_nothing_is_said_again(
    world: World, project: str
) -> None:
    found = [
        failure(project, f"f{number}", slices={"domain": f"d{number}", "language": "es"})
        for number in range(3)
    ]
    async with world.without("lineage"):
        assert world.publish(*found).accepted == 3

        async def routed() -> bool:
            return len(await world.requests(project)) == 3

        await eventually(routed, "the others do their part without lineage")
        await world.quiet("feedback-router", "console")
        before = await world.ends()
    for one in found:
        await eventually(lambda: world.answers_in_lineage(one.failure_id), "lineage catches up")  # noqa: B023 - awaited here
    await world.quiet()
    news = await world.since(before)
    assert {header(record, "ce_type") for record in news} <= BY_THE_CLOCK, "something was said"
    told = Counter(identity(record) for record in await world.since(dict.fromkeys(before, 0)))
    assert [told[identity(record)] for record in news] == [1] * len(news), "something again"
    for one in found:
        (edge,) = await world.answers_in_lineage(one.failure_id)
        assert edge["to"]["id"] in {
            remediation["remediation_id"] for remediation in await world.remediations(project)
        }


async def crash_after_commit(world: World, marker: Path) -> None:
    """Run a router that is killed right after its first commit, before it publishes anything."""
    crash = f"after_commit:1:{marker}"
    crashing = world.make_server("feedback-router", AIDATAOPS_CRASH_POINT=crash)
    with suppress(LocalServerError):  # it may die before it is ready
        await crashing.start()

    async def has_crashed() -> bool:
        return crashing.exit_code is not None

    await eventually(has_crashed, "the router dies at the crash point")
    assert marker.read_text() == "after_commit"
    assert crashing.exit_code == -9


async def test_event_committed_before_a_crash_arrives_once(
    world: World, project: str, tmp_path: Path
) -> None:
    """The router dies between the commit of a remediation and its publication."""
    found = failure(project)
    await world.quiet()
    async with world.without("feedback-router"):
        assert world.publish(found).accepted == 1
        for number in range(10):
            await crash_after_commit(world, tmp_path / f"crashed-{number}")
            assert await world.requests(project) == [], "it was published before the crash"
            rows = await world.fetch("feedback-router", "SELECT record_count FROM outbox")
            if rows:  # otherwise it died of a batch that has nothing to say, as of capacity
                break
        (row,) = rows
        assert row["record_count"] == 1, "it was not committed before the crash"
    await eventually(lambda: world.requests(project), "the remediation arrives after all")
    await world.quiet()
    records = await world.requests(project)
    assert len({header(record, "ce_id") for record in records}) == 1
    (remediation,) = await world.remediations(project)
    assert {
        RemediationRequested.model_validate_json(record.value or b"").remediation_id
        for record in records
    } == {remediation["remediation_id"]}
    assert len(await world.answers_in_lineage(found.failure_id)) == 1
