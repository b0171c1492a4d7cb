"""Runs become regressions, remediations and dismissals."""

from datetime import timedelta
from typing import Any

import pytest

from aidataops.events.evaluation import DatasetReference
from aidataops.events.feedback import (
    FindingsDismissed,
    RegressionDetected,
    RemediationApproved,
    RemediationRequested,
)

from .conftest import (
    BASELINE,
    CELL,
    COLLAPSED,
    LEGACY,
    START,
    WORSE,
    Router,
    finding,
    of,
    project,
    run,
    samples,
    trained,
)


async def test_the_collapsed_slice_is_found_attributed_and_routed(router: Router) -> None:
    emitted = await router.deliver(*finding())
    found = of(RegressionDetected, emitted)[-1]
    assert {one.regression_id for one in of(RegressionDetected, emitted)} == {found.regression_id}
    assert found.slices == CELL
    assert (found.pairs, found.passed_before, found.passed_after) == (25, 24, 3)
    assert (found.lost, found.gained) == (21, 0)
    assert found.p_value < 1e-6
    assert found.q_value <= 24.1 * found.p_value
    assert found.attribution.verdict == "data"
    assert found.attribution.cohorts[0].cohort == LEGACY
    assert len(found.failure_ids) == 22
    source, cohort = sorted(of(RemediationRequested, emitted), key=lambda one: -one.quota)
    assert (source.kind, source.quota, source.slices) == ("source_items", 21, CELL)
    assert (cohort.kind, cohort.cohort) == ("reannotate_cohort", LEGACY)
    assert cohort.item_ids == tuple(sorted(f"{LEGACY}:{number}" for number in range(12)))
    assert source.regression_ids == cohort.regression_ids == (found.regression_id,)
    assert source.policy_version == "1"
    assert of(RemediationApproved, emitted) == []


async def test_every_failure_of_a_run_is_routed_or_dismissed(router: Router) -> None:
    emitted = await router.deliver(*finding())
    last = {one.run_id: one for one in of(FindingsDismissed, emitted)}
    assert len(last["v1"].failure_ids) == 8
    assert "reference run" in last["v1"].reason
    assert len(last["v2"].failure_ids) == 4
    assert "20 comparisons" in last["v2"].reason
    routed = of(RegressionDetected, emitted)[-1].failure_ids
    assert not set(routed) & set(last["v2"].failure_ids)


async def test_a_run_waits_for_its_baseline_and_every_chunk(router: Router) -> None:
    worse = run("v2", samples(COLLAPSED), baseline="v1", hour=1)
    reference = run("v1", samples(BASELINE))
    assert of(RegressionDetected, await router.deliver(*worse, *reference[:2])) == []
    assert len(of(RegressionDetected, await router.deliver(reference[2]))) == 1


async def test_without_training_runs_nothing_is_guessed_until_they_arrive(router: Router) -> None:
    events = finding()
    late = [one for one in events if one.type == trained("v1", WORSE).type]
    first = await router.deliver(*(one for one in events if one not in late))
    assert of(RegressionDetected, first)[-1].attribution.verdict == "unattributable"
    assert of(RemediationRequested, first) == []
    second = await router.deliver(*late)
    before, after = of(RegressionDetected, first)[-1], of(RegressionDetected, second)[-1]
    assert after.regression_id == before.regression_id
    assert after.revision > before.revision
    assert after.attribution.verdict == "data"
    assert len(of(RemediationRequested, second)) == 2


async def test_data_and_recipe_both_changed_is_confounded(router: Router) -> None:
    events = [one for one in finding() if one != trained("v2", WORSE)]
    emitted = await router.deliver(*events, trained("v2", WORSE, "r2"))
    attribution = of(RegressionDetected, emitted)[-1].attribution
    assert attribution.verdict == "confounded"
    assert attribution.missing_runs == ("support-seed@1 x r2", "support@1 x r1")
    assert [one.kind for one in of(RemediationRequested, emitted)] == ["no_data_fix"]


@pytest.mark.parametrize("first", [True, False])
async def test_the_latest_training_of_a_model_counts(router: Router, first: bool) -> None:
    again = trained("v2", WORSE, "r2").model_copy(
        update={"training_run_id": "a-later-one", "completed_at": START + timedelta(days=1)}
    )
    told = finding()
    emitted = await router.deliver(*([again, *told] if first else [*told, again]))
    assert of(RegressionDetected, emitted)[-1].attribution.verdict == "confounded"


async def test_the_dataset_version_of_the_run_alone_is_no_attribution(router: Router) -> None:
    emitted = await router.deliver(
        *run("v1", samples(BASELINE), dataset=DatasetReference(dataset="support", version=0)),
        *run("v2", samples(COLLAPSED), baseline="v1", dataset=WORSE),
    )
    attribution = of(RegressionDetected, emitted)[-1].attribution
    assert attribution.verdict == "unattributable"
    assert attribution.dataset_after == WORSE


async def test_a_run_of_errors_is_an_infrastructure_failure(router: Router) -> None:
    emitted = await router.deliver(
        *run("v1", samples(BASELINE)),
        *run("v2", samples(COLLAPSED, errored=300), baseline="v1", hour=1),
    )
    assert of(RegressionDetected, emitted) == []
    last = {one.run_id: one for one in of(FindingsDismissed, emitted)}["v2"]
    assert "infrastructure failure" in last.reason
    assert len(last.failure_ids) == sum(COLLAPSED.values())


async def test_delivering_everything_again_says_nothing(router: Router) -> None:
    await router.deliver(*finding())
    again: list[Any] = [one.model_copy() for one in finding()]
    assert await router.deliver(*again) == []


async def test_a_budget_approves_small_remediations(router_under: Any) -> None:
    budget = ("automatic_approval_budget: 0", "automatic_approval_budget: 20")
    async with router_under(budget) as router:
        emitted = await router.deliver(*finding())
        assert [(one.kind, one.approved_by) for one in of(RemediationApproved, emitted)] == [
            ("reannotate_cohort", "policy 1")
        ]
        assert await router.states() == {
            "source_items": "requested",
            "reannotate_cohort": "approved",
        }


async def test_another_project_stays_apart(router: Router) -> None:
    stranger = run("v1", samples(BASELINE))[0].model_copy(update={"project": "sales"})
    emitted = await router.deliver(
        stranger, project(), *run("v2", samples(COLLAPSED), baseline="v1")
    )
    assert of(RegressionDetected, emitted) == []


async def test_a_slice_that_nobody_named_is_found(router: Router) -> None:
    """Three of 25 in every Spanish slice: too few to see one by one, and the whole improves."""
    domains = ("account", "billing", "returns", "shipping")
    before = samples({(domain, "en"): 8 for domain in domains})
    after = samples({(domain, "es"): 4 for domain in domains})
    emitted = await router.deliver(*run("s1", before), *run("s2", after, baseline="s1", hour=1))
    (found,) = {one.regression_id: one for one in of(RegressionDetected, emitted)}.values()
    assert (found.slices, found.discovered) == ({"language": "es"}, True)
    assert (found.lost, found.gained) == (16, 0)
    assert len(found.failure_ids) == 16
