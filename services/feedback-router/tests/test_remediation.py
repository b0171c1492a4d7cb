"""What a finding asks for, how much of it, and how urgently."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aidataops.events.evaluation import FailureCategory
from aidataops.events.feedback import Attribution, AttributionVerdict, CohortEvidence
from feedback_router.domain.cluster import Cluster, answer_cluster, cluster_of
from feedback_router.domain.comparison import Comparison
from feedback_router.domain.outcomes import PairedCounts
from feedback_router.domain.policy import Policy
from feedback_router.domain.ranking import lift, wsjf
from feedback_router.domain.regression import Regression
from feedback_router.domain.routing import answer_regressions

START = datetime(2026, 3, 1, tzinfo=UTC)
ES = (("domain", "returns"), ("language", "es"))


def compared(counts: PairedCounts) -> Comparison:
    return Comparison("exact_match", ES, counts, 1e-6, True, q_value=1e-5, regressed=True)


def regression(
    verdict: AttributionVerdict = "data",
    run_id: str = "v2",
    share: float = 0.75,
    items: tuple[str, ...] = ("i1", "i2"),
) -> Regression:
    evidence = CohortEvidence(cohort="legacy", items=12, share_before=0, share_after=share)
    return Regression(
        regression_id=f"regression-{run_id}",
        project="support",
        run_id=run_id,
        baseline_run_id="v1",
        model="assistant-v2",
        task="support_qa",
        metric="exact_match",
        completed_at=START + timedelta(hours=len(run_id)),
        slices=ES,
        compared=compared(PairedCounts(25, 24, 3, 21, 0)),
        correction="benjamini_hochberg",
        attribution=Attribution(verdict=verdict, sentence="It fell.", cohorts=(evidence,)),
        failure_ids=(),
        category=FailureCategory.HALLUCINATION,
        severity="medium",
        suspects={"legacy": items},
    )


def test_a_data_regression_asks_for_items_and_for_the_cohort_again(policy: Policy) -> None:
    source, cohort = answer_regressions([regression()], policy)
    assert (source.kind, source.quota, source.item_ids) == ("source_items", 21, ())
    assert (cohort.kind, cohort.quota, cohort.item_ids) == ("reannotate_cohort", 0, ("i1", "i2"))
    assert cohort.cohort == "legacy"
    assert source.acceptance is not None
    assert source.acceptance.minimum_rate == pytest.approx(24 / 25 - 0.05)
    assert source.due_at == regression().completed_at + timedelta(days=14)
    assert source.budget == 84


@pytest.mark.parametrize("verdict", ["recipe", "confounded"])
def test_no_data_is_ordered_where_data_is_not_the_answer(
    policy: Policy, verdict: AttributionVerdict
) -> None:
    assert [one.kind for one in answer_regressions([regression(verdict)], policy)] == [
        "no_data_fix"
    ]


def test_nothing_is_ordered_on_a_guess(policy: Policy) -> None:
    assert answer_regressions([regression("unattributable")], policy) == []


@pytest.mark.parametrize("seen", [{"share": 0.19}, {"items": ()}])
def test_a_small_or_unknown_cohort_is_not_labelled_again(policy: Policy, seen: dict) -> None:  # type: ignore[type-arg]
    assert [one.kind for one in answer_regressions([regression(**seen)], policy)] == [
        "source_items"
    ]


def test_evaluating_the_same_model_every_night_asks_once(policy: Policy) -> None:
    nights = [regression(run_id=name) for name in ("v2", "v2-tue", "v2-wed!")]
    once = answer_regressions(nights[:1], policy)
    often = answer_regressions(nights[::-1], policy)
    assert [one.remediation_id for one in often] == [one.remediation_id for one in once]
    assert often[0].found_in == "v2"
    assert len(often[0].regression_ids) == 3


@pytest.mark.parametrize(("lost", "quota"), [(6, 10), (21, 21), (900, 200)])
def test_the_quota_follows_the_loss_within_limits(policy: Policy, lost: int, quota: int) -> None:
    counts = PairedCounts(1000, 950, 950 - lost, lost, 0)
    assert (
        answer_regressions([replace(regression(), compared=compared(counts))], policy)[0].quota
        == quota
    )


def test_priority_is_weighted_shortest_job_first(policy: Policy) -> None:
    assert wsjf(2, 21, 2.0, 4) == 21.0
    mild = answer_regressions([regression()], policy)[0]
    grave = answer_regressions([replace(regression(), severity="critical")], policy)[0]
    assert grave.priority == pytest.approx(4 * mild.priority)
    assert lift(PairedCounts(25, 24, 3, 21, 0)) == pytest.approx(22.5 / 1.5)


def test_failures_of_one_category_and_slice_meet(policy: Policy) -> None:
    hallucination, privacy = FailureCategory.HALLUCINATION, FailureCategory.PRIVACY
    here = cluster_of(policy, "support", hallucination, "low", ES)
    assert here is not None
    assert here[1] == "annotate"
    assert cluster_of(policy, "support", hallucination, "critical", ES) == here
    others = [
        cluster_of(policy, "support", privacy, "low", ES),
        cluster_of(policy, "support", hallucination, "low", ES[:1]),
        cluster_of(policy, "sales", hallucination, "low", ES),
    ]
    assert len({here, *others}) == 4


def test_a_cluster_grows_in_priority(policy: Policy) -> None:
    cluster = Cluster(
        "r", "support", "annotate", FailureCategory.SAFETY, ES, "m", "t", "v2", "high", 3, ("i",)
    )
    small, large = (
        answer_cluster(cluster, policy),
        answer_cluster(replace(cluster, failures=30), policy),
    )
    assert large.priority == pytest.approx(10 * small.priority)
    assert (small.item_ids, small.found_in) == (("i",), None)
