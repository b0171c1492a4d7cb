"""Krippendorff's alpha: published numbers, an oracle, and the algebra of the matrix."""

from __future__ import annotations

from collections import defaultdict

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.domain.agreement import CoincidenceMatrix, measure_agreement

KRIPPENDORFF_4X12 = """
1 1 . 1|2 2 3 2|3 3 3 3|3 3 3 3|2 2 2 2|1 2 3 4|4 4 4 4|1 1 2 1|2 2 2 2|. 5 5 5|. . 1 1|. . 3 .
"""
WIKIPEDIA_3X15 = """
. 1 .|. . .|. 2 2|. 1 1|. 3 3|3 3 4|4 4 4|1 3 .|2 . 2|1 . 1|1 . 1|3 . 3|3 . 3|. . .|3 . 4
"""


def matrix_of(table: str) -> CoincidenceMatrix:
    matrix = CoincidenceMatrix()
    for unit, row in enumerate(table.strip().split("|")):
        for value in row.split():
            if value != ".":
                matrix.add(str(unit), value)
    return matrix


@pytest.mark.parametrize(
    ("table", "alpha", "units", "labels"),
    [(KRIPPENDORFF_4X12, 0.743, 11, 40), (WIKIPEDIA_3X15, 0.691, 12, 26)],
)
def test_published_alphas_are_met(table: str, alpha: float, units: int, labels: int) -> None:
    matrix = matrix_of(table)
    assert matrix.alpha == pytest.approx(alpha, abs=5e-4)
    assert (matrix.units, matrix.labels) == (units, labels)


def test_labels_that_are_all_alike_have_no_alpha() -> None:
    matrix = matrix_of("a a a|a a|a a a")
    agreement = measure_agreement(matrix, annotators=3, seed="s")
    assert (agreement.value, agreement.lower, agreement.upper) == (None, None, None)
    assert agreement.reason == "no_variation"


@pytest.mark.parametrize("table", ["", "a|b|. b"])
def test_labels_that_nothing_can_be_paired_with_have_no_alpha(table: str) -> None:
    agreement = measure_agreement(matrix_of(table), annotators=0, seed="s")
    assert (agreement.value, agreement.reason) == (None, "no_overlap")


def test_units_summed_up_elsewhere_give_the_same_alpha() -> None:
    whole, summed = matrix_of(KRIPPENDORFF_4X12), CoincidenceMatrix()
    for pattern, units in whole.patterns.items():
        summed.add_units(pattern, units)
    assert summed.alpha == whole.alpha
    assert summed.patterns == whole.patterns


def test_withdrawing_what_was_never_said_changes_nothing() -> None:
    matrix = matrix_of("a a b|b b")
    before = matrix.alpha, dict(matrix.patterns)
    with pytest.raises(KeyError):
        matrix.withdraw("0", "c")
    assert (matrix.alpha, dict(matrix.patterns)) == before


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "withdraw", "change"]), st.integers(0, 7), st.integers(0, 3)),
    max_size=80,
)


@given(STEPS)
def test_any_sequence_of_changes_equals_a_recompute(steps: list[tuple[str, int, int]]) -> None:
    matrix, known = CoincidenceMatrix(), defaultdict[int, list[int]](list)
    for verb, unit, value in steps:
        if verb == "add":
            matrix.add(str(unit), str(value))
            known[unit].append(value)
        elif known[unit]:
            before = known[unit].pop()
            if verb == "withdraw":
                matrix.withdraw(str(unit), str(before))
            else:
                matrix.change(str(unit), str(before), str(value))
                known[unit].append(value)
    table = np.array([[labels.count(v) for v in range(4)] for labels in known.values()])
    assert matrix.units == sum(len(labels) > 1 for labels in known.values())
    if matrix.reason is None:
        expected = krippendorff.alpha(value_counts=table, level_of_measurement="nominal")
        assert matrix.alpha == pytest.approx(expected, abs=1e-12)
    else:
        values = {value for labels in known.values() if len(labels) > 1 for value in labels}
        assert len(values) == (1 if matrix.reason == "no_variation" else 0)
