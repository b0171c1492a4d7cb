"""The clustered bootstrap against scipy, and against what ignoring clusters does."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from feedback_router.domain.bootstrap import clustered_bootstrap, student_t


@given(st.floats(0, 40), st.integers(1, 300))
def test_students_t_is_scipys(statistic: float, freedom: int) -> None:
    expected = 2 * stats.t.sf(statistic, freedom)
    assert student_t(statistic, freedom) == pytest.approx(expected, rel=1e-7, abs=1e-300)


def test_the_interval_is_scipys_where_every_sample_is_its_own_cluster() -> None:
    random = np.random.default_rng(3)
    changes = random.normal(-0.1, 0.4, 120)
    (found,) = clustered_bootstrap(
        [(str(n), float(one)) for n, one in enumerate(changes)], [range(120)]
    )
    oracle = stats.bootstrap(
        (changes,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(4)
    ).confidence_interval
    assert (found.lower, found.upper) == pytest.approx((oracle.low, oracle.high), abs=0.012)
    assert found.mean == pytest.approx(changes.mean())
    assert found.p_value == pytest.approx(stats.ttest_1samp(changes, 0).pvalue, rel=0.3)


def test_few_samples_are_judged_as_by_a_t_test() -> None:
    """Drawing n of n understates the spread by (n - 1)/n: with six a tenth of the t statistic."""
    changes = [-0.5, 0.3, -0.6, -0.1, 0.2, -0.4]
    (found,) = clustered_bootstrap([(str(n), one) for n, one in enumerate(changes)], [range(6)])
    assert found.p_value == pytest.approx(stats.ttest_1samp(changes, 0).pvalue, rel=0.06)


def noise(random: Random, prompts: int, epochs: int) -> list[tuple[str, float]]:
    """No change at all on average; what a prompt does, it does in every epoch."""
    found = []
    for prompt in range(prompts):
        shared = random.gauss(0, 1)
        found += [(str(prompt), shared + random.gauss(0, 0.3)) for _ in range(epochs)]
    return found


def test_repeated_epochs_are_no_independent_evidence() -> None:
    """300 runs of noise: clustered at most 7 % alarms, by sample as a t-test several times that."""
    random = Random(5)
    clustered = naive = 0
    for seed in range(300):
        changes = noise(random, 25, 4)
        clustered += clustered_bootstrap(changes, [range(100)], seed)[0].p_value <= 0.05
        naive += stats.ttest_1samp([one for _, one in changes], 0).pvalue <= 0.05
    assert clustered / 300 <= 0.07
    assert naive / 300 > 0.2


def test_few_clusters_never_tell_more_than_their_signs() -> None:
    changes = [(str(n), -1.0) for n in range(5)]
    assert clustered_bootstrap(changes, [range(5)])[0].p_value == 2.0**-4
    assert clustered_bootstrap([("one", -1.0)] * 9, [range(9)])[0].p_value == 1.0


def test_the_same_changes_have_the_same_answer() -> None:
    changes = noise(Random(6), 20, 2)
    assert clustered_bootstrap(changes, [range(40)]) == clustered_bootstrap(changes, [range(40)])
