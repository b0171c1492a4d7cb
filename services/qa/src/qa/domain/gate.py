"""The release gate: what a batch has to show before it ships."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aidataops.events.quality import Agreement, GateCheck, Verdict
from qa.domain.floor import hold_against
from qa.domain.golden import UNACCEPTABLE
from qa.domain.proportion import wilson_interval

LABEL_COVERAGE_FLOOR = 0.8
"""Share of a batch's items that must reach a consensus.

The others wait for review and do not ship; if they are many, what does ship is the easy part.
"""

_MUST_PASS = frozenset({"agreement", "label_coverage"})
_GATES = {"personal_data": "privacy", "licence": "licence"}
"""Which of sourcing's gates is which check."""


@dataclass(frozen=True)
class Standard:
    """A floor, and the decision that set it; without one it is the project's or ours."""

    value: float
    decision_id: str | None = None


@dataclass(frozen=True)
class Waiver:
    """Who is Accountable lets a batch pass in spite of a check, for a while."""

    decision_id: str
    until: datetime


@dataclass(frozen=True)
class Coverage:
    """What sourcing last said about how the project's items cover production."""

    verdict: Verdict
    population_stability_index: float | None


@dataclass(frozen=True)
class Terms:
    """What a batch is held to: floors, waivers that are in force by check, what sourcing said.

    ``quarantined`` is how many of the batch's items are held back, by sourcing's gate.
    """

    agreement_floor: Standard
    golden_accuracy: Standard = Standard(UNACCEPTABLE)
    coverage_floor: Standard | None = None
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    coverage: Coverage | None = None
    quarantined: Mapping[str, int] = field(default_factory=dict)


def check_agreement(agreement: Agreement, floor: Standard) -> GateCheck:
    """The coefficient's lower bound against the project's floor."""
    return GateCheck(
        name="agreement",
        verdict=hold_against(floor.value, agreement.lower, agreement.upper),
        figure=agreement.lower,
        floor=floor.value,
        detail=_agreement_detail(agreement),
        standard=floor.decision_id,
    )


def _agreement_detail(agreement: Agreement) -> str:
    if agreement.reason == "no_overlap":
        return "no item has two trusted labels"
    if agreement.reason == "no_variation":
        return f"all {agreement.labels} labels are alike: alpha does not exist"
    if agreement.value is None:
        return f"{agreement.coefficient} does not exist: {agreement.reason}"
    over = f"{agreement.coefficient} {agreement.value:.3f} over {agreement.units} items"
    if agreement.lower is None or agreement.upper is None:
        return f"{over}; too little variation for an interval"
    return f"{over}, 95 % interval [{agreement.lower:.3f}, {agreement.upper:.3f}]"


def check_golden_accuracy(
    correct: int,
    total: int,
    floor: Standard = Standard(UNACCEPTABLE),
) -> GateCheck:
    """Trusted labels of the batch's golden items against the share that is worth nothing."""
    lower, upper = wilson_interval(correct, total)
    return GateCheck(
        name="golden_accuracy",
        verdict=hold_against(floor.value, lower, upper),
        figure=correct / total if total else None,
        floor=floor.value,
        detail=f"{correct} of {total} right, 95 % interval [{lower:.3f}, {upper:.3f}]",
        standard=floor.decision_id,
    )


def check_label_coverage(decided: int, items: int) -> GateCheck:
    """Items with a consensus of trusted labels, of all items of the batch."""
    share = decided / items if items else None
    return GateCheck(
        name="label_coverage",
        verdict="passed" if share is not None and share >= LABEL_COVERAGE_FLOOR else "failed",
        figure=share,
        floor=LABEL_COVERAGE_FLOOR,
        detail=f"{decided} of {items} items have a consensus of trusted labels",
    )


def check_sourcing(terms: Terms) -> tuple[GateCheck, ...]:
    """Coverage where sourcing has given a verdict, privacy and licence where it held items back."""
    checks = []
    if terms.coverage is not None:
        floor = terms.coverage_floor
        index = terms.coverage.population_stability_index
        checks.append(
            GateCheck(
                name="coverage",
                verdict=terms.coverage.verdict,
                figure=index,
                floor=floor.value if floor else None,
                detail="population stability index against production, as sourcing measured it",
                standard=floor.decision_id if floor else None,
            )
        )
    for gate, number in sorted(terms.quarantined.items()):
        name = _GATES.get(gate, gate)
        detail = f"sourcing holds back {number} of the batch's items: remove them"
        checks.append(GateCheck(name=name, verdict="failed", figure=number, floor=0, detail=detail))
    return tuple(checks)


def waive(
    checks: Sequence[GateCheck], agreement: Agreement, waivers: Mapping[str, Waiver]
) -> tuple[GateCheck, ...]:
    """Put waivers beside the checks that need one.

    There is none for a missing measurement of agreement.
    """
    return tuple(
        check.model_copy(
            update={"waiver": waiver.decision_id, "waived_until": waiver.until},
        )
        if (waiver := waivers.get(check.name))
        and not _stands(check)
        and (check.name != "agreement" or agreement.value is not None)
        else check
        for check in checks
    )


def opens(checks: Sequence[GateCheck]) -> bool:
    """Whether the batch ships.

    Agreement and label coverage must have passed. The others must not have failed: a batch holds
    too few golden items to prove a rate by itself, and every annotator stands under a test that
    adds them up over batches. What does not stand may have been waived.
    """
    names = {check.name for check in checks}
    return names >= _MUST_PASS and all(_stands(check) or check.waiver for check in checks)


def _stands(check: GateCheck) -> bool:
    if check.name in _MUST_PASS:
        return check.verdict == "passed"
    return check.verdict != "failed"
