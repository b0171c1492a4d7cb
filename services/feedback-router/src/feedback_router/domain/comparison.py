"""One metric of two runs, slice by slice: the test that its samples allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from feedback_router.domain.bootstrap import clustered_bootstrap
from feedback_router.domain.outcomes import Outcome, PairedCounts, SliceKey
from feedback_router.domain.significance import mcnemar_two_sided, two_proportion
from feedback_router.domain.slicing import Search, Slice, find_slices, members_where, places_of

Pair = tuple[Outcome, Outcome]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric on one slice against the baseline run.

    ``worse`` says in which direction it went, ``q_value`` and ``regressed`` are settled once every
    comparison of the run is there. ``difference`` with its interval is of a graded score;
    ``samples_before`` only of samples that do not pair.
    """

    metric: str
    slices: SliceKey
    counts: PairedCounts
    p_value: float
    worse: bool
    test: str = "mcnemar_exact"
    discovered: bool = False
    difference: float | None = None
    lower: float | None = None
    upper: float | None = None
    samples_before: int | None = None
    q_value: float = 1.0
    regressed: bool = False


class Paired:
    """Samples that both runs answered.

    McNemar's exact test where samples pass or fail and each is a prompt of its own; otherwise the
    clustered bootstrap of the mean score. Whether more is better is read off the samples: the
    scores of those that pass lie above those that fail, or below.
    """

    def __init__(
        self, metric: str, pairs: Sequence[Pair], slice_by: Sequence[str], search: Search
    ) -> None:
        self._metric = metric
        self._pairs = pairs
        self.slices = find_slices([later.slices for _, later in pairs], slice_by, search)
        self._before = members_where(earlier.passed for earlier, _ in pairs)
        self._after = members_where(later.passed for _, later in pairs)
        self._graded = _is_graded(pairs)

    def compare(self, slices: Sequence[Slice]) -> list[Comparison]:
        """These slices, with p-values of their own."""
        counts = [self._count(one.members) for one in slices]
        if not self._graded:
            return [
                Comparison(
                    self._metric,
                    one.key,
                    counted,
                    mcnemar_two_sided(counted.lost, counted.gained),
                    counted.lost > counted.gained,
                    discovered=one.discovered,
                )
                for one, counted in zip(slices, counts, strict=True)
            ]
        chosen = [places_of(one.members) for one in slices]
        sign = _direction(self._pairs)
        changes = [
            (later.cluster or later.sample_id, sign * (later.graded - earlier.graded))
            for earlier, later in self._pairs
        ]
        return [
            Comparison(
                self._metric,
                one.key,
                counted,
                change.p_value,
                change.mean < 0,
                test="clustered_bootstrap",
                discovered=one.discovered,
                difference=sign * change.mean,
                lower=min(sign * change.lower, sign * change.upper),
                upper=max(sign * change.lower, sign * change.upper),
            )
            for one, counted, change in zip(
                slices, counts, clustered_bootstrap(changes, chosen), strict=True
            )
        ]

    def _count(self, members: int) -> PairedCounts:
        before, after = members & self._before, members & self._after
        return PairedCounts(
            members.bit_count(),
            before.bit_count(),
            after.bit_count(),
            (before & ~after).bit_count(),
            (after & ~before).bit_count(),
        )


class Unpaired:
    """Samples of which none is in both runs: two independent proportions, and said so."""

    def __init__(
        self,
        metric: str,
        before: Sequence[Outcome],
        after: Sequence[Outcome],
        slice_by: Sequence[str],
        search: Search,
    ) -> None:
        self._metric = metric
        self._samples = [*before, *after]
        self._before = (1 << len(before)) - 1
        self._passed = members_where(one.passed for one in self._samples)
        self.slices = [
            one
            for one in find_slices([sample.slices for sample in self._samples], slice_by, search)
            if one.members & self._before and one.members & ~self._before
        ]

    def compare(self, slices: Sequence[Slice]) -> list[Comparison]:
        """These slices, with p-values of their own."""
        return [self._compare(one) for one in slices]

    def _compare(self, one: Slice) -> Comparison:
        old, new = one.members & self._before, one.members & ~self._before
        before, after = old.bit_count(), new.bit_count()
        passed_before = (old & self._passed).bit_count()
        passed_after = (new & self._passed).bit_count()
        expected = round(passed_before / before * after) if before else 0
        return Comparison(
            self._metric,
            one.key,
            PairedCounts(
                after,
                expected,
                passed_after,
                max(0, expected - passed_after),
                max(0, passed_after - expected),
            ),
            two_proportion(passed_before, before, passed_after, after) if before and after else 1.0,
            bool(before and after) and passed_after * before < passed_before * after,
            test="two_proportion",
            discovered=one.discovered,
            samples_before=before,
        )


def _is_graded(pairs: Sequence[Pair]) -> bool:
    clusters = Counter(later.cluster for _, later in pairs if later.cluster is not None)
    return any(size > 1 for size in clusters.values()) or any(
        one.graded != one.passed for both in pairs for one in both
    )


def _direction(pairs: Sequence[Pair]) -> int:
    passed = [one.graded for both in pairs for one in both if one.passed]
    failed = [one.graded for both in pairs for one in both if not one.passed]
    return -1 if passed and failed and fmean(passed) < fmean(failed) else 1
