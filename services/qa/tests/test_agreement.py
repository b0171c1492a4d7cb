"""Agreement: published numbers, reference libraries, and the algebra of the matrix."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as fleiss_of_statsmodels

from aidataops.events.quality import AgreementMeasured, Scope
from qa.domain.agreement.coefficients import cohen_kappa
from qa.domain.agreement.coincidences import CoincidenceMatrix
from qa.domain.agreement.confusion import costliest_confusions
from qa.domain.agreement.measure import Measurement, Schema, measure
from qa.domain.agreement.scales import INTERVAL, MASI, NOMINAL, RATIO, OrdinalScale, Scale
from qa.domain.gate import Standard
from qa.domain.measuring import Program, measure_scope
from qa.domain.units import Tally, Unit, Vote, difference

FIXTURES = Path(__file__).parent / "fixtures"
LEVELS = ("1", "2", "3", "4", "5")
ORDINAL = OrdinalScale(LEVELS)
SCALES: dict[Any, Scale] = {
    "nominal": NOMINAL,
    "ordinal": ORDINAL,
    "interval": INTERVAL,
    "ratio": RATIO,
}


def rows_of(name: str) -> list[list[str]]:
    with (FIXTURES / name).open() as lines:
        return list(csv.reader(lines))[1:]


def matrix_of(name: str) -> CoincidenceMatrix:
    matrix = CoincidenceMatrix()
    for unit, *labels in rows_of(name):
        for label in labels:
            if label:
                matrix.add(unit, f"{float(label):g}")
    return matrix


def figures_of(measured: Measurement) -> dict[str, float | None]:
    return {one.coefficient: one.value for one in (measured.agreement, *measured.further)}


@pytest.mark.parametrize(
    ("name", "scale", "alpha"),
    [
        ("krippendorff_4x12.csv", "nominal", 0.743),
        ("krippendorff_4x12.csv", "ordinal", 0.815),
        ("krippendorff_4x12.csv", "interval", 0.849),
        ("krippendorff_4x12.csv", "ratio", 0.797),
        ("krippendorff_wikipedia_3x15.csv", "nominal", 0.691),
        ("krippendorff_wikipedia_3x15.csv", "interval", 0.811),
    ],
)
def test_published_alphas_are_met(name: str, scale: str, alpha: float) -> None:
    assert matrix_of(name).alpha(SCALES[scale]) == pytest.approx(alpha, abs=5e-4)


def test_unit_with_one_label_counts_nowhere() -> None:
    matrix = matrix_of("krippendorff_4x12.csv")
    assert (matrix.units, matrix.labels) == (11, 40)


def test_published_fleiss_kappas_are_met() -> None:
    measured = measure(
        matrix_of("fleiss1971_30x6.csv"), Schema("categorical", LEVELS), annotators=6, seed="s"
    )
    assert figures_of(measured)["fleiss_kappa"] == pytest.approx(0.430, abs=5e-4)
    matrix = CoincidenceMatrix()
    for _, *counts in rows_of("fleiss_wikipedia_10x14_counts.csv"):
        shown = zip(LEVELS, map(int, counts), strict=True)
        matrix.add_units(tuple((value, number) for value, number in shown if number), 1)
    measured = measure(matrix, Schema("categorical", LEVELS), annotators=14, seed="s")
    assert figures_of(measured)["fleiss_kappa"] == pytest.approx(0.210, abs=5e-4)


def table_of(name: str) -> dict[tuple[str, str], int]:
    return {
        (str(row), str(column)): int(number)
        for row, (_, *numbers) in enumerate(rows_of(name))
        for column, number in enumerate(numbers)
    }


def test_published_kappas_of_cohen_are_met() -> None:
    table = table_of("cohen1960_3x3.csv")
    disagreement = {"01": 1, "02": 3, "12": 6}
    assert cohen_kappa(table) == pytest.approx(0.492, abs=5e-4)
    weighted = cohen_kappa(table, lambda a, b: 1 - disagreement.get("".join(sorted(a + b)), 0) / 6)
    assert weighted == pytest.approx(0.348, abs=5e-4)


def test_the_paradox_of_prevalence_is_shown_beside_ac1_with_a_warning() -> None:
    table = table_of("kappa_paradox_2x2.csv")
    matrix = CoincidenceMatrix()
    for pair, number in table.items():
        matrix.add_units(tuple(sorted(Counter(pair).items())), number)
    schema = Schema("categorical", ("0", "1"))
    measured = measure(matrix, schema, annotators=2, seed="s", table=table)
    figures = figures_of(measured)
    assert figures["percent_agreement"] == pytest.approx(0.944)
    assert figures["cohen_kappa"] == pytest.approx(-0.0234, abs=5e-5)
    assert figures["gwet_ac1"] == pytest.approx(0.9408, abs=5e-5)
    assert measured.warnings == ("prevalence",)


def test_labels_that_disagree_without_prevalence_bring_no_warning() -> None:
    measured = measure(
        matrix_of("fleiss1971_30x6.csv"), Schema("categorical", LEVELS), annotators=6, seed="s"
    )
    assert measured.warnings == ()


def test_prevalence_without_a_paradox_brings_no_warning() -> None:
    matrix = CoincidenceMatrix.of({(("0", 2),): 90, (("1", 2),): 10})
    measured = measure(matrix, Schema("categorical", ("0", "1")), annotators=2, seed="s")
    assert measured.warnings == ()


@pytest.mark.parametrize("kind", ["categorical", "ordinal", "pairwise", "text"])
def test_labels_that_are_all_alike_have_no_alpha(kind: str) -> None:
    matrix = CoincidenceMatrix.of({(("a", 3),): 5, (("a", 2),): 1})
    measured = measure(matrix, Schema(kind, ("a", "b")), annotators=3, seed="s")
    agreement = measured.agreement
    assert (agreement.value, agreement.lower, agreement.upper) == (None, None, None)
    assert agreement.reason == "no_variation"


@pytest.mark.parametrize("kind", ["categorical", "ordinal", "multi_label", "ranking", "spans"])
def test_labels_that_nothing_can_be_paired_with_have_no_agreement(kind: str) -> None:
    matrix = CoincidenceMatrix()
    matrix.add("1", "[]")
    measured = measure(matrix, Schema(kind, ("a", "b")), annotators=1, seed="s")
    assert (measured.agreement.value, measured.agreement.reason) == (None, "no_overlap")


@pytest.mark.parametrize(
    ("kind", "unreadable"),
    [
        ("spans", "a"),
        ("spans", '[{"start":"x","end":1,"label":"A"}]'),
        ("multi_label", "5"),
        ("ranking", "b >"),
        ("ordinal", "high"),
    ],
)
def test_values_of_another_type_are_an_answer_too(kind: str, unreadable: str) -> None:
    readable = {"ordinal": "1"}.get(kind, "[]")
    matrix = CoincidenceMatrix()
    for value in (unreadable, readable):
        matrix.add("1", value)
    measured = measure(matrix, Schema(kind, ("1", "2")), annotators=2, seed="s")
    assert (measured.agreement.value, measured.agreement.reason) == (None, "unreadable_values")


def measure_units(kind: str, categories: Sequence[str], units: Sequence[Sequence[str]]) -> float:
    matrix = CoincidenceMatrix()
    for number, values in enumerate(units):
        for value in values:
            matrix.add(str(number), value)
    measured = measure(matrix, Schema(kind, tuple(categories)), annotators=2, seed="s")
    assert measured.agreement.value is not None
    return measured.agreement.value


def test_a_tie_is_half_a_disagreement_with_a_side() -> None:
    apart = measure_units("pairwise", "AB", [("A", "B"), ("A", "A"), ("B", "B"), ("tie", "tie")])
    near = measure_units("pairwise", "AB", [("A", "tie"), ("A", "A"), ("B", "B"), ("tie", "tie")])
    assert apart < near < 1


def test_sets_that_share_labels_disagree_less() -> None:
    shared = measure_units("multi_label", "abc", [('["a"]', '["a","b"]'), ('["c"]', '["c"]')])
    apart = measure_units("multi_label", "abc", [('["a"]', '["b"]'), ('["c"]', '["c"]')])
    assert apart < shared < 1
    assert MASI.between('["a"]', '["a","b"]') == pytest.approx(1 - 1 / 2 * 2 / 3)
    assert MASI.between('["a","b"]', '["b","c"]') == pytest.approx(1 - 1 / 3 * 1 / 3)
    assert MASI.between("[]", "[]") == 0


def test_rankings_differ_by_the_pairs_that_they_turn_round() -> None:
    orders = [f'["{"".join(order)[0]}","{order[1]}","{order[2]}"]' for order in permutations("abc")]
    one = measure_units("ranking", "abc", [(orders[0], orders[2]), (orders[5], orders[5])])
    all_ = measure_units("ranking", "abc", [(orders[0], orders[5]), (orders[2], orders[2])])
    assert all_ < one < 1


def test_spans_agree_by_exact_match_and_by_overlap() -> None:
    spans = [
        '[{"start":0,"end":5,"label":"X"},{"start":9,"end":12,"label":"Y"}]',
        '[{"start":1,"end":5,"label":"X"},{"start":9,"end":12,"label":"Y"}]',
        '[{"start":0,"end":5,"label":"Y"}]',
    ]
    matrix = CoincidenceMatrix()
    for span in spans[:2]:
        matrix.add("1", span)
    for span in spans[::2]:
        matrix.add("2", span)
    measured = measure(matrix, Schema("spans", ("X", "Y")), annotators=3, seed="s")
    figures = figures_of(measured)
    assert figures["span_f1_exact"] == pytest.approx(2 / 7)
    assert figures["span_f1_overlap"] == pytest.approx(4 / 7)


def test_annotators_who_both_mark_nothing_agree() -> None:
    assert measure_units("spans", "X", [("[]", "[]")] * 3) == 1


def test_the_pairs_that_cost_most_come_first_and_add_up() -> None:
    matrix = matrix_of("krippendorff_4x12.csv")
    found = costliest_confusions(matrix, NOMINAL, most=99)
    assert [one.values for one in found][:2] == [("1", "2"), ("2", "3")]
    assert sum(one.share for one in found) == pytest.approx(1)
    alpha = matrix.alpha()
    assert alpha is not None
    assert alpha + sum(one.cost for one in found) == pytest.approx(1)


def test_units_summed_up_elsewhere_give_the_same_alpha() -> None:
    whole = matrix_of("krippendorff_4x12.csv")
    summed = CoincidenceMatrix.of(whole.patterns)
    for scale in SCALES.values():
        assert summed.alpha(scale) == whole.alpha(scale)


def test_withdrawing_what_was_never_said_changes_nothing() -> None:
    matrix = matrix_of("krippendorff_4x12.csv")
    before = matrix.alpha(), dict(matrix.patterns)
    with pytest.raises(KeyError):
        matrix.withdraw("1", "c")
    assert (matrix.alpha(), dict(matrix.patterns)) == before


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "withdraw", "change"]), st.integers(0, 7), st.integers(1, 5)),
    max_size=80,
)


def walk(steps: list[tuple[str, int, int]]) -> tuple[CoincidenceMatrix, dict[int, list[int]]]:
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
    return matrix, known


@given(STEPS)
def test_any_sequence_of_changes_equals_the_reference(steps: list[tuple[str, int, int]]) -> None:
    matrix, known = walk(steps)
    table = np.array([[labels.count(v) for v in range(1, 6)] for labels in known.values()])
    assert matrix.units == sum(len(labels) > 1 for labels in known.values())
    for name, scale in SCALES.items():
        if matrix.reason is None:
            expected = krippendorff.alpha(
                value_counts=table, value_domain=[1, 2, 3, 4, 5], level_of_measurement=name
            )
            assert matrix.alpha(scale) == pytest.approx(expected, abs=1e-12)
        else:
            assert matrix.alpha(scale) is None
    recomputed = CoincidenceMatrix()
    for unit, labels in known.items():
        for label in labels:
            recomputed.add(str(unit), str(label))
    assert [recomputed.alpha(scale) for scale in SCALES.values()] == [
        matrix.alpha(scale) for scale in SCALES.values()
    ]


@given(st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=3), min_size=2, max_size=20))
def test_kappa_of_fleiss_is_that_of_statsmodels(units: list[list[int]]) -> None:
    matrix = CoincidenceMatrix()
    for number, labels in enumerate(units):
        for label in labels:
            matrix.add(str(number), str(label))
    table = np.array([[labels.count(v) for v in range(1, 6)] for labels in units])
    measured = measure(matrix, Schema("categorical", LEVELS), annotators=3, seed="s")
    if measured.agreement.reason is None:
        expected = fleiss_of_statsmodels(table)
        assert figures_of(measured)["fleiss_kappa"] == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=3, max_size=3))
def test_kappa_of_cohen_is_that_of_statsmodels(numbers: list[list[int]]) -> None:
    table = {
        (str(row), str(column)): number
        for row, line in enumerate(numbers)
        for column, number in enumerate(line)
    }
    array = np.array(numbers)
    chance = (array.sum(axis=0) * array.sum(axis=1)).sum()
    if chance == array.sum() ** 2:
        assert cohen_kappa(table) is None
        return
    with np.errstate(all="ignore"):  # the reference divides by a variance of 0
        plain, squared = cohens_kappa(array).kappa, cohens_kappa(array, wt="quadratic").kappa
    assert cohen_kappa(table) == pytest.approx(plain, abs=1e-12)
    weighted = cohen_kappa(table, lambda a, b: 1 - (int(a) - int(b)) ** 2 / 4)
    assert weighted is None or weighted == pytest.approx(squared, abs=1e-9)


WHO = ("p", "q", "r")
LABELLED = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(WHO), st.sampled_from([None, "1", "2", "3"])),
    max_size=60,
)
"""Steps: of a unit, somebody's label is added, changed or (None) withdrawn."""


def unit_of(labels: dict[str, str]) -> Unit:
    votes = tuple(Vote("v", who, "cohort", "1.0.0", said, True) for who, said in labels.items())
    return Unit("support", {}, None, votes)


def stream(
    steps: list[tuple[int, str, str | None]],
) -> tuple[Counter[Tally], dict[int, dict[str, str]]]:
    """Tallies as they stand after every step has moved them, and the labels that are left."""
    tallies: Counter[Tally] = Counter()
    left: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for unit, who, value in steps:
        before = unit_of(left[unit])
        if value is None:
            left[unit].pop(who, None)
        else:
            left[unit][who] = value
        tallies.update(difference([before], [unit_of(left[unit])]))
    return tallies, left


def measured_of(tallies: Counter[Tally], scope: Scope, value: str) -> dict[str, float | None]:
    program = Program("support", Schema("categorical", ("1", "2", "3")), Standard(0.8), {})
    content = {tally[2:]: units for tally, units in tallies.items() if tally[:2] == (scope, value)}
    (found,) = measure_scope(program, scope, value, {k: n for k, n in content.items() if n})
    assert isinstance(found, AgreementMeasured)
    return {one.coefficient: one.value for one in (found.agreement, *found.further)}


@settings(max_examples=50)
@given(LABELLED, st.data())
def test_kappas_that_stream_are_those_of_statsmodels(
    steps: list[tuple[int, str, str | None]], data: st.DataObject
) -> None:
    """After any sequence of labels added, changed and withdrawn, down to the last step."""
    last = [(unit, who, data.draw(st.sampled_from("123"))) for unit in (0, 1) for who in WHO]
    _, left = stream([*steps, *last])
    gone = [(unit, who, None) for unit, shown in left.items() if len(shown) < 3 for who in WHO]
    tallies, left = stream([*steps, *last, *gone])
    whole = [shown for shown in left.values() if shown]
    assert all(len(shown) == 3 for shown in whole)
    if len({value for shown in whole for value in shown.values()}) == 1:
        return
    counts = np.array([[list(shown.values()).count(v) for v in "123"] for shown in whole])
    fleiss = measured_of(tallies, "project", "support")["fleiss_kappa"]
    assert fleiss == pytest.approx(fleiss_of_statsmodels(counts), abs=1e-9)
    table = np.zeros((3, 3))
    for shown in whole:
        table[int(shown["p"]) - 1, int(shown["q"]) - 1] += 1
    if (table.sum(axis=0) * table.sum(axis=1)).sum() < table.sum() ** 2:
        with np.errstate(all="ignore"):  # the reference divides by a variance of 0
            expected = cohens_kappa(table).kappa
        pair = measured_of(tallies, "annotator_pair", '[["v","p"],["v","q"]]')
        assert pair["cohen_kappa"] == pytest.approx(expected, abs=1e-12)
