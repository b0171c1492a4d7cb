"""Whether a webhook comes from who holds its secret: checked over the raw body, before it is read.

=================  ================================================================================
standard-webhooks  ``webhook-signature`` over id, time and body; ± 5 minutes; several for rotation
hub-sha1           ``X-Hub-Signature: sha1=<hex HMAC of the body>`` (Labelbox)
hub-sha256         ``X-Signature-256: sha256=<hex HMAC of the body>`` (CVAT and many others)
static             a header that holds the secret itself (Label Studio, Scale)
=================  ================================================================================
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from gateway.domain.problems import Problem, RefusedError

Scheme = Literal["standard-webhooks", "hub-sha1", "hub-sha256", "static"]

TOLERANCE = timedelta(minutes=5)
"""By how much a sender's clock may differ from ours (Standard Webhooks 1.0)."""
PREFIX = "whsec_"

HEADERS: Mapping[Scheme, str] = {
    "standard-webhooks": "webhook-signature",
    "hub-sha1": "x-hub-signature",
    "hub-sha256": "x-signature-256",
    "static": "x-vendor-secret",
}
"""Where a signature stands unless the connection says otherwise."""


def standard_key(secret: str) -> bytes:
    """The bytes of a Standard Webhooks secret; raises `ValueError` for what is none."""
    try:
        return b64decode(secret.removeprefix(PREFIX), validate=True)
    except Base64Error as error:
        raise ValueError(f"not of the form {PREFIX}<base64>") from error


def verify(
    scheme: Scheme,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    header: str,
    now: datetime,
) -> str | None:
    """The sender's id of this message, where the scheme has one; raises `RefusedError`.

    ``headers`` by lower-case name. Every secret is tried in full: how long it takes tells nothing.
    """
    offered = headers.get(header, "")
    if scheme == "standard-webhooks":
        message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        signed = b".".join((message_id.encode(), timestamp.encode(), body))
        expected = [_standard(secret, signed) for secret in secrets]
        if not _is_recent(timestamp, now) or not message_id:
            raise refusal()
        offers = [one.removeprefix("v1,") for one in offered.split() if one.startswith("v1,")]
        _compare(offers, expected)
        return message_id
    if scheme == "static":
        _compare([offered], list(secrets))
    else:
        name = scheme.removeprefix("hub-")
        digests = [hmac.new(one.encode(), body, name).hexdigest() for one in secrets]
        _compare([offered.lower()], [f"{name}={digest}" for digest in digests])
    return None


def _standard(secret: str, signed: bytes) -> str:
    return b64encode(hmac.new(standard_key(secret), signed, hashlib.sha256).digest()).decode()


def _is_recent(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE.total_seconds()


def _compare(offered: Sequence[str], expected: Sequence[str]) -> None:
    matches = [
        hmac.compare_digest(one.encode(), other.encode()) for one in offered for other in expected
    ]
    if not any(matches):
        raise refusal()


def refusal() -> RefusedError:
    """The same words for every reason: nobody learns which connections there are."""
    return RefusedError(
        Problem("unsigned", "no connection of this name takes this signature at this time")
    )
