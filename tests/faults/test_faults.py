"""Every row of the table, for every seed: nothing lost, nothing doubled, nothing out of order."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Verdict
from tests.faults.rows import MUTANTS, ROWS, seeds
from tests.faults.runner import Case

CASES = [Case(row, seed) for row in ROWS for seed in seeds()]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_event_is_accounted_for_once(verdict: Verdict, case: Case) -> None:
    try:
        found = verdict(case)
    except (AssertionError, TimeoutError) as error:
        found = [f"stuck: {error}"]
    defect = case.row.known_defect
    unknown = [one for one in found if defect is None or not one.startswith(defect.signs)]
    assert unknown == []
    if defect is not None and found:
        pytest.xfail(defect.reason)
    assert defect is None or case.row.sometimes, "mended: remove the row's known_defect"


@pytest.mark.parametrize(
    ("case", "violation"),
    [
        pytest.param(Case(row, seed), violation, id=f"{row.name} #{seed}")
        for row, violation in MUTANTS
        for seed in seeds()
    ],
)
def test_wrong_runtime_is_found_out(verdict: Verdict, case: Case, violation: str) -> None:
    found = verdict(case)
    assert any(one.startswith(violation) for one in found), found
