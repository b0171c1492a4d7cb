"""The story for people: what is going on, and a small table when a stage is over."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.status import Status
from rich.table import Table

from aidataops.events.annotation import LabelAccepted, LabelRejected, TaskCreated
from aidataops.events.evaluation import EvaluationFailure, EvaluationRunCompleted, SamplesScored
from aidataops.events.feedback import (
    FindingsDismissed,
    RegressionDetected,
    RemediationApproved,
    RemediationCompleted,
    RemediationReopened,
    RemediationRequested,
    RemediationVerified,
)
from aidataops.events.lineage import VersionPublished
from aidataops.events.quality import AnnotatorSuspended, GoldenScored
from aidataops.events.sourcing import BriefFulfilled, BriefOpened, ItemAccepted, ItemQuarantined
from aidataops.local.demo.labelling import measurements, verdict
from aidataops.local.demo.observer import Observer
from aidataops.local.demo.outcome import Outcome
from aidataops.local.demo.readings import NUMBERS
from aidataops.local.demo.wording import (
    alpha,
    interval,
    percent,
    probability,
    short,
    slice_name,
    words,
)

WIDTH = 100


class View:
    """Writes tables to one console, and what is going on to another, where somebody watches."""

    def __init__(self, tables: Console, progress: Console) -> None:
        """Both may be the same."""
        self._tables = tables
        self._status = Status("", console=progress)
        self.current = "Starting"
        """The stage that is on."""

    def __enter__(self) -> View:
        self._status.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._status.stop()

    def header(self, directory: str) -> None:
        """What this is."""
        self._write("[bold]aidataops demo[/bold]  a failing evaluation becomes data work, until it passes")
        self._write(f"[dim]Kafka, Postgres and seven services on this machine, in {escape(directory)}[/dim]")

    def stage(self, name: str) -> None:
        """A stage begins."""
        self.current = name
        self._status.update(f"{escape(name)} …")

    def doing(self, sentence: str) -> None:
        """What is going on within the stage."""
        self._status.update(f"{escape(self.current)} … [dim]{escape(sentence)}[/dim]")

    def note(self, sentence: str) -> None:
        """A line of its own."""
        self._write(Padding(escape(sentence), (0, 0, 0, 2)))
