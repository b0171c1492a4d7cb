"""Who decided what: in the ledger, which nobody can change unseen; who had to, and who did not."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from aidataops.events.annotation import LabelSchema, ProjectDefined
from aidataops.events.governance import ResponsibilityAssigned, StandardChanged
from aidataops.events.lineage import LedgerAnchored
from lineage.commands import ledger, raci, waiver
from lineage.commands import standard as standards

from .test_dataset_journey import run, told
from .world import World, eventually, header


def standard(project: str, made_by: str) -> StandardChanged:
    return StandardChanged(
        decision_id=f"{project}-{made_by}", subject=project, made_by=made_by, role="accountable",
        made_at=datetime.now(UTC), standard="agreement_floor", value=0.8,
        business_target="complaints under 1 %",
    )  # fmt: skip


def assigned(project: str, person: str, *, internal: bool = True) -> ResponsibilityAssigned:
    return ResponsibilityAssigned(
        subject=project, decision_kind="change_standard", person=person, role="accountable",
        internal=internal, organisation=None if internal else "acme-labels",
    )  # fmt: skip


async def rules(world: World, project: str) -> list[str]:
    found = await world.get("lineage", "/raci")
    return sorted(each["rule"] for each in found["violations"] if each["project"] == project)


async def test_standard_is_in_the_ledger_and_tampering_with_it_is_found(
    world: World, project: str, tmp_path: Path
) -> None:
    await told(world, assigned(project, "lead"), standard(project, "lead"))

    async def entries() -> list[dict[str, Any]]:
        found = await world.get("lineage", "/ledger")
        return [each for each in found if each["subject"] == project]

    await eventually(entries, "the act is in the ledger")
    await world.quiet()
    entry = (await entries())[-1]
    assert "complaints under 1 %" in entry["content"]
    anchors = [
        one
        for one in await world.history(LedgerAnchored.topic)
        if header(one, "ce_type") == LedgerAnchored.type
    ]
    assert anchors
    url = world.servers["lineage"].url
    kafka = ("--bootstrap", world.kafka.bootstrap, "--topic-prefix", world.prefix)
    assert (await run(ledger.app, "verify", *kafka, url=url))["verified"]

    file = str(tmp_path / "anchors.jsonl")
    anchored = await run(ledger.app, "anchor", file, url=url)
    assert anchored["entries"] == entry["entry"]

    async with world.database("lineage", owner=True) as owner:
        await owner.execute("ALTER TABLE ledger DISABLE TRIGGER ledger_append_only")
        last = await owner.fetchval("SELECT max(entry) FROM ledger")
        saved = await owner.fetchrow("DELETE FROM ledger WHERE entry = $1 RETURNING *", last)
        assert saved is not None
        tail = await run(ledger.app, "verify", "--anchors", file, code=1, url=url)
        assert [fault["kind"] for fault in tail["faults"]] == ["truncated"]
        cut = await run(ledger.app, "verify", *kafka, code=1, url=url)
        assert [fault["kind"] for fault in cut["faults"]] == ["truncated"]
        await owner.execute("INSERT INTO ledger VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", *saved)
        await owner.execute("UPDATE ledger SET subject = 'x' WHERE entry = $1", last)
        changed = await run(ledger.app, "verify", code=1, url=url)
        assert [fault["kind"] for fault in changed["faults"]] == ["changed"]
        await owner.execute(
            "UPDATE ledger SET subject = $2 WHERE entry = $1", last, saved["subject"]
        )
        await owner.execute("ALTER TABLE ledger ENABLE TRIGGER ledger_append_only")
    assert (await run(ledger.app, "verify", *kafka, url=url))["verified"]


async def test_no_accountable_two_and_an_external_one_are_listed(
    world: World, project: str
) -> None:
    await told(world, standard(project, "lead"))
    await eventually(lambda: rules(world, project), "the decision without an Accountable is listed")
    assert await rules(world, project) == ["no_accountable"]
    told_to_people = await run(raci.app, code=1, url=world.servers["lineage"].url)
    assert project in [each["project"] for each in told_to_people["violations"]]
    await told(world, assigned(project, "lead"))

    async def kept() -> bool:
        return not await rules(world, project)

    await eventually(kept, "with one Accountable all is well")
    await told(world, assigned(project, "acme-1", internal=False))
    await eventually(lambda: rules(world, project), "a second, external one is listed")
    assert await rules(world, project) == ["external_accountable", "several_accountables"]


async def test_waiver_and_standard_are_decided_and_read_back_by_command(
    world: World, project: str
) -> None:
    defined = ProjectDefined(
        project=project, name=project, dataset=project, accountable="lead",
        label_schema=LabelSchema(categories=("yes", "no")), guideline_version="1.0.0",
    )  # fmt: skip
    await told(world, defined)
    url = world.servers["lineage"].url

    async def decide(app: Any, *words: str) -> Any:
        given = [
            *words, "--project", project, "--as", "lead", "--json",
            "--gateway", world.servers["gateway"].url, "--api-key", world.api_key,
            "--source", "/harnesses/journeys",
        ]  # fmt: skip
        result = await asyncio.to_thread(CliRunner().invoke, app, given)
        assert result.exit_code == 0, result.output
        return json.loads(result.output)

    async def in_force(app: Any, name: str) -> list[bool]:
        found = await run(app, "list", "--project", project, url=url)
        return [each["in_force"] for each in found if each["decision_id"] == name]

    waived = ("b-1", "--check", "agreement", "--reason", "known tie")
    granted = await decide(waiver.app, "grant", *waived, "--until", "30d")
    await eventually(lambda: in_force(waiver.app, granted["decision_id"]), "it is granted")
    assert await in_force(waiver.app, granted["decision_id"]) == [True]
    revoked = await decide(waiver.app, "revoke", *waived)
    await eventually(lambda: in_force(waiver.app, revoked["decision_id"]), "it is revoked")
    assert await in_force(waiver.app, revoked["decision_id"]) == [False]
    target = ("--target", "complaints under 1 %")
    set_to = await decide(standards.app, "set", "agreement_floor", "0.75", *target)
    await eventually(lambda: in_force(standards.app, set_to["decision_id"]), "it is set")
    await world.quiet()
    floors = await world.fetch("qa", "SELECT value FROM standards WHERE project = $1", project)
    assert [row["value"] for row in floors] == [0.75]
