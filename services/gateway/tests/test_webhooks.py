"""Vendors' webhooks at the gateway's door."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from aidataops.errors import ConfigurationError
from aidataops.events.lineage import ErasureApplied
from aidataops.testing import ServiceHarness
from gateway.app import create_app
from gateway.connections import load_connections
from gateway.settings import GatewaySettings

from .test_signatures import NEW, standard

STATIC = "s3cr3t-label-studio-of-acme"
HUB = "s3cr3t-labelbox-of-acme"
CANARY = "canary-project-token-must-not-leak"
CONNECTIONS = """
[label-studio.support]
secret_env = ["LS_OLD", "LS"]
vendor = "acme-labels"
vendor_project = "ls-1"
label_field = "verdict"
guideline_version = "1.0.0"

[labelbox.support]
secret_env = ["LB"]
vendor = "acme-labels"
vendor_project = "clp0proj1"
label_field = "verdict"
guideline_version = "1.0.0"

[canonical.support]
secret_env = ["SW"]
vendor = "acme-labels"
vendor_project = "direct"
"""
ENVIRONMENT = {"LS": STATIC, "LS_OLD": "s3cr3t-of-last-year", "LB": HUB, "SW": NEW}


def hook(**annotation: Any) -> dict[str, Any]:
    """What Label Studio sends for a new annotation, as far as it matters."""
    facts = {
        "id": 1,
        "result": [{"from_name": "verdict", "type": "choices", "value": {"choices": ["correct"]}}],
        "was_cancelled": False,
        "created_at": "2026-11-22T21:05:07.123697Z",
        "updated_at": "2026-11-22T21:05:07.123745Z",
        "lead_time": 12.0,
        "completed_by": 2,
        "updated_by": 2,
    }
    return {
        "action": "ANNOTATION_CREATED",
        "annotation": facts | annotation,
        "task": {"id": 1, "data": {"task_id": "task-1", "text": "é 😀"}},
        "project": {"id": 1, "token": CANARY, "label_config_hash": 4963846632229227045},
    }


@pytest.fixture
def connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, secret in ENVIRONMENT.items():
        monkeypatch.setenv(name, secret)
    path = tmp_path / "connections.toml"
    path.write_text(CONNECTIONS)
    return path


class Vendors:
    """The gateway as vendors see it."""

    def __init__(self, harness: ServiceHarness, http: httpx.AsyncClient) -> None:
        self.harness = harness
        self.http = http

    async def send(
        self, body: Any, path: str = "label-studio/support", **headers: str
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if path.startswith("label-studio"):
            named = {"x-vendor-secret": STATIC} | named
        return await self.http.post(f"/webhooks/{path}", content=content, headers=named)

    async def everything(self) -> str:
        """All that the gateway keeps, as text."""
        tables = ("received_events", "kept_webhooks", "outbox")
        rows = [
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for table in tables
            for row in await self.harness.fetch(f"SELECT * FROM {table}")
            for value in row.values()
        ]
        return b"\n".join(rows).decode("utf-8", "replace")


@pytest_asyncio.fixture
async def vendors(database: str, connections: Path) -> AsyncIterator[Vendors]:
    application = create_app(GatewaySettings(connections=connections))
    async with (
        ServiceHarness.start(application, database) as harness,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=application.asgi), base_url="http://gateway"
        ) as http,
    ):
        yield Vendors(harness, http)


async def test_webhook_becomes_a_label_once(vendors: Vendors) -> None:
    first = await vendors.send(hook())
    assert (first.status_code, first.json()["accepted"]) == (202, 1)
    again = await vendors.send(hook())
    assert (again.status_code, again.json()["duplicates"]) == (200, 1)
    updated = await vendors.send(hook(updated_at="2026-11-22T21:06:00Z"))
    assert updated.json()["accepted"] == 1


async def test_old_secret_holds_during_a_rotation(vendors: Vendors) -> None:
    sent = await vendors.send(hook(), x_vendor_secret=ENVIRONMENT["LS_OLD"])
    assert sent.status_code == 202


@pytest.mark.parametrize("path", ["label-studio/other", "other/support", "labelbox/support"])
async def test_nobody_learns_which_connections_there_are(vendors: Vendors, path: str) -> None:
    unknown = await vendors.send(hook(), path, x_vendor_secret="wrong")
    wrong = await vendors.send(hook(), x_vendor_secret="wrong")
    assert unknown.status_code == wrong.status_code == 401
    assert {**unknown.json(), "trace_id": 0} == {**wrong.json(), "trace_id": 0}
    assert await vendors.harness.fetch("SELECT * FROM received_events") == []


async def test_signature_is_checked_before_anything_is_parsed(vendors: Vendors) -> None:
    sent = await vendors.send(b"[" * 100_000, x_vendor_secret="wrong")
    assert sent.status_code == 401


async def test_project_token_and_secret_are_kept_nowhere(vendors: Vendors) -> None:
    for body in (hook(), hook(result=[{"from_name": "other", "value": {"choices": ["x"]}}])):
        assert (await vendors.send(body)).status_code == 202
    cut = json.dumps(hook()).encode()[:-12]
    assert (await vendors.send(cut)).status_code == 202
    kept = await vendors.everything()
    assert "[removed]" in kept
    assert CANARY not in kept
    assert STATIC not in kept


async def test_what_cannot_be_read_is_kept_and_said(vendors: Vendors) -> None:
    sent = await vendors.send(hook(updated_at="yesterday"))
    assert sent.status_code == 202
    (problem,) = sent.json()["unreadable"]
    assert (problem["field"], problem["value"]) == ("annotation.updated_at", "yesterday")
    (row,) = await vendors.harness.fetch("SELECT * FROM kept_webhooks")
    assert str(row["kept_id"]) == sent.json()["kept"]
    assert b"yesterday" in row["body"]
    assert (row["tool"], row["connection"]) == ("label-studio", "support")
    assert (await vendors.send(hook(updated_at="yesterday"))).json()["kept"] == sent.json()["kept"]
    assert len(await vendors.harness.fetch("SELECT * FROM kept_webhooks")) == 1


async def test_same_revision_with_other_content_is_kept_and_not_taken(vendors: Vendors) -> None:
    await vendors.send(hook())
    other = await vendors.send(hook(lead_time=99.0))
    assert (other.json()["accepted"], other.json()["unreadable"][0]["field"]) == (0, "revision")


async def test_labelbox_signs_the_body(vendors: Vendors) -> None:
    fixtures = Path(__file__).parents[3] / "shared" / "tests" / "vendors" / "fixtures"
    body = (fixtures / "labelbox.ndjson").read_bytes()
    digest = hmac.new(HUB.encode(), body, hashlib.sha1).hexdigest()
    sent = await vendors.send(body, "labelbox/support", x_hub_signature=f"sha1={digest}")
    assert (sent.status_code, sent.json()["accepted"]) == (202, 3)
    sent = await vendors.send(body + b" ", "labelbox/support", x_hub_signature=f"sha1={digest}")
    assert sent.status_code == 401


async def test_message_id_is_taken_once_and_only_with_one_body(vendors: Vendors) -> None:
    def message(annotation: str, message_id: str = "msg_1") -> tuple[bytes, dict[str, str]]:
        body = json.dumps(
            {
                "annotation_id": annotation,
                "task_id": "task-1",
                "annotator": "ann",
                "value": "correct",
                "guideline_version": "1.0.0",
            }
        ).encode()
        now = vendors.harness.application.clock.now()
        return body, standard(NEW, body=body, at=now, message=message_id)

    body, headers = message("a-1")
    assert (await vendors.send(body, "canonical/support", **headers)).json()["accepted"] == 1
    again = await vendors.send(body, "canonical/support", **headers)
    assert (again.status_code, again.json()["duplicate"]) == (200, True)
    body, headers = message("a-2")
    assert (await vendors.send(body, "canonical/support", **headers)).status_code == 409
    body, headers = message("a-2", "msg_2")
    assert (await vendors.send(body, "canonical/support", **headers)).status_code == 202


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[unheard-of.x]\nvendor = 'a'", "the tools are canonical, label-studio"),
        ("[scale.x]\nvendor = 'a'\nvendor_project = 'p'", "needs secret_env or secret_file"),
        ("[scale.x]\nvendor = 'a'\nvendor_project = 'p'\nsecret_env = ['NO']", "fewer than 16"),
        ("[scale.x]\nvendor = 'a'\nvendor_project = 'p'\nsecrets = ['x']", "secrets: Extra"),
        ("[scale.x]\nvendor_project = 'p'", "vendor: Field required"),
        (
            "[argilla.x]\nvendor = 'a'\nvendor_project = 'p'\nsecret_env = ['LS']",
            "the secret in LS is not of the form whsec_<base64>",
        ),
        ("[", "AIDATAOPS_GATEWAY_CONNECTIONS"),
    ],
)
def test_wrong_connection_is_named_without_its_secret(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "connections.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"connections\.toml") as refused:
        load_connections(path, ENVIRONMENT)
    assert says in str(refused.value)
    assert STATIC not in str(refused.value)


def test_secrets_do_not_show(connections: Path) -> None:
    assert STATIC not in repr(load_connections(connections))


@pytest.mark.parametrize("named", ["task-1", "i-é"])
async def test_webhook_that_names_what_was_erased_is_not_kept(vendors: Vendors, named: str) -> None:
    told = ErasureApplied(
        request_id="r", subject="s", project="support", service="annotation-intake", texts=1,
        dead_letters=0, names=(named,),
    )  # fmt: skip
    unreadable = hook(updated_at="yesterday")
    unreadable["task"]["data"]["item"] = "i-é"
    other = hook(updated_at="yesterday")
    other["task"]["data"]["task_id"] = "task-11"
    assert (await vendors.send(unreadable)).json()["kept"]
    assert (await vendors.send(other)).json()["kept"]
    (part,) = await vendors.harness.deliver(told)
    assert isinstance(part, ErasureApplied)
    assert (part.service, part.request_id, part.texts) == ("gateway", "r", 1)
    again = await vendors.send(unreadable)
    assert (again.status_code, again.json()["kept"]) == (200, None)
    (row,) = await vendors.harness.fetch("SELECT body FROM kept_webhooks")
    assert b"task-11" in row["body"]


async def test_part_is_answered_with_its_last_chunk(vendors: Vendors) -> None:
    told = ErasureApplied(
        request_id="r", subject="s", project="p", service="annotation-intake", texts=1,
        dead_letters=0, names=("task-1",), chunk=1, chunks=2,
    )  # fmt: skip
    unreadable = hook(updated_at="yesterday")
    await vendors.send(unreadable)
    assert await vendors.harness.deliver(told) == []
    assert (await vendors.send(unreadable)).json()["kept"] is None
    first = told.model_copy(update={"names": ("task-0",), "chunk": 0})
    (part,) = await vendors.harness.deliver(first)
    assert isinstance(part, ErasureApplied)
    assert part.texts == 1


async def test_part_that_names_nothing_is_not_answered(vendors: Vendors) -> None:
    """One of another service, or of a version that did not say yet which tasks these are."""
    told = ErasureApplied(
        request_id="r", subject="s", project="p", service="qa", texts=0, dead_letters=0
    )
    assert await vendors.harness.deliver(told) == []
    assert await vendors.harness.dead_letters() == []
