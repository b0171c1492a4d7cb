"""Models of annotators: published numbers, the reference library's answers, collusion."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas
import pytest
from crowdkit import aggregation as crowdkit
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.domain.consensus.collusion import find_voices, speak_once
from qa.domain.consensus.dawid_skene import fit_dawid_skene
from qa.domain.consensus.methods import MODELS, rate_methods, weigh
from qa.domain.consensus.table import Answer, Floats, LabelTable
from qa.domain.consensus.votes import Consensus, NoConsensus

from .crowd import VALUES, Crowd

FIXTURES = Path(__file__).parent / "fixtures"


def anaesthetist() -> LabelTable:
    with (FIXTURES / "dawid_skene1979_anaesthetist.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    return LabelTable((f"{int(r['patient']):02}", r["observer"], r["label"]) for r in rows)


def test_dawid_and_skenes_patients_are_theirs() -> None:
    fit = fit_dawid_skene(anaesthetist(), tolerance=-inf)
    assert fit.priors == pytest.approx([0.40, 0.42, 0.11, 0.07], abs=5e-3)
    assert fit.log_likelihood == pytest.approx(-192.891, abs=5e-4)


def made_up(seed: int, items: int = 60) -> list[Answer]:
    random = Random(seed)
    return [
        (f"i{item:03}", f"w{worker}", f"v{random.choice([item % 3, random.randrange(3)])}")
        for item in range(items)
        for worker in random.sample(range(8), 4)
    ]


OLD_PANDAS = pytest.mark.filterwarnings("ignore::Warning")  # the reference uses what is deprecated


@OLD_PANDAS
@pytest.mark.parametrize("seed", range(2))
def test_probabilities_are_those_of_the_reference(seed: int) -> None:
    answers = made_up(seed)
    table = LabelTable(answers)
    fit = fit_dawid_skene(table)
    frame = pandas.DataFrame(answers, columns=["task", "worker", "label"])
    probabilities = crowdkit.DawidSkene(n_iter=100).fit_predict_proba(frame)
    expected = probabilities.loc[table.items, table.values].to_numpy()
    assert np.abs(fit.probabilities - expected).max() < 1e-9


@OLD_PANDAS
@pytest.mark.parametrize(
    ("method", "reference"),
    [
        ("glad", lambda: crowdkit.GLAD(n_iter=10)),
        ("mace", lambda: crowdkit.MACE(n_iter=15, n_restarts=3)),
    ],
    ids=["glad", "mace"],
)
def test_models_that_start_elsewhere_answer_like_the_reference(
    method: str, reference: Callable[[], Any]
) -> None:
    """The reference optimizes otherwise; where it is sure the answers are the same."""
    answers = made_up(4, items=50)
    table = LabelTable(answers)
    ours = table.most_likely(MODELS[method](table))
    frame = pandas.DataFrame(answers, columns=["task", "worker", "label"])
    theirs = reference().fit_predict_proba(frame)
    sure = [item for item in table.items if theirs.loc[item].max() > 0.9]
    assert len(sure) >= 10
    assert sum(ours[item][0] == theirs.loc[item].idxmax() for item in sure) >= 0.95 * len(sure)


def test_golden_items_have_no_say_in_how_frequent_values_are() -> None:
    known = {f"i{n:03}": "v2" for n in range(40)}
    table = LabelTable(made_up(2), known)
    fit = fit_dawid_skene(table)
    assert fit.priors == pytest.approx(fit.probabilities[40:].mean(axis=0))
    assert fit.priors[2] < 0.6


@pytest.mark.parametrize("method", MODELS)
def test_known_items_keep_their_value_and_the_order_does_not_matter(method: str) -> None:
    answers = made_up(1)
    known = {"i000": "v2", "i001": "v2"}
    table = LabelTable(answers, known)
    found = MODELS[method](table)
    assert found[:2].tolist() == [[0, 0, 1], [0, 0, 1]]
    assert found.sum(axis=1) == pytest.approx(np.ones(len(table.items)))
    again = MODELS[method](LabelTable(reversed(answers), known))
    assert np.array_equal(found, again)


@pytest.mark.parametrize("method", MODELS)
@settings(max_examples=30)
@given(
    answers=st.lists(
        st.tuples(st.sampled_from("ijk"), st.sampled_from("uvw"), st.sampled_from("ab")),
        min_size=1,
        max_size=12,
    )
)
def test_any_labels_have_probabilities(method: str, answers: list[Answer]) -> None:
    found = MODELS[method](LabelTable(answers))
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.sum(axis=1) == pytest.approx(np.ones(len(found)))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("method", MODELS)
def test_two_who_answer_alike_do_not_beat_the_majority(method: str, seed: int) -> None:
    crowd = Crowd(seed)
    ballots, anchors = crowd.ballots(200), crowd.anchors(25)
    said = dict(enumerate(weigh(ballots, method, anchors, VALUES)))
    majority = dict(enumerate(weigh(ballots, "majority", anchors, VALUES)))
    decided = {n: one for n, one in said.items() if isinstance(one, Consensus)}
    assert len(decided) >= 0.5 * len(said)
    assert {one.method for one in decided.values()} == {method}
    model = crowd.share_right(ballots, decided)
    assert model >= crowd.share_right(ballots, {n: majority[n] for n in decided}) + 0.1


def test_a_model_that_finds_fewer_golden_items_than_majority_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def contrary(table: LabelTable) -> Floats:
        return table.keep_known((1 - table.shares()) / (len(table.values) - 1))

    monkeypatch.setattr("qa.domain.consensus.methods.MODELS", {"contrary": contrary})
    crowd = Crowd(8, accuracy=0.95, people=3, colluding=0)
    ballots, anchors = crowd.ballots(40), crowd.anchors(20)
    assert weigh(ballots, "contrary", anchors) == weigh(ballots, "majority", ())


def test_a_value_that_nobody_gave_is_reviewed_however_sure_the_model_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def elsewhere(table: LabelTable) -> Floats:
        found = table.shares()
        asked = [item.startswith("?") for item in table.items]
        found[asked] = [value == "c" for value in table.values]
        return found

    monkeypatch.setattr("qa.domain.consensus.methods.MODELS", {"elsewhere": elsewhere})
    crowd = Crowd(8, accuracy=0.95, people=3, colluding=0)
    ballots = crowd.ballots(40)
    for ballot, said in zip(
        ballots, weigh(ballots, "elsewhere", crowd.anchors(20), VALUES), strict=True
    ):
        given = "c" in {label.value for label in ballot.labels}
        assert isinstance(said, Consensus) if given else said == NoConsensus("low_confidence")


def test_a_reviewers_label_decides_whatever_the_model_says() -> None:
    crowd = Crowd(2, accuracy=0.95, colluding=0)
    first, *others = crowd.ballots(30)
    review = replace(first.labels[0], annotator="sme", value="unheard of", tier="tier2")
    reviewed = replace(first, labels=(*first.labels, review))
    said = weigh([reviewed, *others], "dawid_skene", crowd.anchors(20), VALUES)[0]
    assert isinstance(said, Consensus)
    assert (said.value, said.method, said.confidence) == ("unheard of", "reviewed", 1.0)


def test_those_who_err_together_have_one_voice() -> None:
    crowd = Crowd(7)
    answers = [
        (ballot.item_id, label.annotator, label.value)
        for ballot in crowd.ballots(150)
        for label in ballot.labels
    ]
    voices = find_voices(answers, {})
    assert voices == {"colluding-0": "colluding-0", "colluding-1": "colluding-0"}
    assert len(speak_once(answers, voices)) == 150 * 4
    assert find_voices([a for a in answers if a[1] != "colluding-1"], {}) == {}


def test_a_model_that_too_few_golden_answers_anchor_is_not_believed() -> None:
    """However right it is: four answers each, or those of two of five people."""
    crowd = Crowd(2, accuracy=0.95, colluding=0)
    ballots, anchors = crowd.ballots(30), crowd.anchors(20)
    few = [one for one in anchors if one.item_id <= "gold-0003"]
    of_two = [one for one in anchors if one.who[1] in ("careful-0", "careful-1")]
    majority = weigh(ballots, "majority", ())
    assert weigh(ballots, "dawid_skene", few) == majority
    assert weigh(ballots, "dawid_skene", of_two) == majority
    believed = weigh(ballots, "dawid_skene", anchors)
    assert {one.method for one in believed if isinstance(one, Consensus)} == {"dawid_skene"}


def test_an_item_of_which_the_model_is_not_sure_is_reviewed() -> None:
    crowd = Crowd(2, accuracy=0.7)
    said = weigh(crowd.ballots(100), "dawid_skene", crowd.anchors(30))
    unsure = [one for one in said if isinstance(one, NoConsensus)]
    assert {one.reason for one in unsure} == {"low_confidence"}
    sure = [one.confidence for one in said if isinstance(one, Consensus)]
    assert min(sure) >= 0.8


def test_the_recommendation_is_the_best_on_golden_items_it_was_not_told() -> None:
    crowd = Crowd(3, accuracy=0.7)
    answers = [
        (ballot.item_id, label.annotator, label.value)
        for ballot in crowd.ballots(150)
        for label in ballot.labels
    ]
    golden = {item: value for item, value in crowd.truths.items() if item < "item-0060"}
    rated = rate_methods(answers, golden, VALUES)
    assert {one.method for one in rated} == {"majority", *MODELS}
    assert [one.correct for one in rated] == sorted((one.correct for one in rated), reverse=True)
    assert {one.total for one in rated} == {60}
    assert rated[0].method != "majority"
    assert rate_methods(answers, dict(list(golden.items())[:19]), VALUES) == ()


def test_of_equal_methods_the_simplest_is_recommended() -> None:
    answers = [(f"i{n:02}", who, VALUES[n % 3]) for n in range(30) for who in "uvw"]
    rated = rate_methods(answers, {f"i{n:02}": VALUES[n % 3] for n in range(30)})
    assert [one.method for one in rated] == ["majority", *MODELS]
    assert rated[0].correct == 30
