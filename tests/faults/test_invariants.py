"""The checker by itself: silent about a good world, and it names each thing that can go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.faults.invariants import (
    Derived,
    Effect,
    Expectation,
    Input,
    Letter,
    Observation,
    Partition,
    Place,
    check,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
IN, OUT, DEAD = Partition("in", 0), Partition("out", 0), Partition("in.probe.dlq", 0)
EXPECTED = Expectation(
    results=frozenset({"total"}), announcements=frozenset({"summary"}), ordered_by_cause=True
)


def good(number: int, **more: Any) -> Input:
    facts: dict[str, Any] = {
        "name": f"event-{number}",
        "key": "a",
        "places": (Place(IN, number),),
        "event_id": f"event-{number}",
        "identity": UUID(int=number),
        "effect": f"row-{number}",
        "answers": (f"answer-{number}",),
    }
    return Input(**facts | more)


def answer(number: int, **more: Any) -> Derived:
    facts: dict[str, Any] = {
        "source": "/services/probe",
        "event_id": f"derived-{number}",
        "key": "b",
        "cause": f"event-{number}",
        "moment": START + timedelta(seconds=number),
        "digest": bytes([number]),
        "names": (f"answer-{number}",),
        "place": Place(OUT, number),
    }
    return Derived(**facts | more)


POISON = Input(name="poison", key="a", places=(Place(IN, 4),))
INPUTS = [good(1), good(2), good(3), POISON]
SUMMARY = answer(3, event_id="derived-summary", names=("summary",), place=Place(OUT, 4))
SETTLED = Observation(
    settled=True,
    seconds=30,
    effects=[
        *(Effect(f"row-{number}", START + timedelta(seconds=number)) for number in (1, 2, 3)),
        Effect("total"),
    ],
    inbox=[UUID(int=1), UUID(int=2), UUID(int=3)],
    letters=[Letter(UUID(int=99), Place(IN, 4))],
    letter_records=[Place(IN, 4)],
    derived=[answer(1), answer(2), answer(3), SUMMARY],
    committed={IN: 5},
    ends={IN: 5},
)


def test_good_world_has_no_violations() -> None:
    assert check(INPUTS, EXPECTED, SETTLED) == []


def test_repetitions_under_one_id_are_no_violation() -> None:
    again = [
        replace(one, place=Place(OUT, 10 + number)) for number, one in enumerate(SETTLED.derived)
    ]
    assert check(INPUTS, EXPECTED, replace(SETTLED, derived=[*SETTLED.derived, *again])) == []
    repeated = replace(INPUTS[0], places=(Place(IN, 1), Place(IN, 7)))
    committed = replace(SETTLED, committed={IN: 8}, ends={IN: 8})
    assert check([repeated, *INPUTS[1:]], EXPECTED, committed) == []


def test_unfinished_work_at_a_death_is_no_violation() -> None:
    """One event took effect, its answer is in the outbox; the others are still on Kafka."""
    dead = Observation(
        settled=False,
        effects=SETTLED.effects[:1],
        inbox=SETTLED.inbox[:1],  # type: ignore[index]
        outbox=[answer(1, place=None)],
        outbox_rows=1,
        committed={IN: 1},
        ends={IN: 5},
    )
    assert check(INPUTS, EXPECTED, dead) == []
    assert check(INPUTS, EXPECTED, replace(dead, committed={IN: 0})) == []


def test_effect_whose_offset_is_not_committed_yet_is_no_violation() -> None:
    assert check(INPUTS, EXPECTED, replace(SETTLED, settled=False, committed={IN: 1})) == []


def test_event_that_was_never_acknowledged_may_have_come_in_or_not() -> None:
    unsure = replace(INPUTS[2], accepted=False, places=())
    inputs = [*INPUTS[:2], unsure, POISON]
    assert check(inputs, replace(EXPECTED, ordered_by_cause=False), SETTLED) == []
    without = replace(
        SETTLED,
        effects=[SETTLED.effects[0], SETTLED.effects[1], SETTLED.effects[3]],
        inbox=[UUID(int=1), UUID(int=2)],
        derived=[answer(1), answer(2), replace(SUMMARY, cause="event-2")],
    )
    assert check(inputs, EXPECTED, without) == []


def by_the_clock(number: int, place: int) -> Derived:
    return answer(
        number, event_id=f"c{number}", names=(), cause=f"clock {number}", place=Place(OUT, place)
    )


def test_what_a_service_says_by_the_clock_needs_no_input() -> None:
    seen = replace(SETTLED, derived=[*SETTLED.derived, by_the_clock(1, 8), by_the_clock(2, 9)])
    assert check(INPUTS, replace(EXPECTED, unasked="clock "), seen) == []
    (told,) = check(INPUTS, EXPECTED, replace(seen, derived=[*SETTLED.derived, by_the_clock(9, 9)]))
    assert told.startswith("orphaned")


def test_what_a_service_says_by_the_clock_keeps_its_own_order() -> None:
    seen = replace(SETTLED, derived=[*SETTLED.derived, by_the_clock(2, 8), by_the_clock(1, 9)])
    (told,) = check(INPUTS, replace(EXPECTED, unasked="clock "), seen)
    assert told.startswith("disordered: derived events of one key overtook earlier transactions")


def without(name: str) -> Callable[[Observation], Observation]:
    return lambda seen: replace(
        seen, effects=[effect for effect in seen.effects if effect.name != name]
    )


def silent(number: int) -> Callable[[Observation], Observation]:
    return lambda seen: replace(
        seen, derived=[one for one in seen.derived if one.names != (f"answer-{number}",)]
    )


def more(**fields: Any) -> Callable[[Observation], Observation]:
    """Add to what was seen."""

    def add(seen: Observation) -> Observation:
        longer: dict[str, Any] = {
            name: [*getattr(seen, name), *items] for name, items in fields.items()
        }
        return replace(seen, **longer)

    return add


def other(**fields: Any) -> Callable[[Observation], Observation]:
    """See something else."""
    return lambda seen: replace(seen, **fields)


@pytest.mark.parametrize(
    ("violation", "harm"),
    [
        ("doubled: took effect more than once (1): event-2", more(effects=[Effect("row-2")])),
        ("lost: no effect, no dead letter, and the offset is committed", without("row-2")),
        ("lost: claimed in the inbox, but without effect (1): event-2", without("row-2")),
        ("lost: derived events that are nowhere (1): answer-2", silent(2)),
        ("lost: derived events that are nowhere (1): summary", other(derived=SETTLED.derived[:3])),
        (
            "doubled: announced under more than one event id (1): answer-2",
            more(derived=[answer(2, event_id="other", place=Place(OUT, 9))]),
        ),
        (
            "ambiguous: one event id with two contents (1): derived-2",
            more(derived=[answer(2, digest=b"other", place=Place(OUT, 9))]),
        ),
        (
            "invented: derived events that no input causes (1): answer-9",
            more(derived=[answer(3, event_id="9", names=("answer-9",), place=Place(OUT, 9))]),
        ),
        (
            "orphaned: derived events whose cause was never sent",
            more(derived=[answer(3, event_id="9", names=(), cause="9", place=Place(OUT, 9))]),
        ),
        ("invented: rows that no input makes (1): row-9", more(effects=[Effect("row-9")])),
        ("missing: rows that the inputs make together (1): total", without("total")),
        ("doubled: rows that are there more than once (1): total", more(effects=[Effect("total")])),
        ("unfenced: took effect without a row in the inbox (1)", other(inbox=SETTLED.inbox[1:])),  # type: ignore[index]
        ("invented: inbox rows of nothing that was sent", more(inbox=[UUID(int=9)])),
        (
            "misjudged: a good event is a dead letter (1): event-2",
            more(letters=[Letter(UUID(int=2), Place(IN, 2))]),
        ),
        (
            "doubled: took effect and is a dead letter (1): event-2",
            more(letters=[Letter(UUID(int=2), Place(IN, 2))]),
        ),
        ("lost: no effect, no dead letter, and the offset is committed", other(letters=[])),
        ("uncommitted: dead letters on Kafka but not in the database", other(letters=[])),
        ("lost: dead letters in the database but not on Kafka", other(letter_records=[])),
        (
            "doubled: more than one dead letter of one input (1): poison",
            more(letters=[Letter(UUID(int=98), Place(IN, 4))]),
        ),
        (
            "invented: dead letters of nothing that was sent",
            more(letters=[Letter(UUID(int=98), Place(IN, 9))]),
        ),
        ("undrained: 2 rows of the outbox after 30 s", other(outbox_rows=2)),
        ("undrained: a lag of 1 on in/0 after 30 s", other(committed={IN: 4})),
        (
            "disordered: derived events of one key overtook those of earlier inputs",
            other(
                derived=[
                    answer(2, place=Place(OUT, 1)),
                    answer(1, place=Place(OUT, 2)),
                    answer(3),
                    SUMMARY,
                ]
            ),
        ),
        (
            "disordered: derived events of one key overtook earlier transactions",
            other(derived=[answer(1, moment=START + timedelta(9)), *SETTLED.derived[1:]]),
        ),
        (
            "disordered: effects of one key were written before those of earlier inputs",
            other(effects=[Effect("row-1", START + timedelta(9)), *SETTLED.effects[1:]]),
        ),
    ],
)
def test_violation_is_found(violation: str, harm: Callable[[Observation], Observation]) -> None:
    found = check(INPUTS, EXPECTED, harm(SETTLED))
    assert any(one.startswith(violation) for one in found), found


def test_event_behind_the_committed_offset_without_effect_is_lost_even_at_a_death() -> None:
    dead = Observation(settled=False, committed={IN: 2}, ends={IN: 5})
    assert check(INPUTS, EXPECTED, dead) == [
        "lost: no effect, no dead letter, and the offset is committed (1): event-1"
    ]


def test_what_is_published_before_it_is_committed_is_found_at_a_death() -> None:
    dead = Observation(settled=False, derived=[answer(1)], committed={IN: 0}, ends={IN: 5})
    assert check(INPUTS, EXPECTED, dead) == [
        "uncommitted: derived events whose cause has had no effect (1): derived-1"
    ]


def test_answer_that_is_neither_on_kafka_nor_in_the_outbox_is_lost_even_at_a_death() -> None:
    dead = Observation(
        settled=False,
        effects=[Effect("row-1")],
        inbox=[UUID(int=1)],
        committed={IN: 2},
        ends={IN: 5},
    )
    assert check(INPUTS, EXPECTED, dead) == ["lost: derived events that are nowhere (1): answer-1"]


def test_what_is_still_pending_when_the_time_is_up_is_a_violation() -> None:
    late = replace(
        SETTLED,
        effects=[SETTLED.effects[0], SETTLED.effects[1], SETTLED.effects[3]],
        inbox=[UUID(int=1), UUID(int=2)],
        derived=SETTLED.derived[:2],
        letters=[],
        letter_records=[],
        committed={IN: 3},
    )
    found = check(INPUTS, replace(EXPECTED, announcements=frozenset()), late)
    assert found == [
        "unfinished: still pending after 30 s (2): event-3, poison",
        "undrained: a lag of 2 on in/0 after 30 s",
    ]


def test_repetition_does_not_count_as_overtaking() -> None:
    """Only the first time that an event stands on the wire says where it is in the order."""
    late_copy = answer(1, place=Place(OUT, 9))
    assert check(INPUTS, EXPECTED, replace(SETTLED, derived=[*SETTLED.derived, late_copy])) == []


def test_long_lists_are_cut() -> None:
    inputs = [good(number) for number in range(1, 10)]
    seen = Observation(settled=False, committed={IN: 10}, ends={IN: 10})
    (violation,) = check(inputs, Expectation(), seen)
    assert violation.endswith("(9): event-1, event-2, event-3, event-4, event-5, and 4 more")
