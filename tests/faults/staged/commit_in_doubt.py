"""A transaction is committed, and the connection breaks before Postgres' answer arrives."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
from asyncpg.transaction import Transaction

from aidataops.messaging.processor import Processor
from aidataops.messaging.received import Received, Rejected
from aidataops.testing.probe.app import main

_exit = Transaction.__aexit__
_transact = Processor._transact
_passages = int(os.environ["STAGED_PASSAGE"])
_marker = Path(os.environ["STAGED_MARKER"])
_in_batch = False


async def _transact_and_count(
    self: Processor, events: Sequence[Received[Any]], rejected: Sequence[Rejected]
) -> int:
    global _passages, _in_batch  # noqa: PLW0603 - the countdown of this process
    _passages -= 1
    _in_batch = True
    try:
        return await _transact(self, events, rejected)
    finally:
        _in_batch = False


async def _commit_and_break(self: Transaction, kind: Any, error: Any, traceback: Any) -> Any:
    result = await _exit(self, kind, error, traceback)
    if _in_batch and _passages == 0 and not _marker.exists():
        _marker.write_text("commit in doubt")
        self._connection.terminate()
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of COMMIT")
    return result


if __name__ == "__main__":
    Transaction.__aexit__ = _commit_and_break
    Processor._transact = _transact_and_count  # type: ignore[method-assign]
    main()
