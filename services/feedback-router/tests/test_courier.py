"""The Informed are told, signed, as often as it takes."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import ValidationError

from feedback_router.courier import Courier, signature
from feedback_router.settings import RouterSettings

from .conftest import Router, decision, roles

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the Standard Webhooks and Svix documentation."""
    body = '{"test": 2432232314}'
    assert signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_secret_that_is_none_is_refused_at_start() -> None:
    for wrong in ("whsec_short", "not base64 at all!", "whsec_" + "A" * 8):
        with pytest.raises(ValidationError, match="whsec_"):
            RouterSettings(webhook_secret=wrong)


async def test_the_informed_are_told_with_retries_under_one_id(router: Router) -> None:
    asked = await router.requested()
    await router.deliver(
        *(
            roles(person, role, notify_url=url)
            for person, role, url in (
                ("lead", "accountable", None),
                ("training", "informed", "https://hooks.example/training"),
                ("elsewhere", "informed", "https://169.254.169.254/latest"),
            )
        ),
        decision(asked["source_items"]),
    )
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(503 if len(seen) < 3 else 204)

    settings = RouterSettings.model_validate(
        {"webhook_secret": SECRET, "webhook_hosts": ["hooks.example"]}
    )
    courier, pool = Courier(settings), router.harness.application.pool
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        for minutes in (0, 0, 1, 2, 3, 9):
            await courier.deliver(pool, client, NOW + timedelta(minutes=minutes))
    assert len(seen) == 3, "not before it is due, and not after it was told"
    assert len({one.headers["webhook-id"] for one in seen}) == 1
    last = seen[-1]
    signed = f"{last.headers['webhook-id']}.{last.headers['webhook-timestamp']}.".encode()
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    mac = hmac.new(key, signed + last.content, hashlib.sha256).digest()
    assert last.headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
    assert b"remediation_approved" in last.content
    rows = await router.harness.fetch("SELECT person, delivered_at, failure FROM notices")
    told = {row["person"]: row for row in rows}
    assert told["training"]["delivered_at"] is not None
    assert "WEBHOOK_HOSTS" in told["elsewhere"]["failure"]
