"""What is wrong is refused at the door, by name; nothing of it reaches a topic."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from aidataops.events.evaluation import EvaluationFailure

from .stories import failure
from .world import SOURCE, World, eventually


def changed(project: str, **fields: Any) -> dict[str, Any]:
    """A failure's data with fields replaced, or left out (``...``)."""
    content = json.loads(failure(project).model_dump_json(exclude_none=True)) | fields
    return {name: value for name, value in content.items() if value is not ...}


async def post(world: World, data: dict[str, Any], **attributes: str) -> httpx.Response:
    """One structured CloudEvent."""
    event = {
        "specversion": "1.0",
        "id": data["project"],
        "source": SOURCE,
        "type": EvaluationFailure.type,
        "data": data,
        **attributes,
    }
    url = world.servers["gateway"].url
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as client:
        return await client.post(
            "/events",
            content=json.dumps(event),
            headers={
                "authorization": f"Bearer {world.api_key}",
                "content-type": "application/cloudevents+json",
            },
        )


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"category": ...}, "$.data.category"),
        ({"category": "hallucinations"}, "$.data.category"),
        ({"score": "0"}, "$.data.score"),
        ({"score": float("nan")}, "$.data.score"),
        ({"slices": {"domain": 7}}, "$.data.slices.domain"),
        ({"failure_id": ""}, "$.data.failure_id"),
        ({"prompt": "a\x00b"}, "$.data.prompt"),
    ],
)
async def test_bad_failure_is_refused_by_the_name_of_its_field(
    world: World, project: str, fields: dict[str, Any], path: str
) -> None:
    response = await post(world, changed(project, **fields))
    assert response.status_code in (400, 422), response.text
    problem = response.json()
    assert path in [error["path"] for error in problem["errors"]], problem
    assert all(error["detail"] and error["remedy"] for error in problem["errors"])


async def test_refused_event_reaches_no_topic_and_its_correction_does(
    world: World, project: str
) -> None:
    assert (await post(world, changed(project, score="0"))).status_code == 422
    response = await post(world, changed(project))
    assert response.status_code == 202, response.text
    failure_id = failure(project).failure_id
    await eventually(lambda: world.answers_in_lineage(failure_id), "the correction is handled")
    (record,) = await world.reports(failure_id)
    assert json.loads(record.value or b"")["score"] == 0.0


async def test_same_id_with_another_body_is_a_conflict(world: World, project: str) -> None:
    assert (await post(world, changed(project))).status_code == 202
    assert (await post(world, changed(project))).status_code == 200
    assert (await post(world, changed(project, score=0.5))).status_code == 409


async def test_type_that_only_services_say_is_refused(world: World, project: str) -> None:
    forged = {"remediation_id": "r", "project": project}
    response = await post(world, forged, type="aidataops.feedback.remediation_approved.v1")
    assert response.status_code == 422
    assert response.json()["errors"][0]["path"] == "$.type"
