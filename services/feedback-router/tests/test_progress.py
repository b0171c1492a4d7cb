"""From a decision to a verified fix, and back."""

from aidataops.events.evaluation import DatasetReference
from aidataops.events.feedback import (
    RemediationApproved,
    RemediationCompleted,
    RemediationDeclined,
    RemediationProgressed,
    RemediationReopened,
    RemediationVerified,
)

from .conftest import (
    BASELINE,
    COLLAPSED,
    FIXED,
    LEGACY,
    RECOVERED,
    WORSE,
    Router,
    decision,
    failure,
    fulfilled,
    labelled,
    of,
    published,
    released,
    run,
    samples,
    trained,
)


async def test_the_accountable_approves_and_the_work_gets_what_it_needs(router: Router) -> None:
    asked = await router.requested()
    (source,) = await router.deliver(decision(asked["source_items"]))
    assert isinstance(source, RemediationApproved)
    assert (source.kind, source.quota, source.approved_by) == ("source_items", 21, "lead")
    (cohort,) = await router.deliver(decision(asked["reannotate_cohort"]))
    assert isinstance(cohort, RemediationApproved)
    assert (cohort.cohort, len(cohort.item_ids)) == (LEGACY, 12)


async def test_nobody_else_decides(router: Router) -> None:
    asked = await router.requested()
    others = [
        decision(asked["source_items"], made_by="intern"),
        decision(asked["source_items"], role="responsible"),
    ]
    assert await router.deliver(*others) == []
    assert set((await router.states()).values()) == {"requested"}


async def test_a_decline_says_why_and_can_be_taken_back(router: Router) -> None:
    asked = await router.requested()
    (declined,) = await router.deliver(decision(asked["source_items"], False))
    assert isinstance(declined, RemediationDeclined)
    assert declined.reason == "later"
    assert await router.deliver(fulfilled(asked["source_items"])) == []
    emitted = await router.deliver(decision(asked["source_items"], True, hour=4))
    assert [type(one) for one in emitted] == [RemediationApproved, RemediationProgressed]


async def test_a_decision_may_be_known_before_the_remediation(router: Router) -> None:
    emitted = await router.deliver(failure("f1"))
    remediation_id = emitted[0].partition_key()
    await router.harness.application.pool.execute("DELETE FROM remediations")
    assert await router.deliver(decision(remediation_id)) == []
    rows = await router.harness.fetch("SELECT accountable FROM projects")
    assert rows == []
    asked = await router.requested()
    assert set(asked) == {"source_items", "reannotate_cohort"}
    (approved,) = of(RemediationApproved, await router.deliver(failure("f2")))
    assert approved.remediation_id == remediation_id


async def approve_and_deliver(router: Router) -> dict[str, str]:
    asked = await router.requested()
    for name in asked.values():
        await router.deliver(decision(name), *labelled(name), released(name))
    await router.deliver(published(*asked.values()), trained("v3", FIXED))
    return asked


async def test_progress_is_told_stage_by_stage(router: Router) -> None:
    asked = (await router.requested())["source_items"]
    await router.deliver(decision(asked))
    stages = []
    tasks = labelled(asked)
    for payload in (fulfilled(asked), *tasks, released(asked, names_it=False)):
        stages += [
            (one.stage, one.done)
            for one in of(RemediationProgressed, await router.deliver(payload))
        ]
    assert stages == [("sourced", 21), ("labelled", 2), ("released", 2)]
    assert (await router.states())["source_items"] == "in_progress"


async def test_a_version_with_the_batch_completes(router: Router) -> None:
    asked = (await router.requested())["source_items"]
    await router.deliver(decision(asked), *labelled(asked), released(asked))
    (completed,) = await router.deliver(published(batches=(f"batch-{asked}",)))
    assert isinstance(completed, RemediationCompleted)
    assert completed.dataset_version == FIXED


async def test_a_later_run_on_the_fixed_data_verifies(router: Router) -> None:
    asked = await approve_and_deliver(router)
    emitted = await router.deliver(*run("v3", samples(RECOVERED), baseline="v1", hour=5))
    verified = of(RemediationVerified, emitted)
    assert {one.remediation_id for one in verified} == set(asked.values())
    effect = verified[0].effect
    assert (effect.before, effect.after) == (0.12, 0.96)
    assert 0 < effect.lower < effect.difference < effect.upper
    assert set((await router.states()).values()) == {"verified"}


async def test_a_run_on_other_data_verifies_nothing(router: Router) -> None:
    await approve_and_deliver(router)
    recovered = samples(RECOVERED)
    emitted = await router.deliver(
        *run("lucky", recovered, baseline="v1", hour=5, dataset=WORSE),
        *run("unknown", recovered, baseline="v1", hour=6),
    )
    assert of(RemediationVerified, emitted) == []


async def test_data_built_upon_the_fix_counts(router: Router) -> None:
    await approve_and_deliver(router)
    third = DatasetReference(dataset="support", version=3)
    emitted = await router.deliver(
        *run("v4", samples(RECOVERED), baseline="v1", hour=5, dataset=third),
        published(version=third, parent=FIXED),
    )
    assert len(of(RemediationVerified, emitted)) == 2


async def test_a_fix_that_did_not_help_is_reopened_and_can_be_verified_later(
    router: Router,
) -> None:
    await approve_and_deliver(router)
    emitted = await router.deliver(*run("v3", samples(COLLAPSED), baseline="v1", hour=5))
    reopened = of(RemediationReopened, emitted)
    assert len(reopened) == 2
    assert "12.0%" in reopened[0].reason
    states = await router.harness.fetch(
        "SELECT state FROM remediations WHERE model = 'acme/assistant-v2'"
    )
    assert {row["state"] for row in states} == {"reopened"}
    later = run("v3b", samples(RECOVERED), baseline="v1", hour=6, dataset=FIXED)
    assert len(of(RemediationVerified, await router.deliver(*later))) == 2


async def test_an_older_run_that_arrives_late_is_history_not_news(router: Router) -> None:
    await approve_and_deliver(router)
    newest = run("v3b", samples(RECOVERED), baseline="v1", hour=6, dataset=FIXED)
    await router.deliver(*newest)
    older = run("v3", samples(COLLAPSED), baseline="v1", hour=5)
    assert of(RemediationReopened, await router.deliver(*older)) == []
    tried = await router.harness.fetch("SELECT run_id, passed FROM trials ORDER BY run_id, passed")
    assert [(row["run_id"], row["passed"]) for row in tried] == [
        ("v3", False), ("v3", False), ("v3b", True), ("v3b", True),
    ]  # fmt: skip


async def test_a_run_that_crashed_neither_verifies_nor_reopens(router: Router) -> None:
    await approve_and_deliver(router)
    crashed = run("v3", samples(BASELINE, errored=300), baseline="v1", hour=5)
    emitted = await router.deliver(*crashed)
    assert of(RemediationVerified, emitted) + of(RemediationReopened, emitted) == []
    assert set((await router.states()).values()) == {"completed"}


async def test_a_cluster_is_verified_on_its_own_failures(router: Router) -> None:
    failures = [failure(f"f{n}", sample_id=f"returns-es-{n:02}") for n in range(8)]
    (asked,) = {one.partition_key() for one in await router.deliver(*failures)}
    await approve_and_deliver(router)
    await router.deliver(
        decision(asked), published(asked, version=FIXED.model_copy(update={"dataset": "extra"}))
    )
    fixed = DatasetReference(dataset="extra", version=2)
    emitted = await router.deliver(*run("v5", samples(RECOVERED), hour=7, dataset=fixed))
    verified = of(RemediationVerified, emitted)
    assert [one.remediation_id for one in verified] == [asked]
    assert (verified[0].effect.before, verified[0].effect.after) == (0.0, 7 / 8)
