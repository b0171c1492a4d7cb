"""What has happened so far, as far as it was observed: the questions that the story asks."""

from __future__ import annotations

from collections import defaultdict

from aidataops.events.feedback import (
    FindingsDismissed,
    RegressionDetected,
    RemediationReopened,
    RemediationRequested,
    RemediationVerified,
)
from aidataops.events.lineage import VersionPublished
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
)
from aidataops.events.sourcing import ItemAccepted, ItemQuarantined
from aidataops.local.demo.observer import Observed, Observer


def judged_items(observer: Observer) -> set[str]:
    """The items that the gates have accepted or held back."""
    accepted = {event.payload.item_id for event in observer.all(ItemAccepted)}
    return accepted | {event.payload.item_id for event in observer.all(ItemQuarantined)}


def regressions(observer: Observer) -> list[RegressionDetected]:
    """Every regression, by its last revision."""
    latest = observer.latest(RegressionDetected, lambda one: one.regression_id)
    return [event.payload for event in latest.values()]


def dismissals(observer: Observer) -> dict[str, FindingsDismissed]:
    """Run → its failures that need no data work, by the last revision."""
    latest = observer.latest(FindingsDismissed, lambda one: one.run_id)
    return {run_id: event.payload for run_id, event in latest.items()}


def routed_failures(observer: Observer) -> set[str]:
    """The failures that are in a regression or dismissed."""
    routed = {name for one in regressions(observer) for name in one.failure_ids}
    return routed | {name for one in dismissals(observer).values() for name in one.failure_ids}


def requested(observer: Observer) -> list[Observed[RemediationRequested]]:
    """The data work asked for, what is most urgent first."""
    return sorted(observer.all(RemediationRequested), key=lambda event: -event.payload.priority)


def tried(observer: Observer) -> set[str]:
    """The remediations that a later evaluation has verified or reopened."""
    verified = {event.payload.remediation_id for event in observer.all(RemediationVerified)}
    return verified | {event.payload.remediation_id for event in observer.all(RemediationReopened)}


def version(observer: Observer, dataset: str, number: int) -> Observed[VersionPublished] | None:
    """A dataset version, once it is published."""
    found = observer.latest(VersionPublished, lambda one: f"{one.dataset}@{one.version}")
    return found.get(f"{dataset}@{number}")


def suspended(observer: Observer) -> set[str]:
    """The names of all who are suspended."""
    return {event.payload.annotator for event in observer.all(AnnotatorSuspended)}


def measurements(observer: Observer) -> dict[str, list[AgreementMeasured]]:
    """Batch → every measurement of its agreement, the first one first."""
    found: defaultdict[str, list[AgreementMeasured]] = defaultdict(list)
    for event in observer.all(AgreementMeasured):
        if event.payload.scope == "batch":
            found[event.payload.scope_value].append(event.payload)
    return found


def verdict(observer: Observer, batch_id: str) -> BatchReleased | BatchBlocked | None:
    """QA's last word on a batch: the highest revision counts."""
    said: list[BatchReleased | BatchBlocked] = [
        *(event.payload for event in observer.all(BatchReleased)),
        *(event.payload for event in observer.all(BatchBlocked)),
    ]
    of_batch = [one for one in said if one.batch_id == batch_id]
    return max(of_batch, key=lambda one: one.revision, default=None)
