"""The support project as qa sees it: two vendors, four annotators, golden items, batches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from aidataops.events.annotation import LabelAccepted, LabelSchema, ProjectDefined, TaskCreated
from aidataops.events.governance import StandardChanged, WaiverGranted
from aidataops.events.quality import GoldenItem, GoldenItemsDefined
from aidataops.testing.harness import ServiceHarness
from qa.app import create_app

SCHEMA = LabelSchema(categories=("correct", "incorrect", "unsafe", "unclear"))
START = datetime(2026, 3, 1, tzinfo=UTC)
VENDORS = {
    "acme-1": "acme-labels",
    "acme-2": "acme-labels",
    "bright-1": "brightlabel",
    "bright-2": "brightlabel",
}
CAREFUL = ("acme-1", "acme-2", "bright-1")
"""Those who are right, two of one vendor and one of another."""
GOLDEN = {f"gold-{n}": ("correct", "incorrect")[n % 2] for n in range(6)}
TRUTH = {f"item-{n:02}": ("correct", "incorrect", "unsafe")[n % 3] for n in range(24)}


@dataclass(frozen=True)
class Support:
    """Builds the events of one project."""

    project: str = "support"

    def defined(
        self, *, floor: float = 0.667, revision: int = 1, schema: LabelSchema = SCHEMA
    ) -> ProjectDefined:
        return ProjectDefined(
            project=self.project,
            revision=revision,
            name="Support answers",
            dataset="support",
            label_schema=schema,
            guideline_version="1.0.0",
            agreement_floor=floor,
            accountable="program-lead",
        )

    def golden_items(self, answers: Mapping[str, str] = GOLDEN) -> GoldenItemsDefined:
        return GoldenItemsDefined(
            project=self.project,
            items=tuple(GoldenItem(item_id=i, text=i, value=v) for i, v in answers.items()),
        )

    def tasks(self, batch: str, items: Mapping[str, str], overlap: int = 3) -> list[TaskCreated]:
        return [
            TaskCreated(
                task_id=f"{batch}/{item}",
                project=self.project,
                batch_id=batch,
                batch_size=len(items),
                item_id=item,
                text=item,
                slices={"domain": "returns", "language": "es"},
                label_schema=SCHEMA,
                guideline_version="1.0.0",
                overlap=overlap,
                remediation_id="remediation-1",
            )
            for item in items
        ]

    def label(
        self,
        batch: str,
        item: str,
        annotator: str,
        value: str,
        *,
        minute: int = 0,
        revision: int = 1,
        withdrawn: bool = False,
        **more: Any,
    ) -> LabelAccepted:
        vendor = VENDORS.get(annotator, "acme-labels")
        return LabelAccepted(
            label_id=f"{batch}/{item}/{annotator}",
            revision=revision,
            project=self.project,
            task_id=f"{batch}/{item}",
            batch_id=batch,
            item_id=item,
            annotator=annotator,
            vendor=vendor,
            pool="default",
            guideline_version="1.0.0",
            cohort=f"{vendor}/default/1.0.0/{batch}",
            value=value,
            submitted_at=START + timedelta(minutes=minute),
            withdrawn=withdrawn,
            **more,
        )

    def waiver(self, batch: str, check: str = "agreement", **more: Any) -> WaiverGranted:
        content: dict[str, Any] = {
            "decision_id": f"waiver-{batch}-{check}",
            "subject": batch,
            "project": self.project,
            "check": check,
            "expires_at": START + timedelta(days=30),
            "made_by": "program-lead",
            "role": "accountable",
            "made_at": START,
        }
        return WaiverGranted(**content | more)

    def standard(self, name: str, value: float, **more: Any) -> StandardChanged:
        content: dict[str, Any] = {
            "decision_id": f"standard-{name}-{value}",
            "subject": self.project,
            "standard": name,
            "value": value,
            "business_target": "fewer wrong answers",
            "made_by": "program-lead",
            "role": "accountable",
            "made_at": START,
        }
        return StandardChanged(**content | more)

    def labels(
        self, batch: str, items: Mapping[str, str], annotators: tuple[str, ...]
    ) -> list[LabelAccepted]:
        """Careful people are right; bright-2 says "correct" whatever is asked."""
        return [
            self.label(batch, item, who, "correct" if who == "bright-2" else value, minute=minute)
            for minute, (item, value) in enumerate(items.items())
            for who in annotators
        ]


@pytest_asyncio.fixture
async def qa(database: str) -> AsyncIterator[ServiceHarness]:
    async with ServiceHarness.start(create_app(), database) as harness:
        yield harness


@pytest.fixture
def support() -> Support:
    return Support()


@pytest.fixture
def other() -> Support:
    return Support("another")


@pytest.fixture
def items() -> dict[str, str]:
    """A batch's items with what is true of them; golden ones among them."""
    return TRUTH | GOLDEN
