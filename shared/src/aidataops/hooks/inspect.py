"""Publishes from Inspect as it runs; found by its entry point, on with ``AIDATAOPS_PROJECT``.

Every sample is written down as it ends. When the task ends its events are published; when the run
is killed, ``aidataops publish outbox`` publishes what was written down, and counts what never ran
as errored. Inspect swallows exceptions of hooks, so nothing may depend on one being seen.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from inspect_ai.hooks import Hooks, SampleEnd, TaskEnd, TaskStart, hooks

from aidataops.client.outbox import Entry
from aidataops.hooks.publisher import Publisher

_NEEDED = {
    "id", "epoch", "input", "target", "output", "scores", "metadata", "error", "limit",
    "attachments",
}  # fmt: skip


@hooks(name="aidataops", description="Publishes every sample's outcome to aidataops.")
class PublishingHooks(Hooks):  # type: ignore[misc]  # Inspect need not be installed to be checked
    """One journal per task; the entry in the outbox is there from its first line on."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def enabled(self) -> bool:
        """Whether a project was named."""
        return bool(os.environ.get("AIDATAOPS_PROJECT"))

    async def on_task_start(self, data: TaskStart) -> None:
        """Begin a journal."""
        publisher = Publisher.from_environment()
        if publisher is None:
            return
        file = publisher.place(f"{data.eval_id}.jsonl")
        spec = data.spec.model_dump(mode="json", exclude_none=True)
        _append(file, {"status": "started", "eval": spec})
        self._entries[data.eval_id] = publisher.keep("inspect", file, interrupted=True)

    async def on_sample_end(self, data: SampleEnd) -> None:
        """Write a sample down; it is on the disk when this returns."""
        if (entry := self._entries.get(data.eval_id)) is not None:
            sample = data.sample.model_dump(mode="json", include=_NEEDED, exclude_none=True)
            _append(entry.file, {"sample": sample})

    async def on_task_end(self, data: TaskEnd) -> None:
        """Publish the task."""
        entry = self._entries.pop(data.eval_id, None)
        publisher = Publisher.from_environment()
        if entry is not None and publisher is not None:
            fields = {"status", "results", "stats"}
            end = data.log.model_dump(mode="json", include=fields, exclude_none=True)
            _append(entry.file, end)
            await asyncio.to_thread(publisher.deliver, entry)


def _append(file: Path, content: dict[str, Any]) -> None:
    with file.open("a") as opened:
        opened.write(json.dumps(content) + "\n")
        opened.flush()
        os.fsync(opened.fileno())
