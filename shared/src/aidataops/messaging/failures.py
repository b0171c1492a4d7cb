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


def judge(error: BaseException) -> Verdict:
    """Classify a failure; database errors by SQLSTATE, not by class."""
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
        return "transient" if "clos" in str(error) else "unknown"
    lost = (TransientError, KafkaError, OSError, TimeoutError)
    return "transient" if isinstance(error, lost) else "unknown"
