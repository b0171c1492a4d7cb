"""The story of one data fix, as lineage hears it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest
import pytest_asyncio

from aidataops.events import Payload
from aidataops.events.annotation import (
    GuidelinePublished,
    LabelAccepted,
    LabelSchema,
    ProjectDefined,
    TaskCompleted,
    TaskCreated,
)
from aidataops.events.evaluation import (
    DatasetReference,
    EvaluationFailure,
    EvaluationRunCompleted,
    FailureCategory,
    Harness,
)
from aidataops.events.feedback import (
    Attribution,
    Effect,
    RegressionDetected,
    RemediationApproved,
    RemediationCompleted,
    RemediationProgressed,
    RemediationRequested,
    RemediationVerified,
)
from aidataops.events.governance import ApproveRemediation, DecisionRecorded, PublishDataset
from aidataops.events.lineage import ErasureRequested, VersionRegistered, VersionRow
from aidataops.events.quality import (
    Agreement,
    AgreementMeasured,
    AnnotatorSuspended,
    BatchReleased,
    ConsensusReached,
    GateCheck,
    ReleasedItem,
)
from aidataops.events.sourcing import (
    BriefFulfilled,
    BriefOpened,
    ItemAccepted,
    Provenance,
    SourceSuspended,
)
from aidataops.events.sourcing import SourceRegistered as Source
from aidataops.events.training import TrainingRunCompleted
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.testing import ServiceHarness
from aidataops.testing.loop import BackgroundLoop
from lineage.app import create_app

DAY = datetime(2026, 3, 1, tzinfo=UTC)
SLICE = {"domain": "returns", "language": "es"}
SCHEMA = LabelSchema(categories=("correct", "incorrect"))
AGREEMENT = Agreement(value=0.8, lower=0.7, upper=0.9, units=2, labels=4, annotators=2)
EFFECT = Effect(before=0.1, after=0.9, difference=0.8, lower=0.6, upper=0.9, p_value=0.001)
OLD_COHORT = "brightlabel/legacy/0.9.0/import"
NEW_COHORT = "acme-labels/default/1.0.0/b-1"
SUPPORT_1 = DatasetReference(dataset="support", version=1)
SUPPORT_2 = DatasetReference(dataset="support", version=2)


def evaluation(run: str, model: str, baseline: str | None, day: int) -> EvaluationRunCompleted:
    return EvaluationRunCompleted(
        run_id=run, project="support", model=model, task="support_qa",
        harness=Harness(name="lm-eval"), baseline_run_id=baseline,
        completed_at=DAY + timedelta(days=day), samples=300, chunks=1,
    )  # fmt: skip


def training(run: str, model: str, dataset: DatasetReference, day: int) -> TrainingRunCompleted:
    return TrainingRunCompleted(
        training_run_id=run, project="support", model=model, datasets=(dataset,), recipe="r1",
        completed_at=DAY + timedelta(days=day),
    )  # fmt: skip


def item(item_id: str, source: str, brief: str | None = None) -> ItemAccepted:
    return ItemAccepted(
        item_id=item_id, project="support", source_id=source, content_hash=f"hash of {item_id}",
        text="¿Puedo devolverlo?", slices=SLICE, licence="CC-BY-4.0", brief_id=brief,
    )  # fmt: skip


def task(item_id: str) -> TaskCreated:
    return TaskCreated(
        task_id=f"t-{item_id}", project="support", batch_id="b-1", batch_size=2, item_id=item_id,
        slices=SLICE, label_schema=SCHEMA, guideline_version="1.0.0", overlap=2,
        remediation_id="m-1",
    )  # fmt: skip


def label(item_id: str, annotator: str, value: str) -> LabelAccepted:
    return LabelAccepted(
        label_id=f"l-{item_id}-{annotator}", revision=1, project="support", task_id=f"t-{item_id}",
        batch_id="b-1", item_id=item_id, annotator=annotator, vendor="acme-labels", pool="default",
        guideline_version="1.0.0", cohort=NEW_COHORT, value=value, slices=SLICE,
        submitted_at=DAY + timedelta(days=3),
    )  # fmt: skip


def label_ids(item_id: str) -> tuple[str, ...]:
    return (f"l-{item_id}-acme-1", f"l-{item_id}-acme-2")


def consensus(item_id: str, value: str) -> ConsensusReached:
    return ConsensusReached(
        project="support", batch_id="b-1", item_id=item_id, value=value, confidence=1.0,
        label_ids=label_ids(item_id),
    )  # fmt: skip


def released(item_id: str, value: str) -> ReleasedItem:
    return ReleasedItem(
        item_id=item_id, value=value, confidence=1.0, label_ids=label_ids(item_id),
        cohorts=(NEW_COHORT,), slices=SLICE,
    )  # fmt: skip


@pytest.fixture(scope="session")
def story() -> Mapping[str, Payload]:
    """Every event by a name, in the order in which it really happened.

    Item i-2 of support@1 was labelled wrong by an old cohort; the fix relabels it and adds i-9.
    """
    legacy = Provenance(origin="tickets", method="export", licence="CC-BY-4.0")
    rows = [VersionRow(item_id=f"i-{n}", value="correct", cohort=OLD_COHORT, slices=SLICE)
            for n in (1, 2, 3)]  # fmt: skip
    return {
        "project": ProjectDefined(
            project="support", name="Support", dataset="support", label_schema=SCHEMA,
            guideline_version="1.0.0", overlap=2, accountable="lead",
        ),
        "guideline": GuidelinePublished(
            project="support", guideline_version="1.0.0", signed_off_by="sme"
        ),
        "legacy source": Source(
            source_id="s-old", project="support", name="Tickets", kind="internal_document",
            provenance=legacy,
        ),
        "new source": Source(
            source_id="s-new", project="support", name="Vendor", kind="human_generated",
            provenance=legacy,
        ),
        "item 1": item("i-1", "s-old"),
        "item 2": item("i-2", "s-old"),
        "item 3": item("i-3", "s-old"),
        "item 8": item("i-8", "s-old"),
        "chunk 0": VersionRegistered(
            dataset="support", version=1, project="support", chunk=0, chunks=2, rows=tuple(rows[:2])
        ),
        "chunk 1": VersionRegistered(
            dataset="support", version=1, project="support", chunk=1, chunks=2, rows=tuple(rows[2:])
        ),
        "training 2": training("tr-2", "acme/assistant-v2", SUPPORT_1, 0),
        "run 1": evaluation("run-1", "acme/assistant-v1", None, 0),
        "run 2": evaluation("run-2", "acme/assistant-v2", "run-1", 1),
        "failure": EvaluationFailure(
            failure_id="f-1", run_id="run-2", project="support", model="acme/assistant-v2",
            task="support_qa", sample_id="q-7", part_of_run=True, slices=SLICE,
            category=FailureCategory.HALLUCINATION, metric="exact_match", score=0.0,
        ),
        "regression": RegressionDetected(
            regression_id="g-1", project="support", run_id="run-2", baseline_run_id="run-1",
            model="acme/assistant-v2", metric="exact_match", slices=SLICE, pairs=25,
            passed_before=24, passed_after=3, lost=21, gained=0, p_value=1e-6, q_value=1e-5,
            attribution=Attribution(verdict="data", sentence="Only the data changed."),
            failure_ids=("f-1",),
        ),
        "request": RemediationRequested(
            remediation_id="m-1", project="support", kind="source_items", slices=SLICE,
            regression_ids=("g-1",), priority=3.0, quota=1, reason="worse", policy_version="1",
        ),
        "decision on remediation": DecisionRecorded(
            decision_id="d-0", subject="m-1", decision=ApproveRemediation(approved=True),
            made_by="lead", role="accountable", made_at=DAY + timedelta(days=2),
        ),
        "approval": RemediationApproved(
            remediation_id="m-1", project="support", kind="source_items", slices=SLICE, quota=1,
            approved_by="lead", decision_id="d-0",
        ),
        "brief": BriefOpened(
            brief_id="br-1", project="support", remediation_id="m-1", slices=SLICE, quota=1
        ),
        "item 9": item("i-9", "s-new", "br-1"),
        "brief fulfilled": BriefFulfilled(
            brief_id="br-1", project="support", remediation_id="m-1", slices=SLICE,
            item_ids=("i-9",),
        ),
        "task 2": task("i-2"),
        "task 9": task("i-9"),
        "label 2 of acme-1": label("i-2", "acme-1", "incorrect"),
        "label 2 of acme-2": label("i-2", "acme-2", "incorrect"),
        "label 9 of acme-1": label("i-9", "acme-1", "correct"),
        "label 9 of acme-2": label("i-9", "acme-2", "correct"),
        "task done": TaskCompleted(
            task_id="t-i-2", project="support", batch_id="b-1", item_id="i-2", labels=2
        ),
        "suspension": AnnotatorSuspended(
            project="support", annotator="bright-2", vendor="brightlabel", golden_correct=2,
            golden_total=5, log_likelihood_ratio=3.1, wilson_lower=0.1, wilson_upper=0.7,
            reason="golden items missed",
        ),
        "consensus 2": consensus("i-2", "incorrect"),
        "consensus 9": consensus("i-9", "correct"),
        "agreement": AgreementMeasured(
            project="support", scope="batch", scope_value="b-1", batch_id="b-1",
            agreement=AGREEMENT, floor=0.667, verdict="passed",
        ),
        "release": BatchReleased(
            project="support", batch_id="b-1", remediation_id="m-1", agreement=AGREEMENT,
            checks=(GateCheck(name="agreement", verdict="passed", figure=0.7, floor=0.667),),
            items=(released("i-2", "incorrect"), released("i-9", "correct")),
        ),
        "progress": RemediationProgressed(
            remediation_id="m-1", project="support", stage="released", done=2, batch_id="b-1"
        ),
        "decision to publish": DecisionRecorded(
            decision_id="d-1", subject="support",
            decision=PublishDataset(project="support", parent_version=1, batch_ids=("b-1",)),
            made_by="lead", role="accountable", made_at=DAY + timedelta(days=4),
        ),
        "completed": RemediationCompleted(
            remediation_id="m-1", project="support", dataset_version=SUPPORT_2
        ),
        "training 3": training("tr-3", "acme/assistant-v3", SUPPORT_2, 5),
        "run 3": evaluation("run-3", "acme/assistant-v3", "run-1", 6),
        "source suspended": SourceSuspended(
            source_id="s-old", project="support", reason="licence withdrawn"
        ),
        "old guideline": GuidelinePublished(
            project="support", guideline_version="0.9.0", signed_off_by="sme"
        ),
        "erasure": ErasureRequested(subject="subject-7", project="support", item_ids=("i-8",)),
        "verified": RemediationVerified(
            remediation_id="m-1", project="support", run_id="run-3", effect=EFFECT
        ),
    }  # fmt: skip


class Templates:
    """Databases to copy: the schema is made once, the story is told once."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self._postgres = postgres

    async def make(self, name: str, *story: Payload) -> str:
        """A database with lineage's schema, in which this was heard."""
        await self.administer(f'CREATE DATABASE "{name}"')
        async with ServiceHarness.start(create_app(), self.url(name)) as harness:
            if story:
                await harness.deliver(*story)
        return name

    async def copy(self, template: str) -> str:
        """Its superuser's URL; nobody may be connected to the template."""
        name = f"t{secrets.token_hex(4)}"
        await self.administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    async def drop(self, url: str) -> None:
        await self.administer(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')

    def url(self, name: str) -> str:
        return self._postgres.url(name)

    async def administer(self, statement: str) -> None:
        admin = await asyncpg.connect(self._postgres.url("postgres"))
        await admin.execute(statement)
        await admin.close()


@pytest.fixture(scope="session")
def templates(postgres: EmbeddedPostgres) -> Templates:
    return Templates(postgres)


@pytest.fixture(scope="session")
def empty(templates: Templates, background_loop: BackgroundLoop) -> str:
    """The template without a story."""
    return background_loop.run(templates.make("lineage_empty"))


@pytest.fixture(scope="session")
def told(
    templates: Templates, background_loop: BackgroundLoop, story: Mapping[str, Payload]
) -> str:
    """The template in which the whole story was heard."""
    return background_loop.run(templates.make("lineage_told", *story.values()))


@pytest.fixture
def database(templates: Templates, background_loop: BackgroundLoop, empty: str) -> Iterator[str]:
    """The superuser's URL of a database of this test's own, with the schema."""
    url = background_loop.run(templates.copy(empty))
    yield url
    background_loop.run(templates.drop(url))


@pytest.fixture
def storied(templates: Templates, background_loop: BackgroundLoop, told: str) -> Iterator[str]:
    """The same, in which the whole story was heard."""
    url = background_loop.run(templates.copy(told))
    yield url
    background_loop.run(templates.drop(url))


@pytest_asyncio.fixture
async def lineage(storied: str) -> AsyncIterator[ServiceHarness]:
    """Lineage that has heard the whole story."""
    async with ServiceHarness.start(create_app(), storied) as harness:
        yield harness


@pytest_asyncio.fixture
async def http(lineage: ServiceHarness) -> AsyncIterator[httpx.AsyncClient]:
    """A client of its read API."""
    async with client_of(lineage) as client:
        yield client


@pytest_asyncio.fixture
async def reading(templates: Templates, told: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the read API of all tests that write nothing."""
    async with (
        ServiceHarness.start(create_app(), templates.url(told)) as harness,
        client_of(harness) as client,
    ):
        yield client


def client_of(lineage: ServiceHarness) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=lineage.application.asgi)
    return httpx.AsyncClient(transport=transport, base_url="http://lineage")
