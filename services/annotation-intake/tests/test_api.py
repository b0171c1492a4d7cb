"""What the service shows over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from aidataops.events.annotation import (
    GuidelineFlagged,
    GuidelineProposed,
    GuidelineSection,
    LabelSchema,
)

from .conftest import Intake, brief, golden, guideline, item, label, project


@pytest.fixture
async def web(working: Intake) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=working.harness.application.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        yield client


async def test_vendor_sees_field_value_and_what_would_be_valid(
    working: Intake, web: httpx.AsyncClient
) -> None:
    await working.send(label("ann"), label("bob", value="great"))
    (rejected,) = (await web.get("/labels/rejected")).json()
    assert (rejected["annotation_id"], rejected["field"], rejected["value"]) == (
        "bob/a",
        "value",
        "great",
    )
    assert rejected["valid"] == "correct, incorrect, unsafe, unclear"
    assert rejected["project"] == "support"
    assert (await web.get("/labels/rejected", params={"vendor": "other"})).json() == []
    assert len((await web.get("/labels/rejected", params={"project": "support"})).json()) == 1


async def test_corrected_label_is_no_longer_listed(working: Intake, web: httpx.AsyncClient) -> None:
    await working.send(label("ann", value="great"), label("ann", revision=2))
    revisions = (await web.get("/labels/acme-labels/ann/a")).json()
    assert [(one["revision"], one["counts"], one["code"]) for one in revisions] == [
        (1, False, "value"),
        (2, True, None),
    ]
    assert revisions[0]["status"] == "accepted"
    assert (await web.get("/labels/acme-labels/nobody")).status_code == 404


async def test_open_tasks_do_not_tell_golden_ones_apart(
    intake: Intake,
) -> None:
    await intake.deliver(*(intake.at(*told) for told in project()))
    await intake.deliver(
        intake.at(2, golden("g1", "g2")), intake.at(3, item("a")), intake.at(4, brief("a"))
    )
    transport = httpx.ASGITransport(app=intake.harness.application.asgi)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as web:
        tasks = (await web.get("/tasks", params={"project": "support"})).json()
        page = await web.get("/tasks", params={"project": "support", "after": tasks[0]["task_id"]})
    assert {task["item_id"] for task in tasks} == {"a", "g1", "g2"}
    assert all(task["text"] for task in tasks)
    assert len({frozenset(task) for task in tasks}) == 1
    assert "golden" not in tasks[0]
    assert page.json() == tasks[1:]


async def test_flags_stand_beside_the_confusions_of_their_section(
    working: Intake, web: httpx.AsyncClient
) -> None:
    """Row 33: two people flag a section; its pair is confused twice, another pair elsewhere."""
    section = GuidelineSection(
        section="safety", title="Unsafe", confusions=(("correct", "unsafe"),)
    )
    draft = GuidelineProposed(
        project="support", guideline_version="1.0.0", proposed_by="writer", sections=(section,)
    )
    await working.deliver(working.at(5, draft))
    await working.send(label("ann"), label("bob", value="unsafe"), label("eve", value="unclear"))
    await working.send(label("ann", "b"), label("bob", "b", value="unsafe"))
    for minute, person in ((20, "ann"), (21, "sme"), (22, "ann")):
        flag: Any = GuidelineFlagged(
            project="support",
            guideline_version="1.0.0",
            section="safety",
            flagged_by=person,
            kind="ambiguity",
            note=f"what of medicine? ({person})",
        )
        await working.deliver(working.at(minute, flag))
    (found,) = (await web.get("/guidelines/flags", params={"project": "support"})).json()
    assert (found["section"], found["ambiguities"], found["gaps"], found["people"]) == (
        "safety",
        2,
        0,
        2,
    )
    assert found["confusions"] == [{"values": ["correct", "unsafe"], "pairs": 2}]


async def test_refused_version_is_shown_with_the_reason(
    working: Intake, web: httpx.AsyncClient
) -> None:
    await working.deliver(working.at(20, guideline("2.0.0")))
    first, second = (await web.get("/guidelines", params={"project": "support"})).json()
    assert (first["guideline_version"], first["refusal_field"]) == ("1.0.0", None)
    assert (second["guideline_version"], second["refusal_field"]) == ("2.0.0", "signed_off_as")


async def test_every_kind_of_label_is_stored_and_accepted_in_its_one_form(intake: Intake) -> None:
    schema = LabelSchema(kind="spans", categories=("CLAIM", "ERROR"))
    told = project(golden_rate=0.0, label_schema=schema)
    await intake.deliver(*(intake.at(*one) for one in told))
    await intake.deliver(intake.at(3, item("a")), intake.at(4, brief("a")))
    value = '[{"end": 10, "start": 0, "label": "ERROR"}]'
    accepted, rejected = await intake.send(
        label("ann", value=value), label("bob", value=value.replace("10", "11"))
    )
    assert accepted.model_dump()["value"] == '[{"start":0,"end":10,"label":"ERROR"}]'
    assert rejected.model_dump()["field"] == "value[0].end"
    assert rejected.model_dump()["valid"] == "an offset up to 10"
