"""API keys: made here, shown once, kept as a hash, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from aidataops.database.pool import Connection
from aidataops.errors import ConfigurationError
from gateway.domain.credentials import KINDS, Credential
from gateway.domain.problems import Problem, RefusedError
from gateway.store import KeyStore

PREFIX_LENGTH = 12
MINIMUM_LENGTH = 40
MAXIMUM_LENGTH = 200
EVERYTHING = ("publish:*", "project:*", "vendor:*", "person:*")
"""The scopes of the first key."""

_FORM = re.compile(rf"[A-Za-z0-9_.~+/=-]{{{MINIMUM_LENGTH},{MAXIMUM_LENGTH}}}")
_BEARER = re.compile(r"Bearer +(\S+) *", re.IGNORECASE)
_NOBODY = bytes(32)
_REMEDY = "send `Authorization: Bearer <api key>` with a valid key"


def generate_key() -> str:
    """A new key: ``aido_``, and 256 random bits."""
    return f"aido_{secrets.token_urlsafe(32)}"


def hash_key(key: str) -> bytes:
    """SHA-256; slow hashes are for secrets that can be guessed."""
    return hashlib.sha256(key.encode()).digest()


async def create_key(
    connection: Connection,
    *,
    name: str,
    source: str,
    scopes: Sequence[str],
    now: datetime,
    expires_at: datetime | None = None,
    key: str | None = None,
) -> str:
    """Make a key and keep its hash; returns the key, which nobody can show again.

    ``connection`` works in the gateway's schema. A given ``key`` is kept instead of a new one,
    once however often it is given. Raises `ConfigurationError` for a weak key or a scope that
    means nothing.
    """
    key = key or generate_key()
    if not _FORM.fullmatch(key):
        raise ConfigurationError(
            f"an API key has {MINIMUM_LENGTH} to {MAXIMUM_LENGTH} characters of [A-Za-z0-9_.~+/=-]"
            ": leave it out to have one made"
        )
    for scope in scopes:
        kind, _, value = scope.partition(":")
        if kind not in KINDS or not value:
            raise ConfigurationError(
                f"scope {scope!r} is none of {', '.join(f'{kind}:<value>' for kind in KINDS)}"
            )
    if not source:
        raise ConfigurationError("a key speaks for a source, such as /vendors/acme-labels")
    await KeyStore(connection).add(
        hash_key(key),
        prefix=key[:PREFIX_LENGTH],
        name=name,
        source=source,
        scopes=scopes,
        created_at=now,
        expires_at=expires_at,
    )
    return key


async def authenticate(
    connection: Connection, authorization: Sequence[str], now: datetime
) -> Credential:
    """Whose key this is; raises `RefusedError`, with the same words for every reason.

    ``authorization`` are the values of the header of that name. The prefix finds the row, the hash
    decides, and an unknown prefix costs the same comparison.
    """
    match = _BEARER.fullmatch(authorization[0]) if len(authorization) == 1 else None
    if match is None or not _FORM.fullmatch(match[1]):
        raise RefusedError(Problem("unauthorized", f"no usable API key came; {_REMEDY}"))
    key, credential = match[1], None
    offered = hash_key(key)
    rows = await KeyStore(connection).find(key[:PREFIX_LENGTH])
    hmac.compare_digest(offered, _NOBODY)
    for row in rows:
        if hmac.compare_digest(offered, row["key_hash"]):
            credential = Credential(
                row["name"], row["source"], frozenset(row["scopes"]), row["expires_at"]
            )
    if credential is None or (credential.expires_at is not None and credential.expires_at <= now):
        raise RefusedError(Problem("unauthorized", f"the API key is not accepted; {_REMEDY}"))
    return credential
