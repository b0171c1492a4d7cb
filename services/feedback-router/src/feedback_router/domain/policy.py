"""The routing policy: data, not code; this is its schema."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aidataops.events.base import Identifier
from aidataops.events.evaluation import FailureCategory, Severity
from aidataops.events.feedback import RemediationKind

SettledVerdict = Literal["data", "recipe", "confounded"]
"""The verdicts that can be routed: nothing is ordered on an attribution that is not known."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Acceptance(_Part):
    """Where the acceptance criterion of a remediation lies; rates between 0 and 1."""

    tolerance: float = Field(ge=0, le=1)
    rate_of_failures: float = Field(ge=0, le=1)
    significance: float = Field(gt=0, lt=1)


class Quota(_Part):
    """How many new items a slice gets."""

    per_failure: float = Field(gt=0)
    minimum: int = Field(ge=1)
    maximum: int = Field(ge=1, le=100_000)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        return self


class Work(_Part):
    """What one kind of work takes: person-days, and money per item."""

    days: float = Field(gt=0)
    days_per_item: float = Field(ge=0)
    cost_per_item: float = Field(ge=0)


class RegressionCondition(_Part):
    """``cohort_share_at_least``: of the slice's rows, for a cohort whose share grew."""

    verdict: SettledVerdict
    cohort_share_at_least: float | None = Field(default=None, ge=0, le=1)


class RegressionRule(_Part):
    """One answer to a regression."""

    when: RegressionCondition
    kind: RemediationKind

    @model_validator(mode="after")
    def _cohort(self) -> Self:
        wanted = self.kind == "reannotate_cohort"
        if wanted != (self.when.cohort_share_at_least is not None):
            raise ValueError("reannotate_cohort, and only it, needs when.cohort_share_at_least")
        return self


class FailureCondition(_Part):
    """Empty means any."""

    categories: tuple[FailureCategory, ...] = ()
    severities: tuple[Severity, ...] = ()


class FailureRule(_Part):
    """The answer to failures that come without their run."""

    when: FailureCondition
    kind: Literal[
        "source_items", "annotate", "revise_guideline", "extend_golden_set", "review_automation"
    ]

    def matches(self, category: FailureCategory, severity: Severity) -> bool:
        """Whether a failure is this rule's."""
        return (not self.when.categories or category in self.when.categories) and (
            not self.when.severities or severity in self.when.severities
        )


class Policy(_Part):
    """Everything the Accountable decides about routing, under one version."""

    version: Identifier
    slice_by: tuple[Identifier, ...] = Field(min_length=1)
    significance: float = Field(gt=0, lt=1)
    acceptance: Acceptance
    automatic_approval_budget: float = Field(default=0, ge=0)
    quota: Quota
    due_in_days: int = Field(ge=1)
    severity: dict[Severity, float]
    work: dict[RemediationKind, Work]
    regressions: tuple[RegressionRule, ...]
    failures: tuple[FailureRule, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        levels: tuple[Severity, ...] = ("low", "medium", "high", "critical")
        for level in levels:
            if self.severity.get(level, 0) <= 0:
                raise ValueError(f"severity.{level}: needs a weight above 0")
        kinds = {rule.kind for rule in self.regressions} | {rule.kind for rule in self.failures}
        for kind in sorted(kinds - self.work.keys()):
            raise ValueError(f"work.{kind}: missing, though a rule asks for this kind")
        always = {
            rule.when.verdict
            for rule in self.regressions
            if rule.when.cohort_share_at_least is None
        }
        verdicts: tuple[SettledVerdict, ...] = ("data", "recipe", "confounded")
        for verdict in verdicts:
            if verdict not in always:
                raise ValueError(f"regressions: no rule answers every regression by {verdict!r}")
        return self
