"""Who gets which tasks, without a database."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from annotation_intake.domain.assigning import Candidate, Requester, assign, why_not

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def asks(annotator: str = "ann", wants: int = 1, **more: object) -> Requester:
    facts = Requester("r", "support", "acme", annotator, wants, 0.1, "night")
    return replace(facts, **more)  # type: ignore[arg-type]


def only(requester: Requester, tasks: list[Candidate]) -> list[str]:
    """What one request gets that comes alone."""
    (answer,) = assign([(requester, tasks)]).answers
    return answer


def task(name: str, *, golden: bool = False, places: int = 1, batch: int = 0) -> Candidate:
    turn = MONDAY + timedelta(days=batch)
    return Candidate(name, f"b{batch}", name.partition("/")[0], golden, turn, places)


PEOPLE = ("ann", "bob", "cyd")
TASKS = st.lists(
    st.builds(
        Candidate,
        st.integers(0, 30).map("t{}".format),
        st.just("b"),
        st.integers(0, 9).map("i{}".format),
        st.booleans(),
        st.just(MONDAY),
        st.integers(0, 2),
    ),
    unique_by=lambda one: one.task_id,
    max_size=20,
)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(1, 8)), max_size=6), TASKS)
def test_nobody_gets_too_much_and_no_task_too_many(
    requests: list[tuple[str, int]], tasks: list[Candidate]
) -> None:
    asked = [(asks(name, wants), tasks) for name, wants in requests]
    answers = assign(asked).answers
    given_out = Counter(task_id for answer in answers for task_id in answer)
    places = {one.task_id: one.places for one in tasks}
    assert all(number <= places[task_id] for task_id, number in given_out.items())
    items = {one.task_id: one.item_id for one in tasks}
    for name in PEOPLE:
        own = [
            items[task_id]
            for (one, _), answer in zip(asked, answers, strict=True)
            if one.annotator == name
            for task_id in answer
        ]
        assert len(own) == len(set(own))
    assert all(len(answer) <= one.wants for (one, _), answer in zip(asked, answers, strict=True))
    assert all(answer == sorted(answer) for answer in answers)


def test_tasks_without_a_place_left_are_named() -> None:
    tasks = [task("t1"), task("t2", places=2), task("t3", places=2)]
    given_out = assign([(asks(wants=3), tasks), (asks("bob"), tasks)])
    assert (given_out.answers, given_out.full) == ([["t1", "t2", "t3"], ["t2"]], {"t1", "t2"})


def test_everything_there_is_is_given_out() -> None:
    tasks = [task(f"t{number}", golden=number < 3) for number in range(10)]
    assert len(only(asks(wants=20), tasks)) == 10


def test_golden_items_come_at_their_rate() -> None:
    """20 000 draws at 10 %: four standard errors are .0085."""
    golden = [task(f"g{number}", golden=True) for number in range(2000)]
    others = [task(f"t{number}") for number in range(60)]
    drawn = Counter[bool]()
    for number in range(1000):
        answer = only(asks(wants=20, request_id=f"r{number}"), [*golden[number:], *others])
        drawn.update(task_id.startswith("g") for task_id in answer)
    assert abs(drawn[True] / 20_000 - 0.1) < 0.0085


def test_one_task_at_a_time_is_golden_as_often() -> None:
    """2000 requests for one: four standard errors are .027."""
    tasks = [task("g", golden=True), task("t")]
    hits = sum(only(asks(request_id=f"r{number}"), tasks) == ["g"] for number in range(2000))
    assert abs(hits / 2000 - 0.1) < 0.027


def test_golden_item_of_a_later_batch_does_not_stand_out() -> None:
    tasks = [task("g", golden=True, batch=1), task("t"), task("u")]
    for name in "abc":
        assert only(asks(request_id=name, golden_rate=1.0), tasks) == ["t"]
    assert only(asks(wants=3, golden_rate=1.0), tasks) == ["g", "t", "u"]


def test_oldest_batch_comes_first() -> None:
    tasks = [task("t2"), task("t1", batch=1)]
    assert only(asks(), tasks) == ["t2"]


def test_reason_names_what_is_missing() -> None:
    assert why_not(asks()) is None
    assert "not defined" in str(why_not(asks(golden_rate=None, pool=None)))
    assert "no such pool" in str(why_not(asks(pool=None)))
    assert "suspended" in str(why_not(asks(suspended=True)))
