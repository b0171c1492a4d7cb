"""Every row of the table, for every seed: nothing lost, nothing doubled, nothing out of order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.conftest import Verdict
from tests.faults.rows import MUTANTS, ROWS, seeds
from tests.faults.runner import Case


def _parameters() -> list[Any]:
    parameters = []
    for row in ROWS:
        marks = []
        if row.known_defect is not None:
            marks = [pytest.mark.xfail(strict=not row.sometimes, reason=row.known_defect)]
        for seed in seeds():
            case = Case(row, seed)
            parameters.append(pytest.param(case, id=str(case), marks=marks))
    return parameters


@pytest.mark.parametrize("case", _parameters())
def test_every_event_is_accounted_for_once(verdict: Verdict, case: Case) -> None:
    assert verdict(case) == []


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
