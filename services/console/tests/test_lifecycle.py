"""Where a remediation stands, whatever order its steps come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.lifecycle import Step, standing_of

STEPS = ["approved", "sourced", "labelled", "released", "completed", "verified", "reopened"]


def steps(*names: str) -> list[Step]:
    """Steps a second apart."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Step(name, f"{name} {place}", start + timedelta(seconds=place), f"e-{place}")
        for place, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([], "requested"),
        (["approved"], "approved"),
        (["declined", "approved"], "approved"),
        (["approved", "declined"], "declined"),
        (["approved", "sourced"], "in_progress"),
        (["approved", "completed", "released"], "completed"),
        (["completed", "reopened", "verified"], "verified"),
        (["completed", "verified", "reopened"], "reopened"),
    ],
)
def test_furthest_step_counts_and_of_equal_ones_the_latest(told: list[str], state: str) -> None:
    assert standing_of(steps(*told)).state == state


@given(names=st.lists(st.sampled_from(STEPS), max_size=8), data=st.data())
def test_order_of_steps_does_not_matter(names: list[str], data: st.DataObject) -> None:
    told = steps(*names)
    assert standing_of(data.draw(st.permutations(told))) == standing_of(told)
