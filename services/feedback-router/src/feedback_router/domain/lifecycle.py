"""The life of a remediation, as a state machine over everything known about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from aidataops.events.feedback import Effect
from feedback_router.domain.attribution import Version

State = Literal[
    "requested", "approved", "declined", "in_progress", "completed", "verified", "reopened"
]
Step = Literal["approve", "decline", "answer", "progress", "complete", "pass", "fail"]
Stage = Literal["sourced", "labelled", "released"]

TRANSITIONS: dict[tuple[State, Step], State] = {
    ("requested", "approve"): "approved",
    ("requested", "decline"): "declined",
    ("approved", "decline"): "declined",
    ("declined", "approve"): "approved",
    ("requested", "answer"): "completed",
    ("approved", "answer"): "completed",
    ("approved", "progress"): "in_progress",
    ("in_progress", "progress"): "in_progress",
    ("approved", "complete"): "completed",
    ("in_progress", "complete"): "completed",
    ("completed", "pass"): "verified",
    ("completed", "fail"): "reopened",
    ("verified", "fail"): "reopened",
    ("verified", "pass"): "verified",
    ("reopened", "pass"): "verified",
    ("reopened", "fail"): "reopened",
}
"""Every legal step; any other leaves the state as it is."""


Obstacle = Literal[
    "no_accountable",
    "several_accountable",
    "external_accountable",
    "approver_is_author",
    "consultation_open",
    "budget_spent",
]


@dataclass(frozen=True, slots=True)
class Block:
    """What is not in order, as a word and as a sentence."""

    reason: Obstacle
    detail: str
    decision_id: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A yes or no; ``decision_id`` is ``None`` when the policy's budget said it."""

    approved: bool
    made_by: str
    made_at: datetime | None
    decision_id: str | None
    reason: str = ""

    @property
    def order(self) -> tuple[bool, float, str]:
        """The policy's first, then by time."""
        made_at = self.made_at
        return made_at is not None, made_at.timestamp() if made_at else 0.0, self.decision_id or ""


@dataclass(frozen=True, slots=True)
class Progress:
    """One stage that the work has reached; ``done`` counts items or tasks."""

    stage: Stage
    done: int
    batch_id: str | None = None
    brief_id: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A later run that tested the fix."""

    run_id: str
    completed_at: datetime
    passed: bool
    effect: Effect


@dataclass(frozen=True, slots=True)
class Known:
    """Everything known about one remediation, in no particular order.

    ``answered``: it asked for a decision, and that has been made.
    """

    decisions: tuple[Decision, ...] = ()
    progress: tuple[Progress, ...] = ()
    versions: tuple[Version, ...] = ()
    trials: tuple[Trial, ...] = ()
    answered: bool = False
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """Where a remediation stands, and the facts that brought it there."""

    state: State = "requested"
    decision: Decision | None = None
    progress: tuple[Progress, ...] = ()
    completed_in: Version | None = None
    trial: Trial | None = None
    block: Block | None = None


def step(state: State, taken: Step) -> State | None:
    """The state after a step, or ``None`` where the step is not legal."""
    return TRANSITIONS.get((state, taken))


def live(known: Known) -> Life:
    """Replay what is known in the order in which it must have happened.

    Decisions by time (the last one counts), then progress, then dataset versions, then runs by
    time. The result depends on the set of facts only: a decision that arrives after the work it
    allowed still lets that work count.
    """
    life = Life(block=known.block)
    for decision in sorted(known.decisions, key=lambda decision: decision.order):
        life = _advance(life, "approve" if decision.approved else "decline", decision=decision)
    if known.answered:
        life = _advance(life, "answer")
    for progress in sorted(known.progress, key=_progressed):
        life = _advance(life, "progress", progress=(*life.progress, progress))
    for version in sorted(known.versions):
        life = _advance(life, "complete", completed_in=version)
    for trial in sorted(known.trials, key=lambda trial: (trial.completed_at, trial.run_id)):
        life = _advance(life, "pass" if trial.passed else "fail", trial=trial)
    return life


def _advance(life: Life, taken: Step, **facts: object) -> Life:
    state = step(life.state, taken)
    return life if state is None else replace(life, state=state, **facts)  # type: ignore[arg-type]


def _progressed(progress: Progress) -> tuple[int, str, str]:
    order: tuple[Stage, ...] = ("sourced", "labelled", "released")
    return order.index(progress.stage), progress.batch_id or "", progress.brief_id or ""
