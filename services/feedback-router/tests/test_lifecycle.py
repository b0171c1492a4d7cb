"""The state machine, and that it depends on the set of facts only."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidataops.events.feedback import Effect
from feedback_router.domain.lifecycle import (
    TRANSITIONS,
    Decision,
    Known,
    Progress,
    State,
    Trial,
    live,
    step,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
YES = Decision(True, "lead", START, "d1")
NO = Decision(False, "lead", START + timedelta(hours=1), "d2", "later")
EFFECT = Effect(before=0.1, after=0.9, difference=0.8, lower=0.6, upper=0.9, p_value=0.001)


def trial(hour: int, passed: bool) -> Trial:
    return Trial(f"run-{hour}", START + timedelta(hours=hour), passed, EFFECT)


@pytest.mark.parametrize(
    ("known", "state"),
    [
        (Known(), "requested"),
        (Known((YES,)), "approved"),
        (Known((NO,)), "declined"),
        (Known((YES, NO)), "declined"),
        (Known((NO, Decision(True, "lead", START + timedelta(hours=2), "d3"))), "approved"),
        (Known((YES,), (Progress("sourced", 21),)), "in_progress"),
        (Known((YES,), (), (("support", 2),)), "completed"),
        (Known((YES,), (), (("support", 2),), (trial(1, True),)), "verified"),
        (Known((YES,), (), (("support", 2),), (trial(1, True), trial(2, False))), "reopened"),
        (Known((YES,), (), (("support", 2),), (trial(2, True), trial(1, False))), "verified"),
        (Known((YES,), (), (), (trial(1, True),)), "approved"),
        (Known((), (Progress("sourced", 21),), (("support", 2),), (trial(1, True),)), "requested"),
    ],
)
def test_the_state_is_what_the_facts_allow(known: Known, state: State) -> None:
    assert live(known).state == state


def test_only_delivered_work_can_be_verified_or_reopened() -> None:
    tried = {state for (state, taken) in TRANSITIONS if taken in ("pass", "fail")}
    assert tried == {"completed", "verified", "reopened"}
    assert step("requested", "progress") is None
    assert step("declined", "complete") is None


@given(
    st.lists(st.booleans(), max_size=3),
    st.lists(st.integers(1, 3), max_size=3, unique=True),
    st.lists(st.booleans(), max_size=4),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_does_not_matter(
    decisions: list[bool], versions: list[int], trials: list[bool], random: Random
) -> None:
    said = [
        Decision(yes, "lead", START + timedelta(hours=n), f"d{n}")
        for n, yes in enumerate(decisions)
    ]
    stages = [
        Progress("labelled", 2, "b1"),
        Progress("sourced", 5, None, "br"),
        Progress("released", 2, "b1"),
    ]
    built = [("support", version) for version in versions]
    tried = [trial(n, passed) for n, passed in enumerate(trials)]
    told = live(Known(tuple(said), tuple(stages), tuple(built), tuple(tried)))
    for part in (said, stages, built, tried):
        random.shuffle(part)
    assert live(Known(tuple(said), tuple(stages), tuple(built), tuple(tried))) == told
