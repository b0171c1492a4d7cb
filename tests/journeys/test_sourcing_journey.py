"""What goes in represents production, and can prove where it came from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aidataops.events import Payload
from aidataops.events.annotation import LabelSchema, ProjectDefined
from aidataops.events.governance import ItemReleaseDecided, SourceDecided
from aidataops.events.quality import BatchBlocked, BatchReleased
from aidataops.events.sourcing import (
    BenchmarkProtected,
    BriefFulfilled,
    BriefOpened,
    CoverageMeasured,
    ItemQuarantined,
    ItemsRequested,
    ItemSubmitted,
    ProductionWeightsSet,
    Provenance,
    SliceFloor,
    SliceWeight,
    SourceSubmitted,
)

from .labelling import label_all
from .world import World, eventually, header

IBAN = "DE89 3704 0044 0532 0130 00"


def source(project: str, name: str, licence: str) -> SourceSubmitted:
    return SourceSubmitted(
        source_id=f"{project}-{name}",
        project=project,
        name=name,
        kind="internal_document",
        provenance=Provenance(origin="help desk", method="export", licence=licence),
    )


def item(project: str, name: str, text: str, **more: Any) -> ItemSubmitted:
    content = {"source_id": f"{project}-docs", "slices": {"language": "es"}} | more
    return ItemSubmitted(item_id=f"{project}-{name}", project=project, text=text, **content)


def definition(project: str) -> ProjectDefined:
    return ProjectDefined(
        project=project,
        name=project,
        dataset=project,
        label_schema=LabelSchema(categories=("good", "bad")),
        guideline_version="1.0.0",
        accountable="lead",
    )


def decision(project: str, subject: str) -> dict[str, Any]:
    return {
        "decision_id": f"{subject}/{project}",
        "subject": subject,
        "project": project,
        "made_by": "lead",
        "role": "accountable",
        "made_at": datetime.now(UTC),
    }


def words(start: int, count: int = 40) -> str:
    return " ".join(f"word{number}" for number in range(start, start + count))


async def verdicts(world: World, project: str) -> dict[str, str]:
    """Item → gate, or status; by the service's own table, for which there is no read API."""
    rows = await world.fetch(
        "sourcing",
        "SELECT item_id, coalesce(gate, status) AS it FROM items WHERE project = $1",
        project,
    )
    return {row["item_id"].removeprefix(f"{project}-"): row["it"] for row in rows}


async def said(world: World, project: str, *types: type[Payload]) -> list[Any]:
    """What sourcing said of a project on its topics, in order per topic."""
    found = []
    for topic in dict.fromkeys(one.topic for one in types):
        for record in await world.history(topic):
            for one in types:
                if header(record, "ce_type") == one.type:
                    payload = one.model_validate_json(record.value or b"")
                    if getattr(payload, "project", None) == project:
                        found.append(payload)
    return found


async def test_each_gate_quarantines_with_its_evidence(world: World, project: str) -> None:
    """Row 26: near duplicate, benchmark contamination, an IBAN, a CC-BY-NC item.

    The benchmark is protected in every project: the other journeys use other words.
    """
    setup = [
        definition(project),
        source(project, "docs", "CC-BY-4.0"),
        source(project, "forum", "CC-BY-NC-4.0"),
        BenchmarkProtected(benchmark_id=f"{project}-faq", name="FAQ", texts=(words(500, 30),)),
        item(project, "original", words(0)),
    ]
    assert world.publish(*setup).ok
    await world.quiet("sourcing")
    planted = [
        item(project, "near", f"{words(0, 38)} edited here"),
        item(project, "leaked", f"please answer {words(505, 13)} now"),
        item(project, "iban", f"Bitte auf {IBAN} überweisen"),
        item(project, "forbidden", words(700), source_id=f"{project}-forum"),
        item(project, "clean", words(800)),
    ]
    assert world.publish(*planted).ok

    async def all_judged() -> dict[str, str] | None:
        found = await verdicts(world, project)
        return found if len(found) == 6 and "pending" not in found.values() else None

    assert await eventually(all_judged, "every item is judged") == {
        "original": "accepted",
        "near": "near_duplicate",
        "leaked": "contamination",
        "iban": "personal_data",
        "forbidden": "licence",
        "clean": "accepted",
    }
    await world.quiet("sourcing")
    held = {
        one.item_id.removeprefix(f"{project}-"): one
        for one in await said(world, project, ItemQuarantined)
    }
    assert held["near"].evidence["duplicate_of"] == f"{project}-original"
    assert float(held["near"].evidence["jaccard"]) >= 0.719
    assert held["leaked"].evidence["benchmark_id"] == f"{project}-faq"
    assert held["iban"].evidence["finding_1"] == "iban at 10-37: xx00 0000 0000 0000 0000 00"
    assert held["forbidden"].evidence["licence"] == "CC-BY-NC-4.0"
    assert IBAN not in str(held), "the evidence repeats the personal data"


async def test_quarantined_item_is_released_and_a_suspended_source_takes_its_items_out(
    world: World, project: str
) -> None:
    told = [
        definition(project),
        source(project, "docs", "CC-BY-4.0"),
        item(project, "iban", f"Our public donation account is {IBAN}"),
        ItemReleaseDecided(**decision(project, f"{project}-iban"), gate="personal_data"),
        item(project, "other", words(0)),
    ]
    assert world.publish(*told).ok

    async def all_in() -> bool:
        return await verdicts(world, project) == {"iban": "accepted", "other": "accepted"}

    await eventually(all_in, "the released item is in")
    stop = SourceDecided(**decision(project, f"{project}-docs"), verdict="suspended")
    assert world.publish(stop).ok

    async def all_out() -> bool:
        return set((await verdicts(world, project)).values()) == {"source_suspended"}

    await eventually(all_out, "the items of the source are out")


async def test_deficit_opens_a_brief_and_its_items_fulfil_it(world: World, project: str) -> None:
    """Row 25: PSI over its limit and a slice under its floor: a brief, and nothing is released
    until the pool is made good.
    """
    production = ProductionWeightsSet(
        project=project,
        revision=1,
        weights=(
            SliceWeight(slices={"language": "es"}, weight=1),
            SliceWeight(slices={"language": "de"}, weight=1),
        ),
        floors=(SliceFloor(slices={"risk": "self-harm"}, items=2, reason="may cost a life"),),
    )
    pool = [item(project, f"es{n}", words(1000 + 100 * n)) for n in range(20)]
    assert world.publish(source(project, "docs", "MIT"), production, *pool).ok
    await world.quiet("sourcing")
    measured = (await said(world, project, CoverageMeasured))[-1]
    assert (measured.items, measured.verdict) == (20, "failed")
    assert measured.population_stability_index > 0.25
    agreed = {f"q{n}": dict.fromkeys(("acme-1", "acme-2"), "ny"[n % 2]) for n in range(20)}
    await label_all(world, project, agreed, categories=("n", "y"))
    await world.quiet("qa")
    blocked = (await said(world, project, BatchBlocked))[-1]
    assert [one.name for one in blocked.checks if one.verdict == "failed"] == ["coverage"]
    opened = {
        next(iter(one.slices.items())): one for one in await said(world, project, BriefOpened)
    }
    floor, share = opened["risk", "self-harm"], opened["language", "de"]
    assert (floor.origin, floor.quota) == ("coverage", 2)
    asked = {one.brief_id: one.missing for one in await said(world, project, ItemsRequested)}
    assert asked[share.brief_id] == 20
    answers = [
        item(
            project,
            f"de{n}",
            words(10_000 + 100 * n),
            slices={"language": "de", "risk": "self-harm"},
            brief_id=share.brief_id,
        )
        for n in range(20)
    ]
    assert world.publish(*answers).ok
    await world.quiet("sourcing")
    measured = (await said(world, project, CoverageMeasured))[-1]
    assert (measured.items, measured.verdict) == (40, "passed")
    await world.quiet("qa")
    assert [one.batch_id for one in await said(world, project, BatchReleased)] == [blocked.batch_id]
    fulfilled = await said(world, project, BriefFulfilled)
    assert {one.brief_id for one in fulfilled} == {share.brief_id}
