"""What a harness's files do not say and their user has to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aidataops.events.evaluation import DatasetReference, FailureCategory
from aidataops.harnesses.mapping import TableMapping

DEFAULT_SLICE_FIELDS = ("domain", "language", "capability", "risk")
"""Fields of a document that become its slices, where it has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How to read the files of one run.

    ``model`` overrides the harness's own name for it, ``task`` that of the evaluation, and
    ``completed_at`` the time, which some files do not hold. ``dataset_version`` is what the model
    was trained on; left out, a regression stays unattributable unless a training run says it.
    ``baseline`` is a run id or the path of the baseline's files. ``slice_fields`` left out means
    `DEFAULT_SLICE_FIELDS` where present; named ones have to be present. ``categories`` maps
    ``field=value`` of a document to the failure taxonomy and goes before every built-in rule.
    ``filters`` chooses among the runs of a file: by filter, model, prompt or scorer. ``pass_at`` is
    the score from which on (or down to which, where lower is better) a sample of a graded metric
    passes. ``interrupted`` lets a run in that never ended: what never ran is errored. ``table``
    says how the rows of a JSONL or CSV file are to be read. ``again`` publishes results once more
    as a run of its own, ``RUN_ID~again``: with another project, baseline or dataset version.
    """

    project: str
    model: str | None = None
    task: str | None = None
    completed_at: datetime | None = None
    dataset_version: DatasetReference | None = None
    baseline: str | None = None
    slice_fields: tuple[str, ...] | None = None
    categories: Mapping[str, FailureCategory] = field(default_factory=dict)
    metric: str | None = None
    filters: tuple[str, ...] = ()
    pass_at: float | None = None
    interrupted: bool = False
    table: TableMapping | None = None
    again: str | None = None
