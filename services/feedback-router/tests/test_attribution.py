"""Data or recipe: the 2 x 2, never guessed."""

import pytest

from feedback_router.domain.attribution import Drop, Origin, attribute, origin_of, verdict_of
from feedback_router.domain.composition import Part, Weighing, item_change, slice_change
from feedback_router.domain.outcomes import PairedCounts

OLD, NEW = frozenset([("support", 1)]), frozenset([("support", 2)])
ES = (("language", "es"),)
DROP = Drop(ES, PairedCounts(25, 24, 3, 21, 0))


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (Origin("a", OLD, "r1"), Origin("b", NEW, "r1"), "data"),
        (Origin("a", OLD, "r1"), Origin("b", OLD, "r2"), "recipe"),
        (Origin("a", OLD, "r1"), Origin("b", NEW, "r2"), "confounded"),
        (Origin("a", OLD, "r1"), Origin("b", OLD, "r1"), "unattributable"),
        (Origin("a"), Origin("b", NEW, "r1"), "unattributable"),
        (Origin("a", OLD, "r1"), Origin("b", NEW), "unattributable"),
        (Origin("a", OLD), Origin("b", NEW), "unattributable"),
    ],
)
def test_the_verdict_is_what_changed(before: Origin, after: Origin, verdict: str) -> None:
    assert verdict_of(before, after) == verdict


def test_the_runs_own_dataset_version_fills_in_but_tells_no_recipe() -> None:
    known = origin_of("b", Origin("b", frozenset(), "r1"), ("support", 2))
    assert known == Origin("b", NEW, "r1")
    assert origin_of("b", Origin("b", OLD, "r1"), ("support", 2)).datasets == OLD
    assert origin_of("b", None, ("support", 2)).recipe is None


def test_confounded_names_the_missing_cells_of_the_two_by_two() -> None:
    before, after = Origin("a", OLD, "r1"), Origin("b", NEW, "r2")
    told = attribute(before, after, DROP, None, {(OLD, "r1"), (NEW, "r2")})
    assert told.missing_runs == ("support@1 x r2", "support@2 x r1")
    told = attribute(before, after, DROP, None, {(OLD, "r1"), (NEW, "r2"), (NEW, "r1")})
    assert told.missing_runs == ("support@1 x r2",)


def test_the_sentence_says_what_a_program_lead_needs() -> None:
    change = slice_change(
        [Part({"language": "es"}, "acme", 60)],
        [Part({"language": "es"}, "acme", 4), Part({"language": "es"}, "legacy", 12)],
        dict(ES),
        Weighing(0.05),
    )
    told = attribute(Origin("v1", OLD, "r1"), Origin("v2", NEW, "r1"), DROP, change, set())
    assert told.sentence == (
        "v2 passes 3 of 25 samples of es where v1 passed 24. Between them only the "
        "data changed (support@1 to support@2, recipe r1), so the drop is associated with the "
        "data. The slice went from 60 to 16 training rows, and the drop is associated with a "
        "growing share of legacy from 0% to 75% of them."
    )
    assert told.dataset_before is not None
    assert told.dataset_before.version == 1


@pytest.mark.parametrize("before", [Origin("v1", OLD, "r1"), Origin("v1", OLD, "r2"), Origin("v1")])
@pytest.mark.parametrize("data", [OLD, NEW])
def test_nothing_is_ever_said_to_be_caused(
    before: Origin, data: frozenset[tuple[str, int]]
) -> None:
    told = attribute(before, Origin("v2", data, "r1"), DROP, None, set())
    assert "caus" not in told.sentence
    if told.verdict == "unattributable":
        assert "cannot be attributed" in told.sentence


def test_named_items_and_doubts_are_said_with_their_figures() -> None:
    named = [Part({}, "legacy", 40), Part({}, "acme", 60)]
    every = [Part({}, "legacy", 600), Part({}, "acme", 4400)]
    change = item_change(named, every, Weighing(0.05, (), {"legacy": "agreement is 0.31."}))
    told = attribute(Origin("v1", OLD, "r1"), Origin("v2", NEW, "r1"), DROP, change, set())
    assert told.sentence.endswith(
        "The failures name 100 training rows, and the drop is associated with legacy (40% of them "
        "against 11% of all other rows, odds ratio 5.17, 95 % from 3.43 to 7.78). "
        "legacy: agreement is 0.31."
    )
