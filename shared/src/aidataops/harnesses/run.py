"""One run of an evaluation, in the words of any harness."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aidataops.events.evaluation import DatasetReference, FailureCategory, Harness
from aidataops.harnesses.sample import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIdentity:
    """Which run this is, and which others it may be compared with.

    Runs of one task and ``variant`` (filter, prompt, scorer) are comparable, if the task's version
    is the same.
    """

    file: Path
    run_id: str
    task: str
    model: str = ""
    task_version: str | None = None
    variant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run to publish: its facts, and its samples, which can be read as often as wanted.

    ``defaults`` maps signs of the harness (``assertion=is-json``) to our taxonomy.
    """

    identity: RunIdentity
    harness: Harness
    metric: str
    completed_at: datetime
    samples: Callable[[], Iterator[Sample]]
    metrics: Mapping[str, float] = field(default_factory=dict)
    dataset_version: DatasetReference | None = None
    higher_is_better: bool = True
    defaults: Mapping[str, FailureCategory] = field(default_factory=dict)
