"""What people read."""

from datetime import timedelta

from httpx import ASGITransport, AsyncClient

from .conftest import CELL, Router, decision, failure, finding


async def test_regressions_and_remediations_are_listed(router: Router) -> None:
    asked = await router.requested()
    await router.deliver(decision(asked["source_items"]))
    transport = ASGITransport(router.harness.application.asgi)
    async with AsyncClient(transport=transport, base_url="http://router") as client:
        (regression,) = (await client.get("/regressions", params={"project": "support"})).json()
        assert (regression["slices"], regression["lost"]) == (CELL, 21)
        assert regression["attribution"]["verdict"] == "data"
        remediations = (await client.get("/remediations")).json()
        assert {one["kind"]: one["state"] for one in remediations} == {
            "source_items": "approved",
            "reannotate_cohort": "requested",
        }
        approved = (await client.get("/remediations", params={"state": "approved"})).json()
        assert [one["decided_by"] for one in approved] == ["lead"]
        assert (await client.get("/regressions", params={"project": "sales"})).json() == []
        assert (await client.get("/remediations", params={"limit": 0})).status_code == 422


async def test_the_newest_comes_first(router: Router) -> None:
    await router.deliver(*finding())
    router.wait(timedelta(minutes=1))
    await router.deliver(failure("f1"))
    transport = ASGITransport(router.harness.application.asgi)
    async with AsyncClient(transport=transport, base_url="http://router") as client:
        kinds = [one["kind"] for one in (await client.get("/remediations")).json()]
    assert kinds[0] == "annotate"
