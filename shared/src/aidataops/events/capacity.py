"""Who labels: pools, who is qualified, how many it takes, what vendors deliver."""

from __future__ import annotations

from pydantic import Field, model_validator

from aidataops.events.annotation import TASKS
from aidataops.events.base import Identifier, Instant, Payload, Term, Value


class CapacityChanged(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.capacity_changed.v1"
):
    """How much a pool can do and how much waits for it.

    ``backlog`` counts labels. ``lead_time_hours`` is what Little's law says that a label submitted
    to the queue now waits, ``promised_at`` when the backlog is done in the pool's hours, and
    ``annotators_needed`` what Erlang C asks for.
    """

    project: Identifier
    pool: Identifier
    vendor: Identifier
    annotators: int = Field(ge=0)
    backlog: int = Field(ge=0)
    throughput_per_hour: float | None = Field(default=None, ge=0)
    lead_time_hours: float | None = Field(default=None, ge=0)
    annotators_needed: int | None = Field(default=None, ge=0)
    promised_at: Instant | None = None


class PoolMember(Value):
    """Somebody who labels, and the domains that they know; none means any."""

    annotator: Identifier
    skills: tuple[Identifier, ...] = ()


class Shift(Value):
    """When a pool works, every week: Monday is 0; hours of the day in UTC, ``closes`` excluded."""

    weekday: int = Field(ge=0, le=6)
    opens: float = Field(ge=0, lt=24)
    closes: float = Field(gt=0, le=24)

    @model_validator(mode="after")
    def _is_open(self) -> Shift:
        if self.closes <= self.opens:
            raise ValueError("closes: a shift ends after it opens; split it at midnight")
        return self


class PoolDefined(Payload, topic=TASKS, key="project", type="aidataops.annotation.pool_defined.v1"):
    """A standing pool of annotators: who, when, how fast, at what price.

    The highest ``revision`` counts. ``handling_seconds`` is what one label takes; ``service_level``
    of the tasks are to be begun within ``target_wait_seconds``. No shifts means always.
    """

    project: Identifier
    pool: Identifier
    vendor: Identifier
    revision: int = Field(default=1, ge=1)
    members: tuple[PoolMember, ...] = ()
    shifts: tuple[Shift, ...] = ()
    handling_seconds: float = Field(default=60.0, gt=0)
    service_level: float = Field(default=0.95, gt=0, lt=1)
    target_wait_seconds: float = Field(default=3600.0, ge=0)


class AnnotatorQualified(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.annotator_qualified.v1"
):
    """An annotator passed Wald's test on the golden items of a domain under a guideline version."""

    project: Identifier
    annotator: Identifier
    vendor: Identifier
    guideline_version: Identifier
    domain: Identifier
    golden_correct: int = Field(ge=0)
    golden_total: int = Field(ge=1)
    log_likelihood_ratio: float
    expires_at: Instant


class AnnotatorQualificationExpired(
    Payload,
    topic=TASKS,
    key="project",
    type="aidataops.annotation.annotator_qualification_expired.v1",
):
    """A qualification is over; ``reason`` is e.g. ``expired``, ``failed``."""

    project: Identifier
    annotator: Identifier
    vendor: Identifier
    guideline_version: Identifier
    domain: Identifier
    reason: Term


class CapacityRequested(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.capacity_requested.v1"
):
    """Somebody wants more annotators in a pool."""

    request_id: Identifier
    project: Identifier
    pool: Identifier
    vendor: Identifier
    annotators: int = Field(ge=1)
    requested_by: Identifier
    reason: str = ""


class CapacityGranted(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.capacity_granted.v1"
):
    """The scale gate lets a pool grow: the agreement's lower bound holds the floor.

    The highest ``revision`` of a request counts; it grows when a measurement comes late.
    """

    request_id: Identifier
    project: Identifier
    pool: Identifier
    vendor: Identifier
    revision: int = Field(default=1, ge=1)
    annotators: int = Field(ge=1)
    agreement_lower: float
    floor: float


class CapacityRefused(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.capacity_refused.v1"
):
    """The scale gate refuses more people: they would only make more of what does not agree.

    The highest ``revision`` of a request counts. ``agreement_lower`` is ``None`` when no agreement
    had been measured.
    """

    request_id: Identifier
    project: Identifier
    pool: Identifier
    vendor: Identifier
    revision: int = Field(default=1, ge=1)
    annotators: int = Field(ge=1)
    agreement_lower: float | None = None
    floor: float
    reason: str


class CapacityForecast(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.capacity_forecast.v1"
):
    """What the open remediations of a project will ask of its annotators.

    ``labels`` are those still to come, ``hours`` of handling, ``annotators`` what Erlang C asks for
    when they come in over ``horizon_hours``.
    """

    project: Identifier
    remediations: int = Field(ge=0)
    labels: int = Field(ge=0)
    hours: float = Field(ge=0)
    horizon_hours: float = Field(gt=0)
    annotators: int = Field(ge=0)


class CostReported(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.cost_reported.v1"
):
    """What a vendor charged for a period; a statement sent again replaces itself."""

    statement_id: Identifier
    project: Identifier
    vendor: Identifier
    amount: float = Field(ge=0)
    currency: str = Field(min_length=3, max_length=3)
    period_from: Instant
    period_until: Instant


class VendorScored(
    Payload, topic=TASKS, key="project", type="aidataops.annotation.vendor_scored.v1"
):
    """How good, fast and dear a vendor is in a project; ``None`` where nothing is known.

    The golden interval is Wilson's at 95 %; ``alpha`` the mean of its cohorts, weighted by labels;
    ``rework`` the share of labels that were rejected or corrected; lead time is from task to label.
    """

    project: Identifier
    vendor: Identifier
    accepted: int = Field(ge=0)
    golden_correct: int = Field(ge=0)
    golden_total: int = Field(ge=0)
    golden_lower: float
    golden_upper: float
    alpha: float | None = None
    rework: float | None = None
    lead_time_p95_hours: float | None = None
    cost_per_accepted_label: float | None = None
    currency: str | None = None
