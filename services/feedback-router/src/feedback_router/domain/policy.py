"""The routing policy: data, not code; this is its schema."""

from __future__ import annotations

from typing import Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aidataops.events.base import Identifier
from aidataops.events.evaluation import FailureCategory, Severity
from aidataops.events.feedback import RemediationKind
from feedback_router.domain.assessment import Correction, Plan
from feedback_router.domain.outcomes import SliceKey
from feedback_router.domain.slicing import Search

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


class Finding(NamedTuple):
    """What conditions look at."""

    category: FailureCategory | None
    severity: Severity
    slices: SliceKey


class Condition(_Part):
    """Every part that is given has to hold; empty means any.

    ``slices`` are values that the finding's slice has to have.
    """

    categories: tuple[FailureCategory, ...] = ()
    severities: tuple[Severity, ...] = ()
    slices: dict[Identifier, Identifier] = {}

    def holds(self, finding: Finding) -> bool:
        """Whether a finding is meant."""
        return (
            (not self.categories or finding.category in self.categories)
            and (not self.severities or finding.severity in self.severities)
            and self.slices.items() <= dict(finding.slices).items()
        )


class Order(_Part):
    """What a rule asks for beside the kind of work; what is left out is the policy's general.

    ``budget`` is the most that the work may cost: fewer items are wanted where they would cost
    more. ``owner`` is who does the work, ``guideline_reference`` the part of it to follow.
    """

    quota: Quota | None = None
    budget: float | None = Field(default=None, gt=0)
    due_in_days: int | None = Field(default=None, ge=1)
    owner: Identifier | None = None
    guideline_reference: Identifier | None = None
    acceptance: Acceptance | None = None


class RegressionCondition(Condition):
    """``cohort_share_at_least``: of the slice's rows, for a cohort whose share grew.

    ``cohort_quality`` asks that quality control has found something against it besides.
    """

    verdict: SettledVerdict
    cohort_share_at_least: float | None = Field(default=None, ge=0, le=1)
    cohort_quality: Literal["doubted"] | None = None

    @property
    def always(self) -> bool:
        """Whether every regression of the verdict is meant."""
        return self == type(self)(verdict=self.verdict)


class RegressionRule(Order):
    """One answer to a regression."""

    when: RegressionCondition
    kind: RemediationKind

    @model_validator(mode="after")
    def _cohort(self) -> Self:
        wanted = self.kind == "reannotate_cohort"
        if wanted != (self.when.cohort_share_at_least is not None):
            raise ValueError("reannotate_cohort, and only it, needs when.cohort_share_at_least")
        return self


class FailureRule(Order):
    """The answer to failures that come without their run."""

    when: Condition
    kind: Literal[
        "source_items", "annotate", "revise_guideline", "extend_golden_set", "review_automation"
    ]


class ProjectBudget(_Part):
    """What a project may spend, in any so many days, without anybody being asked.

    People's approvals count too: they may go beyond it, and what follows then waits for them.
    """

    cost: float | None = Field(default=None, ge=0)
    labels: int | None = Field(default=None, ge=0)
    days: int = Field(default=30, ge=1, le=3660)

    @model_validator(mode="after")
    def _limited(self) -> Self:
        if self.cost is None and self.labels is None:
            raise ValueError("give cost, labels or both")
        return self

    def __str__(self) -> str:
        cost = None if self.cost is None else f"{self.cost:g}"
        labels = None if self.labels is None else f"{self.labels} labels"
        return " and ".join(limit for limit in (cost, labels) if limit)


class SliceSearch(_Part):
    """Slices beyond ``slice_by``: combinations of so many attributes with so many samples.

    At 0 nothing is searched for.
    """

    attributes: int = Field(default=0, ge=0, le=3)
    minimum_support: int = Field(default=20, ge=5)
    most_slices: int = Field(default=2000, ge=1, le=20_000)


class Policy(_Part):
    """Everything the Accountable decides about routing, under one version."""

    version: Identifier
    slice_by: tuple[Identifier, ...] = Field(min_length=1)
    search: SliceSearch = SliceSearch()
    significance: float = Field(gt=0, lt=1)
    correction: Correction = "benjamini_hochberg"
    stratify_by: tuple[Identifier, ...] = ("domain",)
    guideline_flags: int | None = Field(default=3, ge=1)
    acceptance: Acceptance
    automatic_approval_budget: float = Field(default=0, ge=0)
    project_budget: ProjectBudget | None = None
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
        kinds: set[RemediationKind] = {
            *(rule.kind for rule in self.regressions),
            *(rule.kind for rule in self.failures),
        }
        for kind in sorted(kinds - self.work.keys()):
            raise ValueError(f"work.{kind}: missing, though a rule asks for this kind")
        always = {rule.when.verdict for rule in self.regressions if rule.when.always}
        verdicts: tuple[SettledVerdict, ...] = ("data", "recipe", "confounded")
        for verdict in verdicts:
            if verdict not in always:
                raise ValueError(f"regressions: no rule answers every regression by {verdict!r}")
        return self

    def place_of(self, rule: RegressionRule | FailureRule) -> str:
        """Where a rule stands, as ``regressions.0``."""
        if isinstance(rule, FailureRule):
            return f"failures.{self.failures.index(rule)}"
        return f"regressions.{self.regressions.index(rule)}"

    @property
    def plan(self) -> Plan:
        """How runs are compared."""
        return Plan(
            self.slice_by,
            self.significance,
            Search(**self.search.model_dump()),
            self.correction,
        )
