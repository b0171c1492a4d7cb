"""What every hook does: keep in the outbox, try to deliver, never harm the run."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from aidataops.client import Client, PublishError, PublishReport, Retry
from aidataops.client.outbox import DEFAULT, Entry
from aidataops.errors import ConfigurationError
from aidataops.harnesses import HarnessFileError, ReadOptions
from aidataops.harnesses.dataset import dataset_reference
from aidataops.hooks.live import LiveSender

_LOG = logging.getLogger("aidataops.hooks")
_RETRY = Retry(attempts=3, longest=2.0)
"""Short: the run's end must not wait for a gateway that is away."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Where results go. Without a gateway they stay in the outbox."""

    options: ReadOptions
    directory: Path = DEFAULT
    gateway: str | None = None
    api_key: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self | None:
        """By AIDATAOPS_PROJECT, _GATEWAY_URL, _API_KEY, _OUTBOX, _DATASET_VERSION, _BASELINE.

        ``None`` without a project: then nobody asked for publishing. Raises `ConfigurationError`.
        """
        project = environment.get("AIDATAOPS_PROJECT")
        if not project:
            return None
        version = environment.get("AIDATAOPS_DATASET_VERSION")
        try:
            reference = dataset_reference(version) if version else None
        except ValueError as error:
            raise ConfigurationError(f"AIDATAOPS_DATASET_VERSION: {error}") from error
        options = ReadOptions(
            project=project,
            dataset_version=reference,
            baseline=environment.get("AIDATAOPS_BASELINE") or None,
        )
        return cls(
            options,
            Path(environment.get("AIDATAOPS_OUTBOX") or DEFAULT),
            environment.get("AIDATAOPS_GATEWAY_URL"),
            environment.get("AIDATAOPS_API_KEY", ""),
        )

    def place(self, name: str) -> Path:
        """A file's place in the outbox."""
        self.directory.mkdir(parents=True, exist_ok=True)
        return self.directory / name

    def keep(self, tool: str, file: Path, **changes: object) -> Entry:
        """Put a file that lies in the outbox on its list."""
        entry = Entry(tool, file, replace(self.options, **changes))  # type: ignore[arg-type]  # names of fields
        entry.keep()
        return entry

    def live(self, entry: Entry) -> LiveSender | None:
        """Sends what is found before the end of a run; ``None`` without a gateway."""
        return None if self.gateway is None else LiveSender(self.gateway, self.api_key, entry)

    def deliver(self, entry: Entry) -> PublishReport | None:
        """Publish an entry and forget it; whatever is in the way, it stays and a warning is logged.

        ``None`` when nothing was published.
        """
        if self.gateway is None:
            _LOG.warning("No AIDATAOPS_GATEWAY_URL: the results wait in %s", self.directory)
            return None
        try:
            with Client(self.gateway, self.api_key, retry=_RETRY) as client:
                report = client.publish(entry.events(), source=entry.source)
        except (PublishError, HarnessFileError, OSError) as error:
            _LOG.warning(
                "%s The results wait in %s; send them by: aidataops publish outbox %s",
                *(error, self.directory, self.directory),
            )
            return None
        if report.ok:
            entry.remove()
        else:
            _LOG.warning(
                "%d events were refused, the first because: %s; they wait in %s",
                *(len(report.refused), report.refused[0].detail, self.directory),
            )
        return report
