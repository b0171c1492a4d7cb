"""An event loop on a thread of its own, for session fixtures under per-test event loops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class BackgroundLoop:
    """Runs coroutines for synchronous callers, whatever loop the caller's thread may be running.

    The thread lives as long as the process: the kernel ends a child process together with the
    thread that started it.
    """

    def __init__(self) -> None:
        """Start the thread; it is a daemon and needs no closing."""
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="aidataops-test", daemon=True).start()

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run to the end and return the result, or raise what it raised."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()
