"""A slice that got worse, with all that is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aidataops.events.evaluation import FailureCategory, Severity
from aidataops.events.feedback import Attribution
from feedback_router.domain.comparison import Comparison
from feedback_router.domain.outcomes import PairedCounts, SliceKey

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")


def nature_of(
    failures: Iterable[tuple[FailureCategory, Severity, int]],
) -> tuple[FailureCategory | None, Severity]:
    """What most failures are, if there are any, and the gravest severity; by their number."""
    known = list(failures)
    categories = Counter[FailureCategory]()
    for category, _, number in known:
        categories[category] += number
    return (
        min(categories, key=lambda one: (-categories[one], one), default=None),
        max((severity for _, severity, _ in known), key=SEVERITIES.index, default="medium"),
    )


@dataclass(frozen=True, slots=True)
class Regression:
    """A slice that got worse, attributed.

    ``category`` and ``severity`` are those of its failures as far as known; ``suspects`` the item
    ids of each suspicious cohort within the slice.
    """

    regression_id: str
    project: str
    run_id: str
    baseline_run_id: str
    model: str
    task: str
    metric: str
    completed_at: datetime
    slices: SliceKey
    compared: Comparison
    correction: str
    attribution: Attribution
    failure_ids: tuple[str, ...]
    category: FailureCategory | None
    severity: Severity
    suspects: Mapping[str, tuple[str, ...]]

    @property
    def counts(self) -> PairedCounts:
        """Outcomes before and after."""
        return self.compared.counts
