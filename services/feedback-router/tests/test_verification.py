"""What a later run has to show."""

import pytest

from aidataops.events.feedback import AcceptanceCriterion
from feedback_router.domain.outcomes import PairedCounts
from feedback_router.domain.verification import holding, reopening, verify

CRITERION = AcceptanceCriterion(metric="exact_match", slices={}, minimum_rate=0.91)


def test_a_recovered_slice_passes_with_its_effect() -> None:
    verdict = verify(PairedCounts(25, 3, 24, 0, 21), CRITERION)
    assert verdict is not None
    passed, effect = verdict
    assert passed
    assert (effect.before, effect.after) == (0.12, 0.96)
    assert effect.p_value == pytest.approx(2**-21)
    assert 0.5 < effect.lower < 0.84 < effect.upper < 1


def test_better_but_under_the_criterion_does_not_pass() -> None:
    verdict = verify(PairedCounts(25, 3, 20, 0, 17), CRITERION)
    assert verdict is not None
    assert not verdict[0]
    assert "80.0%" in reopening(verdict[1], CRITERION)


def test_above_the_criterion_by_chance_does_not_pass() -> None:
    verdict = verify(PairedCounts(100, 90, 92, 5, 7), CRITERION)
    assert verdict is not None
    assert not verdict[0]
    assert "beyond chance" in reopening(verdict[1], CRITERION)


@pytest.mark.parametrize("counts", [PairedCounts(), PairedCounts(4, 0, 4, 0, 4)])
def test_a_run_that_cannot_tell_says_nothing(counts: PairedCounts) -> None:
    assert verify(counts, CRITERION) is None


def test_a_fix_lives_on_in_what_is_built_upon_it() -> None:
    parents = {
        ("support", 1): frozenset[tuple[str, int]](),
        ("support", 2): frozenset([("support", 1)]),
        ("support", 3): frozenset([("support", 2)]),
        ("mixed", 1): frozenset([("support", 3), ("other", 1)]),
        ("other", 1): frozenset[tuple[str, int]](),
    }
    assert holding([("support", 2)], parents) == {("support", 2), ("support", 3), ("mixed", 1)}
    assert holding([], parents) == frozenset()
