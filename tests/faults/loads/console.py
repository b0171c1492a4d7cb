"""Console: failures, regressions, remediations and what happened to them, each a row."""

from __future__ import annotations

from random import Random

from aidataops.events.evaluation import EvaluationFailure, FailureCategory
from aidataops.events.feedback import (
    Attribution,
    RegressionDetected,
    RemediationApproved,
    RemediationRequested,
)
from tests.faults.invariants import Expectation
from tests.faults.loads.load import SMALL_BATCHES, Clockwork, Load, in_waves, names, union

PROJECT = "support"
SLICES = {"domain": "returns", "language": "es"}

EFFECTS = union(
    "'failure/' || failure_id FROM failures",
    "'regression/' || regression_id FROM regressions",
    "'remediation/' || remediation_id FROM remediations",
    "'step/' || remediation_id || '/' || step FROM remediation_steps",
    "'answer/' || regression_id || '/' || remediation_id FROM regression_answers",
)


def remediations(chance: Random) -> Load:
    """One of each kind per number, in any order."""
    numbers = [f"{number:02d}" for number in range(chance.randint(20, 30))]
    clockwork = Clockwork()
    events = [clockwork.event(_failure(number), f"failure/{number}") for number in numbers]
    events += [clockwork.event(_regression(number), f"regression/{number}") for number in numbers]
    events += [clockwork.event(_request(number), f"remediation/{number}") for number in numbers]
    events += [clockwork.event(_approval(number), f"step/{number}/approved") for number in numbers]
    chance.shuffle(events)
    return Load(
        service="console",
        effects=EFFECTS,
        waves=in_waves(events, 25),
        expectation=Expectation(results=names(f"answer/{number}/{number}" for number in numbers)),
        environment=SMALL_BATCHES,
    )


def _failure(number: str) -> EvaluationFailure:
    return EvaluationFailure(
        failure_id=number,
        run_id="run-1",
        project=PROJECT,
        model="acme/assistant-v2",
        task="support",
        sample_id=number,
        category=FailureCategory.COVERAGE_GAP,
        metric="exact_match",
        score=0.0,
    )


def _regression(number: str) -> RegressionDetected:
    return RegressionDetected(
        regression_id=number,
        project=PROJECT,
        run_id="run-1",
        baseline_run_id="run-0",
        model="acme/assistant-v2",
        metric="exact_match",
        slices=SLICES,
        pairs=40,
        passed_before=36,
        passed_after=20,
        lost=17,
        gained=1,
        p_value=0.0001,
        q_value=0.001,
        attribution=Attribution(verdict="data", sentence="The slice shrank."),
    )


def _request(number: str) -> RemediationRequested:
    return RemediationRequested(
        remediation_id=number,
        project=PROJECT,
        kind="source_items",
        slices=SLICES,
        regression_ids=(number,),
        priority=1.0,
        quota=10,
        reason="The slice shrank.",
        policy_version="1",
    )


def _approval(number: str) -> RemediationApproved:
    return RemediationApproved(
        remediation_id=number,
        project=PROJECT,
        kind="source_items",
        slices=SLICES,
        quota=10,
        approved_by="lead",
    )
