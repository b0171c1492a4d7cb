"""Did the fix help: a later run against the run in which the finding was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aidataops.events.feedback import AcceptanceCriterion, Effect
from feedback_router.domain.attribution import Version
from feedback_router.domain.intervals import newcombe_paired
from feedback_router.domain.outcomes import PairedCounts
from feedback_router.domain.significance import mcnemar_improvement


def verify(counts: PairedCounts, criterion: AcceptanceCriterion) -> tuple[bool, Effect] | None:
    """Whether the slice passes, with the effect; ``None`` when the run cannot tell.

    It passes when the later run's rate reaches ``minimum_rate`` and the improvement is beyond
    chance (McNemar's exact test, one-sided). Where even every repaired sample together could not
    be significant, too few failed before: such a run neither verifies nor reopens. The interval is
    Newcombe's (paired, 95 %).
    """
    failed_before = counts.pairs - counts.passed_before
    if counts.pairs == 0 or mcnemar_improvement(0, failed_before) > criterion.significance:
        return None
    before, after = counts.passed_before / counts.pairs, counts.passed_after / counts.pairs
    lower, upper = newcombe_paired(counts)
    p_value = mcnemar_improvement(counts.lost, counts.gained)
    effect = Effect(
        before=before,
        after=after,
        difference=after - before,
        lower=lower,
        upper=upper,
        p_value=p_value,
    )
    return after >= criterion.minimum_rate and p_value <= criterion.significance, effect


def reopening(effect: Effect, criterion: AcceptanceCriterion) -> str:
    """Why a fix did not pass, in a sentence."""
    if effect.after < criterion.minimum_rate:
        return (
            f"The slice passes {effect.after:.1%} of its samples; "
            f"the criterion is {criterion.minimum_rate:.1%}."
        )
    return (
        f"The improvement of {effect.difference:+.1%} is not beyond chance "
        f"(p = {effect.p_value:.3g}, the criterion is {criterion.significance:g})."
    )


def holding(
    named: Iterable[Version], parents: Mapping[Version, frozenset[Version]]
) -> frozenset[Version]:
    """The versions that hold a fix: those that name it and everything built upon them."""
    held = set(named)
    grown = True
    while grown:
        children = {version for version, above in parents.items() if above & held}
        grown = not children <= held
        held |= children
    return frozenset(held)
