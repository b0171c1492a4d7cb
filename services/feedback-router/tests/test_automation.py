"""Who labels a slice: decided, run out, contradicted; and sections that nobody understands."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from aidataops.events import Payload
from aidataops.events.annotation import GuidelineFlagged
from aidataops.events.feedback import AutomationLevelChanged, RemediationRequested
from aidataops.events.governance import AutomationDecided
from aidataops.events.quality import DriftDetected
from aidataops.testing import SettableClock
from feedback_router.handlers import Routing
from feedback_router.policy_file import load_policy
from feedback_router.settings import DEFAULT_POLICY
from feedback_router.watch import Watch

from .conftest import CELL, Router, of, project

CLOCK = SettableClock().now()


def decided(name: str = "a1", hours: int = -1, days: int = 30, **more: Any) -> AutomationDecided:
    given = {"made_by": "lead", "role": "accountable", "level": "automatic", "slices": CELL} | more
    return AutomationDecided(
        decision_id=name,
        subject="support",
        made_at=CLOCK + timedelta(hours=hours),
        expires_at=CLOCK + timedelta(days=days),
        agreement_lower=0.83,
        labels=400,
        **given,
    )


def drift(**slices: str) -> DriftDetected:
    return DriftDetected(project="support", chart="cusum", slices=slices, statistic=5.1, limit=4.0)


async def test_a_decision_sets_the_level(router: Router) -> None:
    emitted = await router.deliver(project(), decided(), decided("a2", made_by="intern"))
    (changed,) = of(AutomationLevelChanged, emitted)
    assert (changed.level, changed.reason, changed.decision_id) == ("automatic", "decided", "a1")
    assert "0.83 over 400 labels" in changed.evidence


@pytest.mark.parametrize(
    ("slices", "contradicted"),
    [(CELL, True), ({}, True), ({"domain": "returns"}, True), ({"domain": "billing"}, False)],
)
async def test_drift_of_the_slice_gives_it_back_to_people(
    router: Router, slices: dict[str, str], contradicted: bool
) -> None:
    await router.deliver(project(), decided())
    emitted = await router.deliver(drift(**slices))
    levels = [(one.level, one.reason, one.revision) for one in of(AutomationLevelChanged, emitted)]
    assert levels == ([("human", "drift", 2)] if contradicted else [])
    kinds = [one.kind for one in of(RemediationRequested, emitted)]
    assert kinds == (["review_automation"] if contradicted else [])


async def test_a_new_decision_answers_the_question(router: Router) -> None:
    await router.deliver(project(), decided(), drift(**CELL))
    assert await router.states() == {"review_automation": "requested"}
    emitted = await router.deliver(decided("a2", hours=1, level="assisted"))
    (changed,) = of(AutomationLevelChanged, emitted)
    assert (changed.level, changed.revision) == ("assisted", 3)
    assert await router.states() == {"review_automation": "completed"}


async def test_a_decision_runs_out_without_any_event_and_is_told_once(router: Router) -> None:
    await router.deliver(project(), decided(days=2))
    application = router.harness.application
    watch = Watch(Routing(load_policy(DEFAULT_POLICY)), 60)
    await watch.look(application)
    router.wait(timedelta(days=3))
    await watch.look(application)
    rows = await router.harness.fetch("SELECT digest, revision FROM announcements "
                                      "WHERE aspect = 'level'")  # fmt: skip
    assert [(row["digest"], row["revision"]) for row in rows] == [("a1/ended", 2)]
    assert await router.states() == {"review_automation": "requested"}
    await watch.look(application)
    rows = await router.harness.fetch("SELECT revision FROM announcements WHERE aspect = 'level'")
    assert [row["revision"] for row in rows] == [2]


async def test_any_order_ends_at_the_same_level(router: Router) -> None:
    told: list[Payload] = [project(), decided(), decided("a0", hours=-9), drift(**CELL)]
    Random(4).shuffle(told)
    for one in [*told, *told]:
        emitted = await router.deliver(one)
    assert emitted == []
    rows = await router.harness.fetch("SELECT digest FROM announcements WHERE aspect = 'level'")
    assert [row["digest"] for row in rows] == ["a1/ended"]


def flag(person: str, section: str = "4.2", note: str = "?") -> GuidelineFlagged:
    return GuidelineFlagged(
        project="support",
        guideline_version="1.0.0",
        section=section,
        flagged_by=person,
        kind="ambiguity",
        note=note,
    )


async def test_three_people_who_flag_a_section_ask_for_its_revision(router: Router) -> None:
    emitted = await router.deliver(
        project(), flag("ann"), flag("ann", note="again"), flag("ben"), flag("cid", section="1")
    )
    assert of(RemediationRequested, emitted) == []
    emitted = await router.deliver(flag("cid"))
    (asked,) = of(RemediationRequested, emitted)
    assert (asked.kind, asked.guideline_reference) == ("revise_guideline", "1.0.0#4.2")
    assert "3 people" in asked.reason
    assert of(RemediationRequested, await router.deliver(flag("dan"))) == []
