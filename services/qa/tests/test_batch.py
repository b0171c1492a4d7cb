"""Assessing a batch: which labels count where, and what is asked of whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from aidataops.events.quality import BatchBlocked, BatchReleased, GateCheck
from qa.domain.agreement.measure import Schema
from qa.domain.batch import OVERLAP_AT_MOST, Assessment, Batch, Item, assess_batch
from qa.domain.consensus.votes import Label, Tier
from qa.domain.gate import Standard, Terms

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def label(item: str, who: str, value: str, *, trusted: bool = True, tier: Tier = "tier1") -> Label:
    cohort = "acme/pool/1.0.0/b1"
    return Label(f"{item}/{who}", "acme", who, cohort, value, trusted, tier, NOW)


def item(name: str, labels: Sequence[Label], golden: str | None = None) -> Item:
    return Item(name, 2, {"lang": "de"}, golden, tuple(labels))


def assessed(items: Sequence[Item], floor: float = 0.667) -> Assessment:
    schema = Schema("categorical", ("a", "b", "c"))
    terms = Terms(Standard(floor))
    return assess_batch(Batch("support", "b1", None, schema, "majority", terms, NOW, tuple(items)))


def check_of(verdict: BatchReleased | BatchBlocked, name: str) -> GateCheck:
    (check,) = [check for check in verdict.checks if check.name == name]
    return check


def trio(number: int, dissent: Collection[int] = (), apart: Collection[int] = ()) -> list[Item]:
    """Items of three people; one dissents on some, and all three on others."""
    return [
        item(
            f"i{n:03}",
            [
                label(f"i{n:03}", "p", truth),
                label(f"i{n:03}", "q", "b" if n in apart else truth),
                label(f"i{n:03}", "r", "c" if n in apart or n in dissent else truth),
            ],
        )
        for n in range(number)
        for truth in ["a" if n in apart else "ab"[n % 2]]
    ]


def test_golden_accuracy_is_that_of_trusted_labels() -> None:
    golden = [
        item(f"g{n}", [label(f"g{n}", "p", "a"), label(f"g{n}", "q", "b", trusted=False)], "a")
        for n in range(4)
    ]
    check = check_of(assessed([*trio(20), *golden]).verdict, "golden_accuracy")
    assert (check.figure, check.detail[:6]) == (1.0, "4 of 4")


def test_overlap_is_asked_where_people_disagree_but_are_not_reviewed_anyway() -> None:
    found = assessed(trio(60, dissent=range(50, 58), apart=(3, 4)), floor=0.75)
    asked = [one.item_id for one in found.overlap]
    assert len(asked) == OVERLAP_AT_MOST
    assert asked[:9] == [*(f"i{n:03}" for n in range(50, 58)), "i000"]
    assert {"i003", "i004"}.isdisjoint(asked)


def test_no_more_overlap_is_asked_than_would_tell() -> None:
    """An interval of .78 … .96 around .875 narrows by the root of its units: a few bring it over
    .79.
    """
    asked = assessed(trio(60, dissent=range(40, 46)), floor=0.79).overlap
    assert 1 < len(asked) < 10


def test_drift_scores_first_tier_labels_against_what_others_say() -> None:
    reviewed = [
        item(
            "i000",
            [
                label("i000", "p", "a"),
                label("i000", "q", "b"),
                label("i000", "r", "a"),
                label("i000", "sme", "b", tier="tier2"),
            ],
        ),
        item("i001", [label("i001", "p", "a"), label("i001", "q", "b")]),
    ]
    scores = {one.annotator: (one.agreed, one.judged) for one in assessed(reviewed).scores}
    assert scores == {"p": (1.0, 2), "q": (0.0, 2), "r": (1.0, 1)}
    assert {one.line for one in assessed(reviewed).scores} == {"acme/pool/1.0.0"}
