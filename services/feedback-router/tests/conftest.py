"""The support project as the feedback-router sees it, and the service on a database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from aidataops.events import Payload
from aidataops.events.annotation import LabelSchema, ProjectDefined, TaskCompleted, TaskCreated
from aidataops.events.evaluation import (
    DatasetReference,
    EvaluationFailure,
    EvaluationRunCompleted,
    FailureCategory,
    Harness,
    SampleScore,
    SamplesScored,
)
from aidataops.events.feedback import RemediationRequested
from aidataops.events.governance import ApproveRemediation, DecisionRecorded, ResponsibilityAssigned
from aidataops.events.lineage import VersionPublished, VersionRegistered, VersionRow
from aidataops.events.quality import Agreement, BatchReleased, GateCheck, ReleasedItem
from aidataops.events.sourcing import BriefFulfilled
from aidataops.events.training import TrainingRunCompleted
from aidataops.testing import ServiceHarness, SettableClock
from feedback_router.app import create_app
from feedback_router.domain.policy import Policy
from feedback_router.policy_file import load_policy
from feedback_router.settings import DEFAULT_POLICY

START = datetime(2026, 3, 1, tzinfo=UTC)
SCHEMA = LabelSchema(categories=("correct", "incorrect", "unsafe", "unclear"))
CELL = {"domain": "returns", "language": "es"}
LEGACY = "brightlabel/legacy/0.9.0/import"
SEED = DatasetReference(dataset="support-seed", version=1)
WORSE = DatasetReference(dataset="support", version=1)
FIXED = DatasetReference(dataset="support", version=2)
RESULTS = (
    "projects", "runs", "sample_chunks", "samples", "failures", "training_runs",
    "published_versions", "registered_chunks", "registered_rows", "decisions",
    "clusters", "responsibilities", "consultations", "policies", "automation_decisions", "drifts",
    "guideline_flags", "cohort_agreements", "suspensions",
    "fulfilled_briefs", "batch_tasks", "released_batches", "assessments", "comparisons",
    "regressions", "remediations", "trials", "pools", "capacities",
)  # fmt: skip
SURROGATES = {"detected_at", "requested_at"}


@pytest.fixture
def policy() -> Policy:
    return load_policy(DEFAULT_POLICY)


def samples(wrong: dict[tuple[str, str], int], errored: int = 0) -> tuple[SampleScore, ...]:
    """300 outcomes, 25 in each domain x language; the first ``wrong`` of a slice fail."""
    found = [
        SampleScore(
            sample_id=f"{domain}-{language}-{number:02}",
            slices={"domain": domain, "language": language, "capability": "policy_lookup"},
            score=float(number >= wrong.get((domain, language), 0)),
            passed=number >= wrong.get((domain, language), 0),
        )
        for domain in ("account", "billing", "returns", "shipping")
        for language in ("de", "en", "es")
        for number in range(25)
    ]
    return tuple(
        sample.model_copy(update={"errored": place < errored, "passed": sample.passed})
        for place, sample in enumerate(found)
    )


BASELINE = {("returns", "es"): 1, ("account", "es"): 4, ("billing", "en"): 3}
COLLAPSED = {("returns", "es"): 22, ("account", "es"): 1, ("returns", "de"): 3}
RECOVERED = {("returns", "es"): 1, ("account", "es"): 1}


def run(
    name: str,
    outcomes: tuple[SampleScore, ...],
    *,
    baseline: str | None = None,
    model: str | None = None,
    hour: int = 0,
    dataset: DatasetReference | None = None,
    chunk_size: int = 200,
) -> list[Payload]:
    """A run, its outcomes in chunks, and a failure per failing sample."""
    chunks = [outcomes[at : at + chunk_size] for at in range(0, len(outcomes), chunk_size)]
    model = model or f"acme/assistant-{name}"
    return [
        EvaluationRunCompleted(
            run_id=name,
            project="support",
            model=model,
            task="support_qa",
            harness=Harness(name="lm-eval"),
            dataset_version=dataset,
            baseline_run_id=baseline,
            completed_at=START + timedelta(hours=hour),
            samples=len(outcomes),
            errored=sum(sample.errored for sample in outcomes),
            chunks=len(chunks),
        ),
        *(
            SamplesScored(
                run_id=name,
                project="support",
                metric="exact_match",
                chunk=number,
                chunks=len(chunks),
                samples=chunk,
            )
            for number, chunk in enumerate(chunks)
        ),
        *(
            failure(f"{name}/{sample.sample_id}", name, sample.sample_id, sample.slices, True)
            for sample in outcomes
            if not sample.passed
        ),
    ]


def failure(
    failure_id: str,
    run_id: str = "chat",
    sample_id: str = "s1",
    slices: dict[str, str] = CELL,
    part_of_run: bool = False,
    **more: Any,
) -> EvaluationFailure:
    more = {"category": FailureCategory.HALLUCINATION, "model": f"acme/assistant-{run_id}"} | more
    return EvaluationFailure(
        failure_id=failure_id,
        run_id=run_id,
        project="support",
        task="support_qa",
        sample_id=sample_id,
        part_of_run=part_of_run,
        slices=slices,
        metric="exact_match",
        score=0.0,
        **more,
    )


def project(accountable: str = "lead") -> ProjectDefined:
    return ProjectDefined(
        project="support",
        name="Support answers",
        dataset="support",
        label_schema=SCHEMA,
        guideline_version="1.0.0",
        accountable=accountable,
    )


def trained(name: str, data: DatasetReference, recipe: str = "r1") -> TrainingRunCompleted:
    return TrainingRunCompleted(
        training_run_id=f"training-{name}",
        project="support",
        model=f"acme/assistant-{name}",
        datasets=(data,),
        recipe=recipe,
        completed_at=START,
    )


def registered(
    version: DatasetReference, rows: dict[str, int], parents: tuple[DatasetReference, ...] = ()
) -> VersionRegistered:
    """A version: so many rows of returns x es per cohort, and fifty of billing x en beside."""
    inside = [
        VersionRow(item_id=f"{cohort}:{number}", value="correct", cohort=cohort, slices=CELL)
        for cohort, count in rows.items()
        for number in range(count)
    ]
    beside = [
        VersionRow(
            item_id=f"billing:{number}",
            value="correct",
            cohort="acme-labels/default/1.0.0/seed",
            slices={"domain": "billing", "language": "en"},
        )
        for number in range(50)
    ]
    return VersionRegistered(
        dataset=version.dataset,
        version=version.version,
        project="support",
        parents=parents,
        rows=(*inside, *beside),
    )


def decision(
    remediation_id: str,
    approved: bool = True,
    *,
    made_by: str = "lead",
    role: Any = "accountable",
    hour: int = 3,
) -> DecisionRecorded:
    return DecisionRecorded(
        decision_id=f"{remediation_id}/{made_by}/{role}/{hour}",
        subject=remediation_id,
        decision=ApproveRemediation(approved=approved, reason="spend" if approved else "later"),
        made_by=made_by,
        role=role,
        made_at=START + timedelta(hours=hour),
    )


def roles(person: str, role: Any, **more: Any) -> ResponsibilityAssigned:
    given: dict[str, Any] = {"subject": "support", "internal": True} | more
    return ResponsibilityAssigned(
        decision_kind="approve_remediation", person=person, role=role, **given
    )


def fulfilled(remediation_id: str, items: int = 21) -> BriefFulfilled:
    return BriefFulfilled(
        brief_id=f"brief-{remediation_id}",
        project="support",
        remediation_id=remediation_id,
        slices=CELL,
        item_ids=tuple(f"new-{number}" for number in range(items)),
    )


def labelled(remediation_id: str, tasks: int = 2) -> list[Payload]:
    batch = f"batch-{remediation_id}"
    created = [
        TaskCreated(
            task_id=f"{batch}/{number}",
            project="support",
            batch_id=batch,
            batch_size=tasks,
            item_id=f"new-{number}",
            text="question",
            label_schema=SCHEMA,
            guideline_version="1.0.0",
            overlap=3,
            remediation_id=remediation_id,
        )
        for number in range(tasks)
    ]
    completed = [
        TaskCompleted(
            task_id=task.task_id,
            project="support",
            batch_id=batch,
            item_id=task.item_id,
            labels=3,
        )
        for task in created
    ]
    return [*created, *completed]


def released(remediation_id: str, *, names_it: bool = True) -> BatchReleased:
    return BatchReleased(
        project="support",
        batch_id=f"batch-{remediation_id}",
        remediation_id=remediation_id if names_it else None,
        agreement=Agreement(value=0.9, lower=0.8, upper=1.0, units=2, labels=6, annotators=3),
        checks=(GateCheck(name="agreement", verdict="passed"),),
        items=tuple(
            ReleasedItem(
                item_id=f"new-{number}",
                value="correct",
                confidence=1.0,
                label_ids=("l",),
                cohorts=("acme-labels/default/1.0.0/b",),
            )
            for number in range(2)
        ),
    )


def published(
    *remediation_ids: str,
    version: DatasetReference = FIXED,
    parent: DatasetReference = WORSE,
    batches: tuple[str, ...] = (),
) -> VersionPublished:
    return VersionPublished(
        dataset=version.dataset,
        version=version.version,
        project="support",
        hash="0" * 64,
        items=100,
        parents=(parent,),
        batch_ids=batches,
        remediation_ids=remediation_ids,
    )


def finding() -> list[Payload]:
    """Steps 0 and 2 of the story: the data got worse and with it one slice."""
    return [
        project(),
        registered(SEED, {"acme-labels/default/1.0.0/seed": 60}),
        registered(WORSE, {"acme-labels/default/1.0.0/seed": 4, LEGACY: 12}, (SEED,)),
        trained("v1", SEED),
        trained("v2", WORSE),
        *run("v1", samples(BASELINE)),
        *run("v2", samples(COLLAPSED), baseline="v1", hour=1),
    ]


def of(kind: type[Any], emitted: list[Payload]) -> list[Any]:
    return [payload for payload in emitted if isinstance(payload, kind)]


class Router:
    """The service and its state."""

    def __init__(self, harness: ServiceHarness) -> None:
        self.harness = harness

    async def deliver(self, *payloads: Payload) -> list[Payload]:
        return await self.harness.deliver(*payloads)

    def wait(self, step: timedelta) -> None:
        """Let time pass."""
        clock = self.harness.application.clock
        assert isinstance(clock, SettableClock)
        clock.advance(step)

    async def requested(self) -> dict[str, str]:
        """Kind → remediation id, after the finding of the story."""
        emitted = await self.deliver(*finding())
        return {one.kind: one.remediation_id for one in of(RemediationRequested, emitted)}

    async def states(self) -> dict[str, str]:
        rows = await self.harness.fetch("SELECT kind, state FROM remediations")
        return {row["kind"]: row["state"] for row in rows}

    async def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Everything but surrogate timestamps and the publication log."""
        return {
            table: sorted(
                (
                    {name: value for name, value in row.items() if name not in SURROGATES}
                    for row in await self.harness.fetch(f"SELECT * FROM {table}")
                ),
                key=repr,
            )
            for table in RESULTS
        }


@asynccontextmanager
async def fresh(database: str) -> AsyncIterator[Router]:
    """The service with empty tables."""
    app = create_app()
    app.clock = SettableClock()
    async with ServiceHarness.start(app, database) as harness:
        owner = await asyncpg.connect(database)
        await owner.execute(
            "SET search_path = feedback_router; "
            "TRUNCATE inbox, outbox, announcements, notices, commitments, " + ", ".join(RESULTS)
        )
        await owner.close()
        yield Router(harness)


@pytest.fixture
async def router(database: str) -> AsyncIterator[Router]:
    async with fresh(database) as service:
        yield service


@pytest.fixture
def router_under(database: str, tmp_path: Any) -> Callable[..., Any]:
    """The service under the shipped policy with some text of it replaced."""

    @asynccontextmanager
    async def start(*replacements: tuple[str, str]) -> AsyncIterator[Router]:
        from feedback_router.settings import RouterSettings

        text = DEFAULT_POLICY.read_text()
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "policy.yaml"
        path.write_text(text)
        app = create_app(RouterSettings(policy=path))
        app.clock = SettableClock()
        async with ServiceHarness.start(app, database) as harness:
            yield Router(harness)

    return start
