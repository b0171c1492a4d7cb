"""What to do about an exception: which failures pass, which stay."""

from __future__ import annotations

from typing import Literal

import asyncpg
from aiokafka.errors import KafkaError

from aidataops.errors import FatalError, InvalidError, TransientError

Verdict = Literal["transient", "permanent", "unknown", "fatal"]

_TRANSIENT = ("08", "40", "53", "57", "58", "55P03", "25006", "25P03")
"""Lost connections, deadlocks, no resources, shut down, I/O; a lock not had; a read-only standby;
a session that idled in its transaction while the process was paused."""
_PERMANENT = ("22", "23", "42", "54")
"""Bad data, violated constraints, wrong SQL or missing rights, limits exceeded."""

_GONE = ("clos", "released back")
"""Words of asyncpg over a connection that is no more; others of its kind are wrong calls."""


def judge(error: BaseException) -> Verdict:
    """Classify a failure; database errors by SQLSTATE, not by class.

    asyncpg's ``InternalClientError`` is what a statement meets whose server is killed under it.
    """
    if isinstance(error, FatalError):
        return "fatal"
    if isinstance(error, InvalidError):
        return "permanent"
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        if state.startswith(_TRANSIENT):
            return "transient"
        return "permanent" if state.startswith(_PERMANENT) else "unknown"
    if isinstance(error, asyncpg.InterfaceError):
        return "transient" if any(word in str(error) for word in _GONE) else "unknown"
    lost = (TransientError, KafkaError, OSError, TimeoutError, asyncpg.InternalClientError)
    return "transient" if isinstance(error, lost) else "unknown"
