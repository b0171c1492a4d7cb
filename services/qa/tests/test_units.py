"""What one item adds to every scope."""

from __future__ import annotations

from qa.domain.units import Unit, Vote, name_of


def vote(who: str, value: str, *, trusted: bool = True, version: str = "1.0.0") -> Vote:
    return Vote("acme", who, f"acme/pool/{version}/b1", version, value, trusted)


def found(unit: Unit, kind: str) -> set[tuple[str, str]]:
    """(Scope, content) of one kind."""
    return {(tally.scope, tally.content) for tally in unit.tallies() if tally.kind == kind}


def test_an_untrusted_label_is_watched_and_counts_nowhere() -> None:
    votes = (vote("p", "a"), vote("q", "a"), vote("r", "b", trusted=False))
    unit = Unit("support", {"lang": "de"}, None, votes)
    scopes = ("project", "slice", "cohort", "guideline_version")
    assert found(unit, "pattern") == {(scope, '[["a",2]]') for scope in scopes}
    counted = {name_of("acme", "p"), name_of("acme", "q")}
    assert found(unit, "annotator") == {(scope, who) for scope in scopes for who in counted}
    assert found(unit, "pair") == {("annotator_pair", '[null,"a","a"]')}
    assert found(unit, "watched_pair") == {("annotator_pair", '[null,"a","b"]')}


def test_what_trusted_others_all_say_is_held_true_and_nothing_else() -> None:
    votes = (vote("p", "a"), vote("q", "a"), vote("r", "b", trusted=False))
    unit = Unit("support", {}, None, votes)
    assert found(unit, "answer") == {("annotator", '["peers","a","b"]')}
    four = Unit("support", {}, None, (*votes, vote("s", "a")))
    assert ("annotator", '["peers","a","a"]') in found(four, "answer")
    one_other = Unit("support", {}, None, votes[:2])
    assert found(one_other, "answer") == set()


def test_a_golden_item_tells_about_annotators_only() -> None:
    unit = Unit("support", {"lang": "de"}, "a", (vote("p", "a"), vote("q", "b")))
    assert {tally.kind for tally in unit.tallies()} == {"answer", "golden_pair"}
    assert found(unit, "golden_pair") == {("annotator_pair", '["a","a","b"]')}
    assert found(unit, "answer") == {
        ("annotator", '["golden","a","a"]'),
        ("annotator", '["golden","a","b"]'),
    }


def test_labels_under_different_guidelines_are_not_held_against_each_other() -> None:
    unit = Unit("support", {}, None, (vote("p", "a"), vote("q", "b", version="2.0.0")))
    assert {scope for scope, _ in found(unit, "pattern")} == {"project"}
