"""What comes in, in which mode, how often."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from aidataops.client import mint_event_id
from aidataops.events.annotation import LabelSubmitted
from aidataops.testing import headers_of

Label = Callable[..., dict[str, Any]]
Door = Any  # conftest.Door
BATCH = "application/cloudevents-batch+json"


async def test_structured_event_is_committed_before_it_is_acknowledged(
    door: Door, label: Label
) -> None:
    response = await door.post(label(1))
    assert response.status_code == 202
    receipt = response.json()
    [record] = door.harness.published
    headers = headers_of(record)
    assert headers["ce_id"] == receipt["event_id"] == mint_event_id("/vendors/acme", "label-1")
    assert headers["ce_source"] == "/vendors/acme"
    assert headers["ce_correlationid"] == receipt["event_id"]
    assert "ce_causationid" not in headers
    assert headers["traceparent"].split("-")[1] == receipt["trace_id"]
    assert await door.count("outbox") == await door.count("received_events") == 1


async def test_binary_mode_means_the_same_event(door: Door, label: Label) -> None:
    event = label(1)
    structured = await door.post(event)
    binary = await door.post(
        event["data"],
        "application/json",
        ce_specversion="1.0",
        ce_id="label%2D1",
        ce_source=event["source"],
        ce_type=event["type"],
    )
    assert binary.status_code == 200
    assert binary.json()["event_id"] == structured.json()["event_id"]
    assert len(door.harness.published) == 1


async def test_same_event_again_has_one_effect_and_other_content_is_a_conflict(
    door: Door, label: Label
) -> None:
    first = label(1)
    reordered = dict(reversed(first.items())) | {"data": dict(reversed(first["data"].items()))}
    assert (await door.post(first)).status_code == 202
    assert (await door.post(reordered)).status_code == 200
    conflict = await door.post(label(1, value="incorrect"))
    assert conflict.status_code == 409
    assert conflict.headers["content-type"] == "application/problem+json"
    assert conflict.json()["errors"][0]["path"] == "$.id"
    assert len(door.harness.published) == 1


async def test_same_id_from_another_source_is_another_event(door: Door, label: Label) -> None:
    one = await door.post(label(1, source="/vendors/acme"))
    two = await door.post(label(1, source="/vendors/brightlabel"))
    assert [one.status_code, two.status_code] == [202, 202]
    assert one.json()["event_id"] != two.json()["event_id"]


async def test_racing_requests_with_one_event_have_one_effect(
    door: Door, label: Label, database: str
) -> None:
    await make_inserts_slow(database)
    there = [label(n) for n in range(10)]
    batches = [there, there[::-1], there[::2] + there[1::2], there[5:] + there[:5]]
    answers = await asyncio.gather(*(door.post(batch, BATCH) for batch in batches))
    assert [answer.is_success for answer in answers] == [True] * 4
    assert sum(answer.json()["accepted"] for answer in answers) == 10
    assert sum(answer.json()["duplicates"] for answer in answers) == 30
    assert len(door.harness.published) == 10


async def make_inserts_slow(database: str) -> None:
    """Five milliseconds a row, so that requests at the same time meet in the middle."""
    owner = await asyncpg.connect(database)
    await owner.execute(
        """
        CREATE FUNCTION gateway.take_time() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.005); RETURN NEW; END $$;
        CREATE TRIGGER slow BEFORE INSERT ON gateway.received_events
        FOR EACH ROW EXECUTE FUNCTION gateway.take_time();
        """
    )
    await owner.close()


async def test_bad_events_of_a_batch_harm_no_good_ones(door: Door, label: Label) -> None:
    missing = label(2)
    del missing["data"]["value"]
    parts = [
        json.dumps(label(1)),
        json.dumps(missing),
        json.dumps(label(3)).replace('"correct"', '"correct", "value": "incorrect"'),
        json.dumps(label(4)).replace('"correct"', "NaN"),
        json.dumps(label(5)).replace('"correct"', "[" * 5000 + "]" * 5000),
        json.dumps(label(6)).replace('"correct"', '"' + "x" * 1_100_000 + '", "a": NaN'),
        '{"specversion" "1.0"}',
        "17",
        json.dumps(label(9)),
        json.dumps(label(9)),
        json.dumps(label(9, value="incorrect")),
    ]
    response = await door.post(f"[{','.join(parts)}]".encode(), BATCH)
    assert response.status_code == 207
    body = response.json()
    statuses = [event["status"] for event in body["events"]]
    assert statuses == [202, 422, 400, 400, 400, 413, 400, 400, 202, 200, 409]
    assert (body["accepted"], body["duplicates"], body["refused"]) == (2, 1, 8)
    paths = [event["problem"] and event["problem"]["errors"][0]["path"] for event in body["events"]]
    assert paths[1:4] == ["$.data.value"] * 3
    assert [index for index, event in enumerate(body["events"]) if event["index"] != index] == []
    assert len(door.harness.published) == 2


async def test_batch_costs_no_round_trip_per_event(door: Door, label: Label) -> None:
    statements: list[str] = []
    async with door.harness.application.pool.acquire() as connection:
        connection.add_query_logger(lambda query: statements.append(query.query))
        await connection.fetchval("SELECT 1")
    response = await door.post([label(n) for n in range(1000)], BATCH)
    assert response.json()["accepted"] == 1000
    assert 1 < len(statements) < 12


async def test_batch_holds_up_to_a_thousand_events(door: Door, label: Label) -> None:
    assert (await door.post([label(n) for n in range(1001)], BATCH)).status_code == 413
    assert door.harness.published == []
    assert (await door.post([], BATCH)).json()["events"] == []
    assert (await door.post([label(n) for n in range(1000)], BATCH)).json()["accepted"] == 1000


async def test_trace_of_the_request_goes_on(door: Door, label: Label) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    good = await door.post(label(1), traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    assert good.json()["trace_id"] == trace
    assert headers_of(door.harness.published[0])["traceparent"].split("-")[1] == trace


async def test_invalid_trace_starts_a_new_one(door: Door, label: Label) -> None:
    no_trace = f"00-{'0' * 32}-00f067aa0ba902b7-01"
    for number, garbage in enumerate(["", "00-zz-1-01", no_trace, "é", "x" * 5000]):
        headers = {
            "authorization": f"Bearer {door.key}",
            "content-type": "application/cloudevents+json",
            "traceparent": garbage.encode("latin-1"),
        }
        response = await door.http.post("/events", json=label(number), headers=headers)
        assert response.status_code == 202
        trace = response.json()["trace_id"]
        assert len(trace) == 32
        assert int(trace, 16) > 0


async def test_ids_are_forgotten_after_their_retention(door: Door, label: Label) -> None:
    await door.harness.fetch(
        "INSERT INTO received_events SELECT gen_random_uuid(), '\\x00', $1"
        " FROM generate_series(1, 10)",
        door.harness.application.clock.now().replace(year=2020),
    )
    await door.post(label(1))
    assert await door.count("received_events") == 1


async def test_types_of_the_services_themselves_do_not_come_in(door: Door, label: Label) -> None:
    response = await door.post(label(1) | {"type": "aidataops.quality.batch_released.v1"})
    assert response.status_code == 422
    problem = response.json()
    assert problem["type"] == "urn:aidataops:problem:unknown-type"
    assert LabelSubmitted.type in problem["errors"][0]["remedy"]


async def test_database_that_is_away_is_said_to_be_so(
    door: Door, label: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def acquire(self) -> None:
            raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr(door.harness.application, "_pool", Away())
        response = await door.post(label(1))
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.headers["content-type"] == "application/problem+json"
    assert "nothing is known to be stored" in response.json()["detail"]


async def test_openapi_describes_bodies_answers_and_problems(door: Door) -> None:
    document = (await door.http.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    operation = document["paths"]["/events"]["post"]
    assert set(operation["requestBody"]["content"]) == {
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "application/json",
    }
    assert {"200", "202", "207", "400", "401", "403", "409", "413", "415", "422", "503"} <= set(
        operation["responses"]
    )
    assert operation["security"] == [{"HTTPBearer": []}]
    examples = operation["requestBody"]["content"]["application/cloudevents+json"]["examples"]
    response = await door.post(examples["label"]["value"])
    assert response.status_code == 202
    references = json.dumps(document).split('"$ref": "#/components/schemas/')[1:]
    names = {reference.split('"')[0] for reference in references}
    assert names <= set(document["components"]["schemas"])
