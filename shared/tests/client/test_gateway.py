"""What the clients make of a gateway's answers, good, bad and none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from aidataops.client import AsyncClient, Client, PublishError, Retry, event_key, mint_event_id
from aidataops.client.batches import MAXIMUM_BYTES, batches
from aidataops.events import Payload
from aidataops.events.annotation import LabelSubmitted
from aidataops.events.quality import GoldenItem, GoldenItemsDefined

Label = Callable[..., LabelSubmitted]
Answer = httpx.Response | Exception


class Gateway:
    """Answers with what it was given, then takes everything in."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        events = [{"index": n, "status": 202} for n, _ in enumerate(json.loads(request.content))]
        return httpx.Response(202, json={"events": events})

    def client(self, **options: Any) -> Client:
        return Client(
            "http://gateway",
            "the-key",
            transport=httpx.MockTransport(self),
            sleep=self.slept.append,
            **options,
        )


def test_events_go_out_in_batches_under_one_trace(label: Label) -> None:
    gateway = Gateway()
    progress: list[int] = []
    with gateway.client() as client:
        report = client.publish(
            (label(n) for n in range(2500)),
            source="/vendors/acme",
            on_progress=lambda batch: progress.append(len(batch)),
        )
    assert (report.accepted, report.ok, progress) == (2500, True, [1000, 1000, 500])
    traces = {request.headers["traceparent"] for request in gateway.requests}
    assert len(traces) == 1
    assert traces.pop().split("-")[1] == report.trace_id
    [*_, last] = gateway.requests
    assert last.headers["authorization"] == "Bearer the-key"
    event = json.loads(last.content)[-1]
    assert event["id"] == event_key(label(2499))
    assert (event["source"], event["type"]) == ("/vendors/acme", LabelSubmitted.type)
    assert LabelSubmitted.model_validate_json(json.dumps(event["data"])) == label(2499)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(429),
        httpx.Response(500),
        httpx.Response(503, headers={"retry-after": "7"}),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("half an answer"),
    ],
)
def test_what_may_pass_is_tried_again_with_the_same_bytes(label: Label, answer: Answer) -> None:
    gateway = Gateway(answer, answer)
    report = gateway.client().publish([label()], source="/x")
    assert report.accepted == 1
    assert len({request.content for request in gateway.requests}) == 1
    assert len(gateway.requests) == 3
    assert len(gateway.slept) == 2
    if isinstance(answer, httpx.Response) and answer.status_code == 503:
        assert gateway.slept == [7.0, 7.0]


def test_server_cannot_make_a_client_wait_for_ever(label: Label) -> None:
    far = "Fri, 31 Dec 2100 23:59:59 GMT"
    gateway = Gateway(
        *(httpx.Response(503, headers={"retry-after": w}) for w in ("86400", far, "?"))
    )
    gateway.client(retry=Retry(longest=5)).publish([label()], source="/x")
    assert gateway.slept[:2] == [5, 5]
    assert 0 <= gateway.slept[2] <= 5


def test_backoff_grows_and_is_bounded() -> None:
    for _ in range(50):
        delays = list(Retry(attempts=10, first=1, longest=8).delays())
        assert len(delays) == 9
        assert all(0 <= delay <= min(8, 2**n) for n, delay in enumerate(delays))


@pytest.mark.parametrize("last", [httpx.Response(503), httpx.ConnectError("refused")])
def test_gateway_out_of_reach_ends_the_publish_with_what_was_accepted(
    label: Label, last: Answer
) -> None:
    verdicts = [{"index": n, "status": 202} for n in range(1000)]
    gateway = Gateway(httpx.Response(202, json={"events": verdicts}), last, last, last)
    with pytest.raises(PublishError) as stopped:
        gateway.client(retry=Retry(attempts=3)).publish(
            (label(n) for n in range(1500)), source="/x"
        )
    assert stopped.value.report.accepted == 1000
    assert "3" in str(stopped.value)


def test_refused_key_is_not_tried_again(label: Label) -> None:
    problem = {"title": "The API key is missing, wrong or expired", "detail": "send another"}
    gateway = Gateway(httpx.Response(401, json=problem))
    with pytest.raises(PublishError, match=r"401 The API key.*send another") as stopped:
        gateway.client().publish([label()], source="/x")
    assert stopped.value.status == 401
    assert len(gateway.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>hello</html>"),
        httpx.Response(200, json=[]),
        httpx.Response(202, json={"events": []}),
        httpx.Response(202, json={"events": [{}]}),
    ],
)
def test_something_else_than_a_gateway_is_recognised(label: Label, answer: httpx.Response) -> None:
    with pytest.raises(PublishError, match="is the URL right"):
        Gateway(answer).client().publish([label()], source="/x")


def test_every_refused_event_is_reported_with_its_place(label: Label) -> None:
    problem = {"title": "conflict", "detail": "other content"}
    gateway = Gateway(
        httpx.Response(202, json={"events": [{"status": 202}] * 1000}),
        httpx.Response(
            207, json={"events": [{"status": 200}, {"status": 409, "problem": problem}]}
        ),
    )
    report = gateway.client().publish((label(n) for n in range(1002)), source="/x")
    assert (report.accepted, report.duplicates, report.ok) == (1000, 1, False)
    [refused] = report.refused
    assert (refused.index, refused.status, refused.detail) == (1001, 409, "other content")
    assert refused.key == "task-1001"


async def test_async_client_does_the_same(label: Label) -> None:
    gateway = Gateway(httpx.Response(503), httpx.ConnectError("refused"))
    async with AsyncClient(
        "http://gateway",
        "the-key",
        retry=Retry(first=0.001),
        transport=httpx.MockTransport(gateway),
    ) as client:
        report = await client.publish((label(n) for n in range(1001)), source="/x")
    assert report.accepted == 1001
    assert len(gateway.requests) == 4


def test_batches_are_bounded_in_bytes_and_lazy(label: Label) -> None:
    drawn = 0

    def payloads() -> Iterator[Payload]:
        nonlocal drawn
        for number in range(40):
            drawn += 1
            items = (GoldenItem(item_id="i", text="x" * 300_000, value="correct"),)
            yield GoldenItemsDefined(project=f"p{number}", items=items)

    made = batches(payloads(), source="/x")
    first = next(made)
    assert len(first.body) <= MAXIMUM_BYTES
    assert drawn == len(first.payloads) + 1
    rest = list(made)
    assert sum(len(batch.payloads) for batch in (first, *rest)) == 40
    assert all(len(json.loads(batch.body)) == len(batch.payloads) for batch in rest)


def test_identity_is_natural_where_the_event_has_one(label: Label) -> None:
    assert event_key(label(1)) == event_key(label(1, value="incorrect"))
    assert event_key(label(1)) != event_key(label(1, revision=2))
    one, other = (
        GoldenItemsDefined(
            project="p", items=(GoldenItem(item_id="i", text=text, value="correct"),)
        )
        for text in ("a", "b")
    )
    assert event_key(one) != event_key(other)
    assert mint_event_id("/a", "1") != mint_event_id("/b", "1")
