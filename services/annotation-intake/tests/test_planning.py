"""Which tasks a batch consists of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidataops.events.annotation import LabelSchema
from annotation_intake.domain.identity import label_of, task_of
from annotation_intake.domain.planning import (
    Batch,
    Content,
    Definition,
    GoldenContent,
    Plan,
    choose_golden,
    definition_in_force,
    golden_in_force,
    plan_batch,
)

START = datetime(2026, 3, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def content(name: str) -> Content:
    return Content(f"text {name}", None, {"language": "es"})


def definition(revision: int = 1, hours: float = 0, **more: Any) -> Definition:
    facts: dict[str, Any] = {
        "label_schema": LabelSchema(categories=("yes", "no")),
        "guideline_version": "1.0.0",
        "overlap": 3,
        "golden_rate": 0.1,
    }
    return Definition(project="p", revision=revision, defined_at=at(hours), **facts | more)


def golden(number: int, hours: float = 0) -> dict[str, GoldenContent]:
    return {f"g{n}": GoldenContent(content(f"g{n}"), at(hours)) for n in range(number)}


def batch(*items: str, unknown: tuple[str, ...] = ()) -> Batch:
    contents: dict[str, Content | None] = {name: content(name) for name in items}
    return Batch("batch", "p", "r1", at(10), contents | dict.fromkeys(unknown))


def plan(*arguments: Any, **more: Any) -> Plan:
    made = plan_batch(*arguments, **more)
    assert made is not None
    return made


def test_task_shows_the_item_and_what_is_asked() -> None:
    (task,) = plan(batch("a"), [definition(overlap=2)], {"1.0.0"}, {}).tasks
    assert (task.task_id, task.item_id, task.text) == (task_of("batch", "a"), "a", "text a")
    assert (task.overlap, task.label_schema.categories) == (2, ("yes", "no"))
    assert (task.batch_size, task.remediation_id) == (1, "r1")


@pytest.mark.parametrize(("definitions", "guidelines"), [([], {"1.0.0"}), ([definition()], set())])
def test_no_tasks_before_project_and_signed_guideline_are_known(
    definitions: list[Definition], guidelines: set[str]
) -> None:
    assert plan_batch(batch("a"), definitions, guidelines, {}) is None


def test_item_without_content_counts_but_has_no_task_yet() -> None:
    (task,) = plan(batch("a", unknown=("b",)), [definition()], {"1.0.0"}, {}).tasks
    assert (task.item_id, task.batch_size) == ("a", 2)


def test_definition_of_the_time_of_the_request_counts() -> None:
    definitions = [definition(1, 0), definition(2, 5), definition(3, 11)]
    chosen = definition_in_force(definitions, at(10))
    assert chosen is not None
    assert chosen.revision == 2


def test_project_defined_after_the_request_counts_in_its_first_form() -> None:
    chosen = definition_in_force([definition(3, 12), definition(2, 11)], at(10))
    assert chosen is not None
    assert chosen.revision == 2


def test_later_golden_items_do_not_reach_back() -> None:
    known = golden(1) | {"late": GoldenContent(content("late"), at(11))}
    assert set(golden_in_force(known, at(10))) == {"g0"}


def test_project_without_golden_items_gets_the_first_ones_afterwards() -> None:
    known = golden(2, hours=11) | {"later": GoldenContent(content("later"), at(12))}
    assert set(golden_in_force(known, at(10))) == {"g0", "g1"}


@pytest.mark.parametrize(
    ("items", "rate", "available", "chosen"),
    [(25, 0.1, 12, 5), (100, 0.1, 50, 10), (101, 0.1, 50, 11), (25, 0.1, 3, 3), (25, 0, 12, 0)],
)
def test_golden_items_come_at_their_rate_but_at_least_five(
    items: int, rate: float, available: int, chosen: int
) -> None:
    assert len(choose_golden("batch", list(golden(available)), items=items, rate=rate)) == chosen


def test_batches_get_different_golden_items() -> None:
    drawn = {
        frozenset(choose_golden(f"batch {n}", list(golden(12)), items=25, rate=0.1))
        for n in range(10)
    }
    assert len(drawn) > 5


def test_golden_task_looks_like_any_other() -> None:
    made = plan(batch("a", "b"), [definition()], {"1.0.0"}, golden(12))
    assert len(made.golden_items) == 5
    fields = {
        (task.batch_id, task.batch_size, task.tier, task.remediation_id, task.overlap)
        for task in made.tasks
    }
    assert fields == {("batch", 7, "tier1", "r1", 3)}
    assert [task.task_id for task in made.tasks] == sorted(task.task_id for task in made.tasks)


def test_golden_item_that_was_asked_for_is_an_ordinary_one() -> None:
    made = plan(batch("g0"), [definition()], {"1.0.0"}, golden(1))
    assert (len(made.tasks), made.golden_items) == (1, frozenset())


def test_golden_task_that_is_out_stays() -> None:
    hidden = plan(batch("a"), [definition()], {"1.0.0"}, golden(20), hidden=["g7", "g8"])
    chosen = plan(batch("a"), [definition()], {"1.0.0"}, golden(20))
    assert hidden.golden_items == chosen.golden_items | {"g7", "g8"}


@given(
    st.lists(st.text(max_size=5), unique=True, max_size=40),
    st.integers(0, 60),
    st.integers(0, 60),
    st.floats(0.01, 1),
)
def test_more_items_never_cost_a_golden_item_its_place(
    names: list[str], items: int, more: int, rate: float
) -> None:
    few = choose_golden("batch", names, items=items, rate=rate)
    assert choose_golden("batch", names[::-1], items=items + more, rate=rate)[: len(few)] == few


def test_ids_keep_their_parts_apart() -> None:
    assert label_of("a/b", "c") != label_of("a", "b/c")
    assert label_of("acme", "1") == label_of("acme", "1")
