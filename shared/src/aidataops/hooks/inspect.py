"""Publishes from Inspect as it runs; found by its entry point, on with ``AIDATAOPS_PROJECT``.

Every sample is written down as it ends, and a failure is sent at once where the task has one scorer
that says what passed. When the task ends the rest is published; when the run is killed,
``aidataops publish outbox`` publishes it, and counts what never ran as errored. Inspect swallows
exceptions of hooks, so nothing may depend on one being seen.
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspect_ai.hooks import Hooks, SampleEnd, TaskEnd, TaskStart, hooks
from pydantic import ValidationError

from aidataops.client.outbox import Entry
from aidataops.harnesses import HarnessFileError
from aidataops.harnesses.inspect.adapter import live_failure
from aidataops.harnesses.inspect.log import Log
from aidataops.hooks.live import LiveSender
from aidataops.hooks.publisher import Publisher

_NEEDED = {
    "id", "epoch", "input", "target", "output", "scores", "metadata", "error", "limit",
    "attachments",
}  # fmt: skip


@hooks(name="aidataops", description="Publishes every sample's outcome to aidataops.")
class PublishingHooks(Hooks):  # type: ignore[misc]  # Inspect need not be installed to be checked
    """One journal per task; its entry in the outbox is there from its first line on."""

    def __init__(self) -> None:
        self._journals: dict[str, _Journal] = {}

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
        entry = publisher.keep("inspect", file, interrupted=True)
        self._journals[data.eval_id] = _Journal(entry, Log(file), publisher.live(entry))

    async def on_sample_end(self, data: SampleEnd) -> None:
        """Write a sample down; it is on the disk when this returns."""
        if (journal := self._journals.get(data.eval_id)) is not None:
            sample = data.sample.model_dump(mode="json", include=_NEEDED, exclude_none=True)
            _append(journal.entry.file, {"sample": sample})
            journal.tell(sample)

    async def on_task_end(self, data: TaskEnd) -> None:
        """Publish the task."""
        journal = self._journals.pop(data.eval_id, None)
        publisher = Publisher.from_environment()
        if journal is not None and publisher is not None:
            fields = {"status", "results", "stats"}
            end = data.log.model_dump(mode="json", include=fields, exclude_none=True)
            _append(journal.entry.file, end)
            if journal.sender is not None:
                await asyncio.to_thread(journal.sender.close)
            await asyncio.to_thread(publisher.deliver, journal.entry)


@dataclass(frozen=True, slots=True)
class _Journal:
    """What is written down of one task, and what sends its failures meanwhile."""

    entry: Entry
    log: Log
    sender: LiveSender | None

    def tell(self, sample: dict[str, Any]) -> None:
        """Send what a sample failed; a sample that cannot be told is named at the end."""
        if self.sender is None:
            return
        with suppress(HarnessFileError, ValidationError):
            failure = live_failure(self.log, sample, self.entry.options)
            if failure is not None:
                self.sender.send(failure)


def _append(file: Path, content: dict[str, Any]) -> None:
    with file.open("a") as opened:
        opened.write(json.dumps(content) + "\n")
        opened.flush()
        os.fsync(opened.fileno())
