"""Whether a webhook comes from who holds its secret."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.problems import RefusedError
from gateway.domain.scrubbing import scrub
from gateway.domain.signatures import HEADERS, Scheme, standard_key, verify

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BODY = b'{"type": "response.created"}'
OLD = "whsec_" + b64encode(b"the secret of last year").decode()
NEW = "whsec_" + b64encode(b"the secret of this year").decode()


def standard(
    secret: str, *, body: bytes = BODY, at: datetime = NOW, message: str = "msg_1"
) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    signed = f"{message}.{stamp}.".encode() + body
    digest = hmac.new(standard_key(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }


def check(
    scheme: Scheme, headers: Mapping[str, str], *secrets: str, body: bytes = BODY
) -> str | None:
    return verify(scheme, secrets, headers, body, header=HEADERS[scheme], now=NOW)


def test_example_of_the_specification_verifies() -> None:
    """Published by Standard Webhooks for its reference libraries."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    found = verify(
        "standard-webhooks",
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        headers,
        b'{"test": 2432232314}',
        header="webhook-signature",
        now=datetime.fromtimestamp(1614265330, UTC),
    )
    assert found == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_both_secrets_hold_during_a_rotation() -> None:
    assert check("standard-webhooks", standard(OLD), NEW, OLD) == "msg_1"
    both = standard(OLD)
    both["webhook-signature"] = f"v1,AAAA {standard(NEW)['webhook-signature']}"
    assert check("standard-webhooks", both, NEW) == "msg_1"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        standard(OLD),
        standard(NEW, body=BODY + b" "),
        standard(NEW, at=NOW - timedelta(minutes=5, seconds=1)),
        standard(NEW, at=NOW + timedelta(minutes=5, seconds=1)),
        standard(NEW, message=""),
        standard(NEW) | {"webhook-id": "msg_2"},
        standard(NEW) | {"webhook-timestamp": "٣"},
        standard(NEW) | {"webhook-timestamp": "9" * 400},
        standard(NEW)
        | {"webhook-signature": standard(NEW)["webhook-signature"].replace("v1", "v2")},
    ],
)
def test_standard_webhook_that_was_tampered_with_or_is_old_is_refused(
    headers: dict[str, str],
) -> None:
    with pytest.raises(RefusedError):
        check("standard-webhooks", headers, NEW)


@pytest.mark.parametrize(("scheme", "algorithm"), [("hub-sha1", "sha1"), ("hub-sha256", "sha256")])
def test_hub_signature_covers_the_body(scheme: Scheme, algorithm: str) -> None:
    digest = hmac.new(b"sixteen letters!", BODY, algorithm).hexdigest()
    headers = {HEADERS[scheme]: f"{algorithm}={digest}"}
    assert check(scheme, headers, "sixteen letters!") is None
    for other in ({HEADERS[scheme]: digest}, {HEADERS[scheme]: f"{algorithm}="}, {}):
        with pytest.raises(RefusedError):
            check(scheme, other, "sixteen letters!")
    with pytest.raises(RefusedError):
        check(scheme, headers, "sixteen letters!", body=BODY + b" ")


def test_static_secret_is_the_header() -> None:
    assert check("static", {"x-vendor-secret": "sixteen letters!"}, "sixteen letters!") is None
    for wrong in ("", "sixteen letters?", "ü"):
        with pytest.raises(RefusedError):
            check("static", {"x-vendor-secret": wrong}, "sixteen letters!")


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b'{"token": "abc", "id": 1}', b'{"token": "[removed]", "id": 1}'),
        (b'{"a": {"Project_Token":"a\\"b"}}', b'{"a": {"Project_Token":"[removed]"}}'),
        (b'{"token": "cut o', b'{"token": "[removed]"'),
        (b'{"task_data_password": null}', b'{"task_data_password": null}'),
        (b'{"text": "the token is free"}', b'{"text": "the token is free"}'),
    ],
)
def test_secrets_are_taken_out_of_what_is_kept(body: bytes, left: bytes) -> None:
    assert scrub(body) == left
