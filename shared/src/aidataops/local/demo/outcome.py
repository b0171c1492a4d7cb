"""How the story ended, and whether it ended as it should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aidataops.events import Payload
from aidataops.events.annotation import LabelAccepted
from aidataops.events.feedback import (
    RegressionDetected,
    RemediationApproved,
    RemediationCompleted,
    RemediationRequested,
    RemediationVerified,
)
from aidataops.events.lineage import VersionPublished
from aidataops.events.quality import BatchReleased
from aidataops.events.sourcing import BriefFulfilled
from aidataops.local.demo.observer import Observed
from aidataops.local.demo.readings import NUMBERS
from aidataops.local.demo.vendors import CARELESS
from aidataops.local.demo.wording import slice_name

MILESTONES: tuple[type[Payload], ...] = (
    RegressionDetected,
    RemediationRequested,
    RemediationApproved,
    BriefFulfilled,
    LabelAccepted,
    BatchReleased,
    VersionPublished,
    RemediationCompleted,
    RemediationVerified,
)
"""What the trace of the failing evaluation has to reach."""

SERVICES = "/services/"
"""With this begins the source of what a service says of its own accord."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The trace that began with the failing evaluation, as found on Kafka.

    ``services`` are those that said something in it, ``types`` the types of its events.
    """

    trace_id: str
    events: int
    services: tuple[str, ...]
    types: tuple[str, ...]

    @classmethod
    def of(cls, trace_id: str, events: Sequence[Observed[Payload]]) -> Trace:
        """Sum up the events of a trace."""
        sources = dict.fromkeys(event.source for event in events)
        return cls(
            trace_id,
            len(events),
            tuple(
                source.removeprefix(SERVICES) for source in sources if source.startswith(SERVICES)
            ),
            tuple(dict.fromkeys(event.payload.type for event in events)),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of the story: events observed, and rows of the read APIs as they came.

    ``numbers`` and ``annotators`` are the console's, ``remediations`` the feedback router's, and
    ``why`` is what lineage knows to be behind the model that was mended.
    """

    numbers: Mapping[str, int]
    regressions: Sequence[RegressionDetected]
    remediations: Sequence[Mapping[str, Any]]
    annotators: Sequence[Mapping[str, Any]]
    versions: Sequence[VersionPublished]
    why: Mapping[str, Any]
    trace: Trace

    @property
    def suspended(self) -> list[str]:
        """The names of the annotators who are suspended."""
        return [row["annotator"] for row in self.annotators if row["suspended"]]

    def problems(self) -> list[str]:
        """What did not end as it should, a sentence each; empty when all is well."""
        found = [
            f"{name} is {self.numbers[name]}, not 0." for name in NUMBERS if self.numbers[name]
        ]
        found += [
            f"Remediation {row['remediation_id']} ({row['kind']}) is {row['state']}, not verified."
            for row in self.remediations
            if row["state"] != "verified"
        ]
        if not self.regressions:
            found.append("No regression was detected.")
        if not self.remediations:
            found.append("No remediation was requested.")
        if CARELESS.name not in self.suspended:
            found.append(f"{CARELESS.name}, who is careless, is not suspended.")
        missing = [one for one in MILESTONES if one.type not in self.trace.types]
        if missing:
            names = ", ".join(one.__name__ for one in missing)
            found.append(f"Trace {self.trace.trace_id} breaks off: no {names} in it.")
        return found

    def as_document(self, seconds: float) -> dict[str, Any]:
        """For machines."""
        return {
            "ok": not self.problems(),
            "problems": self.problems(),
            "three_numbers": {name: self.numbers[name] for name in NUMBERS},
            "regressions": [
                {
                    "id": one.regression_id,
                    "slice": slice_name(one.slices),
                    "model": one.model,
                    "pairs": one.pairs,
                    "passed_before": one.passed_before,
                    "passed_after": one.passed_after,
                    "p_value": one.p_value,
                    "q_value": one.q_value,
                    "verdict": one.verdict,
                    "attribution": one.attribution.verdict,
                    "sentence": one.attribution.sentence,
                }
                for one in self.regressions
            ],
            "remediations": [
                {
                    "id": row["remediation_id"],
                    "kind": row["kind"],
                    "slice": slice_name(row["slices"]),
                    "state": row["state"],
                    "effect": row["effect"],
                }
                for row in self.remediations
            ],
            "annotators_suspended": self.suspended,
            "dataset_versions": [
                {
                    "name": one.dataset,
                    "version": one.version,
                    "hash": one.hash,
                    "items": one.items,
                }
                for one in self.versions
            ],
            "trace_id": self.trace.trace_id,
            "seconds": round(seconds, 1),
        }
