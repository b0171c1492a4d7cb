"""Feedback router: single failures, each of a run of its own, gather in clusters."""

from __future__ import annotations

from random import Random

from aidataops.events import Payload
from aidataops.events.evaluation import EvaluationFailure, FailureCategory
from aidataops.events.feedback import FindingsDismissed, RemediationRequested
from tests.faults.invariants import Expectation
from tests.faults.loads.load import SMALL_BATCHES, Clockwork, Load, in_waves, names, union

PROJECT = "support"

EFFECTS = union(
    "'failure/' || failure_id FROM failures",
    "'remediation/' || (slices ->> 'domain') FROM remediations",
)


def failures(chance: Random) -> Load:
    """Failures in fewer clusters: one remediation per cluster, and every failure routed once.

    The first of a cluster are named by its remediation, the later ones by a dismissal that says so.
    """
    numbers = [f"{number:03d}" for number in range(chance.randint(70, 100))]
    domains = {number: f"domain-{chance.randrange(60)}" for number in numbers}
    clockwork = Clockwork()
    events = [
        clockwork.event(_failure(number, domain), f"failure/{number}")
        for number, domain in domains.items()
    ]
    return Load(
        service="feedback-router",
        effects=EFFECTS,
        waves=in_waves(events, 25),
        expectation=Expectation(
            results=names(f"remediation/{domain}" for domain in domains.values()),
            announcements=names(
                (f"requested/{domain}" for domain in domains.values()),
                (f"routed/{number}" for number in numbers),
            ),
        ),
        names_of=_names,
        environment=SMALL_BATCHES,
    )


def _names(payload: Payload) -> tuple[str, ...]:
    match payload:
        case RemediationRequested():
            routed = (f"routed/{failure}" for failure in payload.failure_ids)
            return f"requested/{payload.slices['domain']}", *routed
        case FindingsDismissed():
            return tuple(f"routed/{failure}" for failure in payload.failure_ids)
    return ()


def _failure(number: str, domain: str) -> EvaluationFailure:
    return EvaluationFailure(
        failure_id=number,
        run_id=f"run-{number}",
        project=PROJECT,
        model="acme/assistant-v2",
        task="support",
        sample_id=f"sample-{number}",
        slices={"domain": domain, "language": "es"},
        category=FailureCategory.COVERAGE_GAP,
        metric="exact_match",
        score=0.0,
    )
