"""Which failures pass, and which stay."""

from __future__ import annotations

import asyncpg
import pytest

from aidataops.errors import FatalError, InvalidError, TransientError
from aidataops.messaging.failures import judge


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (asyncpg.InternalClientError("cannot switch to state 12; another operation"), "transient"),
        (asyncpg.InterfaceError("cannot call f(): connection has been released back"), "transient"),
        (asyncpg.InterfaceError("the underlying connection is closed"), "transient"),
        (asyncpg.InterfaceError("the server expects 2 arguments, 1 was passed"), "unknown"),
        (asyncpg.DeadlockDetectedError("deadlock"), "transient"),
        (asyncpg.UniqueViolationError("twice"), "permanent"),
        (asyncpg.RaiseError("a trigger"), "unknown"),
        (ConnectionResetError(), "transient"),
        (TransientError("later"), "transient"),
        (InvalidError("never"), "permanent"),
        (FatalError("stop"), "fatal"),
        (ZeroDivisionError(), "unknown"),
    ],
)
def test_failures_are_told_apart(error: Exception, verdict: str) -> None:
    assert judge(error) == verdict
