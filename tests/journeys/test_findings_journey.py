"""Rows 19 to 24 and 29 of the mission, with the published figures, on Kafka from the outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from aidataops.events import Payload
from aidataops.events.annotation import (
    CapacityChanged,
    LabelSchema,
    ProjectDefined,
)
from aidataops.events.evaluation import (
    DatasetReference,
    EvaluationRunCompleted,
    FailureCategory,
    Harness,
    SampleScore,
    SamplesScored,
)
from aidataops.events.feedback import (
    AutomationLevelChanged,
    RemediationApproved,
    RemediationBlocked,
    RemediationScheduled,
)
from aidataops.events.governance import (
    AutomationDecided,
    PolicyChanged,
    ResponsibilityAssigned,
)
from aidataops.events.lineage import VersionRegistered, VersionRow
from aidataops.events.quality import DriftDetected
from aidataops.events.training import TrainingRunCompleted
from feedback_router.commands import remediations
from feedback_router.settings import DEFAULT_POLICY

from .hearing import hear
from .informed import listening, told_of
from .stories import failure
from .world import SOURCE, World, eventually, header

NOW = datetime.now(UTC)
ES = {"domain": "returns", "language": "es"}


def samples(wrong: range, size: int = 1000) -> tuple[SampleScore, ...]:
    return tuple(
        SampleScore(
            sample_id=f"s{n}", slices=ES, score=float(n not in wrong), passed=n not in wrong
        )
        for n in range(size)
    )


def run(
    project: str, name: str, scores: tuple[SampleScore, ...], hour: int, baseline: str | None = None
) -> list[Payload]:
    return [
        EvaluationRunCompleted(
            run_id=f"{project}-{name}",
            project=project,
            model=f"{project}-{name}",
            task="qa",
            harness=Harness(name="lm-eval"),
            baseline_run_id=f"{project}-{baseline}" if baseline else None,
            completed_at=NOW + timedelta(hours=hour),
            samples=len(scores),
            chunks=1,
        ),
        SamplesScored(
            run_id=f"{project}-{name}",
            project=project,
            metric="exact_match",
            chunk=0,
            chunks=1,
            samples=scores,
        ),
    ]


def trained(project: str, name: str, version: int, recipe: str = "r1") -> TrainingRunCompleted:
    return TrainingRunCompleted(
        training_run_id=f"{project}-training-{name}",
        project=project,
        model=f"{project}-{name}",
        datasets=(DatasetReference(dataset=project, version=version),),
        recipe=recipe,
        completed_at=NOW,
    )


def version(project: str, number: int, cohorts: dict[tuple[str, str], int]) -> list[Payload]:
    """A version of so many rows per (domain, cohort)."""
    rows = [
        VersionRow(
            item_id=f"{domain}/{cohort}/{n}", value="correct", cohort=cohort,
            slices={"domain": domain, "language": "es"},
        )
        for (domain, cohort), count in cohorts.items()
        for n in range(count)
    ]  # fmt: skip
    chunks = [rows[at : at + 1000] for at in range(0, len(rows), 1000)]
    return [
        VersionRegistered(
            dataset=project,
            version=number,
            project=project,
            rows=tuple(chunk),
            chunk=place,
            chunks=len(chunks),
        )
        for place, chunk in enumerate(chunks)
    ]


def defined(project: str) -> ProjectDefined:
    return ProjectDefined(
        project=project,
        name="Support answers",
        dataset=project,
        label_schema=LabelSchema(categories=("correct", "incorrect")),
        guideline_version="1.0.0",
        accountable="lead",
    )


def named(project: str, name: str, sample: int, *items: str) -> Payload:
    """A failure of a run that names training rows as suspects."""
    return failure(
        project,
        f"{name}-{sample}",
        run_id=f"{project}-{name}",
        model=f"{project}-{name}",
        task="qa",
        sample_id=f"s{sample}",
        part_of_run=True,
        slices=ES,
        category=FailureCategory.HALLUCINATION,
        suspect_items=items,
    )


async def regression(world: World, project: str, verdict: str | None = None) -> dict[str, Any]:
    async def found() -> Any:
        for one in await world.get("feedback-router", "/regressions", project=project):
            if verdict is None or one["attribution"]["verdict"] == verdict:
                return one
        return None

    answer: dict[str, Any] = await eventually(found, "the regression is found and attributed")
    return answer


async def test_forty_lost_and_ten_gained_is_a_regression_and_noise_is_none(
    world: World, project: str
) -> None:
    """Row 19: b = 40, c = 10 of 1000 pairs, McNemar's exact p 2.4e-5; 5 against 5 is none."""
    world.publish(
        *run(project, "v1", samples(range(100)), 0),
        *run(project, "same", samples(range(5, 105)), 1, "v1"),
    )
    await world.quiet("feedback-router")
    assert await world.get("feedback-router", "/regressions", project=project) == []
    world.publish(*run(project, "v2", samples(range(10, 140)), 2, "v1"))
    found = await regression(world, project)
    assert (found["pairs"], found["lost"], found["gained"]) == (1000, 40, 10)
    assert found["p_value"] == pytest.approx(2.386e-5, rel=1e-3)


@pytest.mark.parametrize(
    ("rows", "suspects", "blamed"),
    [
        (
            {("returns", "legacy"): 600, ("returns", "acme"): 4400},
            {("returns", "legacy"): 40, ("returns", "acme"): 60},
            True,
        ),
        (
            {("a", "legacy"): 44, ("a", "acme"): 66, ("b", "legacy"): 11, ("b", "acme"): 99},
            {("a", "legacy"): 40, ("a", "acme"): 60, ("b", "legacy"): 1, ("b", "acme"): 9},
            False,
        ),
    ],
)
async def test_a_cohort_is_blamed_for_itself_and_not_for_its_domain(
    world: World,
    project: str,
    rows: dict[tuple[str, str], int],
    suspects: dict[tuple[str, str], int],
    blamed: bool,
) -> None:
    """Row 20: odds ratio 5.17 [3.43, 7.78] ranks first; Simpson's strata are 1.00: no blame."""
    items = [f"{d}/{c}/{n}" for (d, c), count in suspects.items() for n in range(count)]
    world.publish(
        *version(project, 1, {("returns", "acme"): 10}),
        *version(project, 2, rows),
        trained(project, "v1", 1),
        trained(project, "v2", 2),
        *run(project, "v1", samples(range(0), 40), 0),
        *run(project, "v2", samples(range(10), 40), 1, "v1"),
        *(named(project, "v2", n, *items[n::10]) for n in range(10)),
    )
    await world.quiet("feedback-router")
    found = (await regression(world, project, "data"))["attribution"]
    legacy = next(one for one in found["cohorts"] if one["cohort"] == "legacy")
    assert legacy["basis"] == "items"
    if blamed:
        assert found["cohorts"][0] == legacy
        figures = (legacy["odds_ratio"], legacy["lower"], legacy["upper"])
        assert figures == pytest.approx((5.17, 3.43, 7.78), abs=0.005)
        assert "associated with legacy" in found["sentence"]
    else:
        assert legacy["odds_ratio"] > 3
        assert legacy["mantel_haenszel"] == pytest.approx(1.0)
        assert "no cohort stands out" in found["sentence"]


@pytest.mark.parametrize(
    ("data", "recipe", "verdict"), [(2, "r2", "confounded"), (2, "r1", "data"), (1, "r2", "recipe")]
)
async def test_the_two_by_two_names_what_changed_and_what_is_missing(
    world: World, project: str, data: int, recipe: str, verdict: str
) -> None:
    """Row 21."""
    world.publish(
        trained(project, "v1", 1),
        trained(project, "v2", data, recipe),
        *run(project, "v1", samples(range(0), 40), 0),
        *run(project, "v2", samples(range(20), 40), 1, "v1"),
    )
    found = (await regression(world, project, verdict))["attribution"]
    missing = [f"{project}@1 x r2", f"{project}@2 x r1"] if verdict == "confounded" else []
    assert found["missing_runs"] == missing


async def test_an_accountable_who_is_not_in_order_blocks_dispatch(
    world: World, project: str
) -> None:
    """Rows 22 and 23: a ranked order with all it needs; two Accountables block it until mended, and
    the Informed are told.
    """

    def role(person: str, **more: Any) -> ResponsibilityAssigned:
        return ResponsibilityAssigned(
            subject=project, decision_kind="approve_remediation", person=person,
            role="accountable", internal=True, **more,
        )  # fmt: skip

    with listening() as (url, heard):
        name = await blocked_order(world, project, role, url)
        await eventually(lambda: told_of(heard, "remediation_blocked"), "the Informed are told")
        world.publish(role("second", revoked=True, revision=2))

        async def approved() -> bool:
            shown = await world.get("feedback-router", f"/remediations/{name}")
            return bool(shown["state"] == "approved")

        await eventually(approved, "the decision counts once there is one Accountable")
        await eventually(lambda: told_of(heard, "remediation_approved"), "and of what became of it")


async def blocked_order(
    world: World, project: str, role: Callable[..., ResponsibilityAssigned], url: str
) -> str:
    """An order that its Accountable approved beside a second one; returns the remediation's id."""
    informed = ResponsibilityAssigned(
        subject=project, decision_kind="approve_remediation", person="training", role="informed",
        internal=True, notify_url=url,
    )  # fmt: skip
    world.publish(
        defined(project),
        role("lead"),
        role("second"),
        informed,
        *version(project, 1, {("returns", "acme"): 60}),
        *version(project, 2, {("returns", "acme"): 4, ("returns", "legacy"): 12}),
        trained(project, "v1", 1),
        trained(project, "v2", 2),
        *run(project, "v1", samples(range(0), 40), 0),
        *run(project, "v2", samples(range(20), 40), 1, "v1"),
    )
    await world.quiet("feedback-router")
    found = {one["kind"]: one for one in await world.remediations(project)}
    assert found.keys() == {"source_items", "reannotate_cohort"}
    source = found["source_items"]
    assert (source["quota"], source["slices"]) == (20, ES)
    assert source["budget"] == 80
    assert source["due_at"] is not None
    assert source["acceptance"]["minimum_rate"] == pytest.approx(0.95)
    assert source["priority"] > 0
    name = source["remediation_id"]
    said = await asyncio.to_thread(
        CliRunner().invoke,
        remediations.app,
        [
            "approve", name, "--as", "lead", "--source", SOURCE, "--api-key", world.api_key,
            "--gateway", world.servers["gateway"].url,
            "--url", world.servers["feedback-router"].url,
        ],
    )  # fmt: skip
    assert "accepted 1" in said.output
    await world.quiet("feedback-router")
    shown = await world.get("feedback-router", f"/remediations/{name}")
    assert shown["state"] == "requested"
    assert "lead, second" in shown["blocked"]
    blocked = [
        RemediationBlocked.model_validate_json(one.value or b"")
        for one in await world.history(RemediationBlocked.topic)
        if header(one, "ce_type") == RemediationBlocked.type
    ]
    assert "several_accountable" in {one.reason for one in blocked if one.project == project}
    return str(name)


async def test_a_budget_approves_what_it_covers_and_capacity_says_until_when(
    world: World, project: str
) -> None:
    """Row 22: the cohort again costs 18 of 80, new items 80 more: the lead decides on those."""
    document = yaml.safe_load(DEFAULT_POLICY.read_text()) | {
        "version": f"{project}-2",
        "automatic_approval_budget": 80,
        "project_budget": {"cost": 80},
    }
    policy = PolicyChanged(
        subject=f"routing/{project}",
        version=f"{project}-2",
        changed_by="lead",
        document=yaml.safe_dump(document),
    )
    await world.produce(world.encode(policy))
    await world.quiet("feedback-router")
    world.publish(
        defined(project),
        *version(project, 1, {("returns", "acme"): 60}),
        *version(project, 2, {("returns", "acme"): 4, ("returns", "legacy"): 12}),
        trained(project, "v1", 1),
        trained(project, "v2", 2),
        *run(project, "v1", samples(range(0), 40), 0),
    )
    await world.quiet("feedback-router")
    world.publish(*run(project, "v2", samples(range(20), 40), 1, "v1"))
    (granted,) = await hear(world, RemediationApproved, project)
    assert (granted.kind, granted.approved_by) == ("reannotate_cohort", f"policy {project}-2")
    (held,) = await hear(world, RemediationBlocked, project)
    assert held.reason == "budget_spent"
    cleared = NOW + timedelta(weeks=2)
    busy = CapacityChanged(
        project=project, vendor="acme-labels", pool="default", annotators=1, backlog=16,
        lead_time_hours=16, promised_at=cleared,
    )  # fmt: skip
    await world.produce(world.encode(busy))
    scheduled = {
        one.remediation_id: one for one in await hear(world, RemediationScheduled, project, 2)
    }
    first, second = scheduled[granted.remediation_id], scheduled[held.remediation_id]
    assert (first.labels, first.labels_before) == (36, 16)
    assert (second.labels, second.labels_before) == (60, 16 + 36)
    assert first.due_at == cleared + timedelta(hours=36)
    assert second.due_at == first.due_at + timedelta(hours=60)
    assert "the pools do about 168 a week" in first.reason
    shown = await world.get("feedback-router", f"/remediations/{held.remediation_id}")
    assert datetime.fromisoformat(shown["scheduled_for"]) == second.due_at


async def test_drift_gives_an_automated_slice_back_to_people(world: World, project: str) -> None:
    """Row 29."""
    world.publish(
        defined(project),
        AutomationDecided(
            decision_id=f"{project}-a1",
            subject=project,
            made_by="lead",
            role="accountable",
            made_at=datetime.now(UTC) - timedelta(minutes=5),
            slices=ES,
            level="automatic",
            expires_at=NOW + timedelta(days=30),
            agreement_lower=0.84,
            labels=500,
        ),
    )

    async def levels() -> list[AutomationLevelChanged]:
        said = [
            AutomationLevelChanged.model_validate_json(one.value or b"")
            for one in await world.history(AutomationLevelChanged.topic)
            if header(one, "ce_type") == AutomationLevelChanged.type
        ]
        return [one for one in said if one.project == project]

    (decided,) = await eventually(levels, "the decision is told")
    assert (decided.level, decided.reason) == ("automatic", "decided")
    drift = DriftDetected(project=project, chart="cusum", slices=ES, statistic=5.3, limit=4.0)
    await world.produce(world.encode(drift))

    async def taken_back() -> bool:
        return (await levels())[-1].level == "human"

    await eventually(taken_back, "drift takes the decision back")
    (asked,) = await world.remediations(project)
    assert (asked["kind"], asked["state"]) == ("review_automation", "requested")
