"""Single failures: a storm of them is one remediation."""

from typing import Any

from aidataops.events.evaluation import FailureCategory
from aidataops.events.feedback import FailuresJoined, FindingsDismissed, RemediationRequested
from aidataops.testing.harness import headers_of

from .conftest import CELL, Router, failure, of


async def test_one_failure_opens_one_remediation_in_its_trace(router: Router) -> None:
    emitted = await router.deliver(failure("f1", suspect_items=("item-7",)))
    (asked,) = of(RemediationRequested, emitted)
    assert (asked.kind, asked.category) == ("annotate", FailureCategory.HALLUCINATION)
    assert (asked.failure_ids, asked.item_ids, asked.slices) == (("f1",), ("item-7",), CELL)
    assert of(FindingsDismissed, emitted) == []
    (record,) = router.harness.published
    assert headers_of(record)["traceparent"].split("-")[1] == "ab" * 16


async def test_the_same_failure_five_times_is_one_remediation(router: Router) -> None:
    one = failure("f1")
    emitted = await router.deliver(*[one] * 5)
    emitted += await router.deliver(*[one.model_copy() for _ in range(5)])
    assert len(of(RemediationRequested, emitted)) == 1
    assert len(emitted) == 1


async def test_a_storm_makes_one_remediation_and_no_event_per_failure(router: Router) -> None:
    emitted: list[Any] = []
    for batch in range(6):
        storm = [failure(f"f{batch}-{n:03}", sample_id=f"s{n}") for n in range(500)]
        emitted += await router.deliver(*storm)
    (asked,) = of(RemediationRequested, emitted)
    assert len(asked.failure_ids) == 500
    assert len(emitted) <= 6
    last = of(FindingsDismissed, emitted)[-1]
    joined = [name for one in of(FailuresJoined, emitted) for name in one.failure_ids]
    assert len({*asked.failure_ids, *last.failure_ids, *joined}) == 3000
    assert asked.remediation_id in last.reason
    assert {one.remediation_id for one in of(FailuresJoined, emitted)} == {asked.remediation_id}
    assert max(len(one.model_dump_json()) for one in emitted) < 100_000
    (row,) = await router.harness.fetch("SELECT priority FROM remediations")
    assert row["priority"] > asked.priority


async def test_each_cause_continues_its_own_trace(router: Router) -> None:
    es, de = failure("f1"), failure("f2", slices={"domain": "returns", "language": "de"})
    await router.deliver(es, de)
    causes = {headers_of(record)["ce_causationid"] for record in router.harness.published}
    assert len(causes) == 2


async def test_a_failure_without_a_rule_is_dismissed_with_the_reason(router_under: Any) -> None:
    rule = ("  - when: {}\n", "  - when: {severities: [high, critical]}\n")
    async with router_under(rule) as router:
        emitted = await router.deliver(
            failure("f1", severity="low"), failure("f2", severity="high")
        )
        (asked,) = of(RemediationRequested, emitted)
        assert asked.failure_ids == ("f2",)
        (dismissed,) = of(FindingsDismissed, emitted)
        assert dismissed.failure_ids == ("f1",)
        assert "No rule of policy 1" in dismissed.reason
