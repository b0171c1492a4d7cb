"""Runs judged, regressions with their evidence, clusters of single failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from aidataops.database import Connection
from aidataops.events.evaluation import FailureCategory, Severity
from feedback_router.domain.assessment import Assessment, Correction, RunStanding
from feedback_router.domain.attribution import Origin, Version
from feedback_router.domain.comparison import Comparison
from feedback_router.domain.composition import Part
from feedback_router.domain.outcomes import Outcome, PairedCounts, SliceKey
from feedback_router.domain.regression import Regression
from feedback_router.store.statements import QUERIES, decode, encode


@dataclass(frozen=True, slots=True)
class Regressed:
    """A comparison that came out as a regression, with what is known of both models."""

    project: str
    run_id: str
    baseline_run_id: str
    model: str
    baseline_model: str
    task: str
    metric: str
    completed_at: datetime
    slices: SliceKey
    compared: Comparison
    correction: str
    evaluated_with: Version | None
    baseline_evaluated_with: Version | None


@dataclass(frozen=True, slots=True)
class Failed:
    """Failing samples of a run that are alike, as far as routing needs them."""

    failure_ids: tuple[str, ...]
    run_id: str
    metric: str
    slices: SliceKey
    category: FailureCategory
    severity: Severity
    suspect_items: frozenset[str]


class FindingStore:
    """Reads the evidence of one project and keeps the results."""

    def __init__(self, connection: Connection, project: str) -> None:
        self._connection = connection
        self._project = project
        self._failures: dict[str, list[Failed]] = {}

    async def assessable(self, run_ids: Collection[str]) -> list[tuple[str, str | None, bool]]:
        """(run, baseline, whether it crashed) that have become complete through these runs."""
        rows = await self._connection.fetch(
            QUERIES["find_assessable_runs"], self._project, list(run_ids)
        )
        return [(row["run_id"], row["baseline_run_id"], row["crashed"]) for row in rows]

    async def outcomes(self, run_ids: Iterable[str]) -> dict[str, list[Outcome]]:
        """All outcomes of some runs."""
        found: dict[str, list[Outcome]] = defaultdict(list)
        for row in await self._connection.fetch(QUERIES["load_outcomes"], list(run_ids)):
            found[row["run_id"]].append(outcome_of(row))
        return found

    async def models(self, run_ids: Collection[str]) -> list[str]:
        """The models of these runs and of those compared with them."""
        rows = await self._connection.fetch(
            QUERIES["find_models_of_runs"], self._project, list(run_ids)
        )
        return [row["model"] for row in rows]

    async def add_assessments(
        self, assessments: Mapping[str, Assessment], correction: Correction
    ) -> None:
        """Keep what was said of runs, and every comparison behind it."""
        await self._connection.execute(
            QUERIES["add_assessments"],
            encode(
                {
                    "run_id": run_id,
                    "project": self._project,
                    "standing": assessment.standing,
                    "compared": assessment.compared,
                    "correction": correction,
                }
                for run_id, assessment in assessments.items()
            ),
        )
        await self._connection.execute(
            QUERIES["add_comparisons"],
            encode(
                {
                    **asdict(comparison),
                    **asdict(comparison.counts),
                    "run_id": run_id,
                    "project": self._project,
                    "slices": dict(comparison.slices),
                }
                for run_id, assessment in assessments.items()
                for comparison in assessment.comparisons
            ),
        )

    async def regressed(self, models: Collection[str] | None) -> list[Regressed]:
        """The regressions of these models, or of all."""
        rows = await self._connection.fetch(
            QUERIES["load_regressed"], self._project, None if models is None else list(models)
        )
        return [
            Regressed(
                project=self._project,
                run_id=row["run_id"],
                baseline_run_id=row["baseline_run_id"],
                model=row["model"],
                baseline_model=row["baseline_model"],
                task=row["task"],
                metric=row["metric"],
                completed_at=row["completed_at"],
                slices=slice_key(row["slices"]),
                compared=comparison_of(row),
                correction=row["correction"],
                evaluated_with=version_of(row["dataset"], row["dataset_version"]),
                baseline_evaluated_with=version_of(
                    row["baseline_dataset"], row["baseline_version"]
                ),
            )
            for row in rows
        ]

    async def training(self) -> dict[str, Origin]:
        """Model → how it was trained."""
        rows = await self._connection.fetch(QUERIES["load_training"], self._project)
        return {
            row["model"]: Origin(
                row["model"],
                frozenset((one["dataset"], one["version"]) for one in decode(row["datasets"])),
                row["recipe"],
            )
            for row in rows
        }

    async def composition(self, versions: Collection[Version]) -> dict[Version, list[Part]]:
        """What each version is made of; a version that is not known (yet) is missing."""
        found: dict[Version, list[Part]] = {}
        ordered = sorted(versions)
        for row in await self._connection.fetch(
            QUERIES["load_composition"],
            self._project,
            [dataset for dataset, _ in ordered],
            [version for _, version in ordered],
        ):
            parts = found.setdefault((row["dataset"], row["version"]), [])
            if row["cohort"] is not None:
                parts.append(Part(decode(row["slices"]), row["cohort"], row["items"]))
        return found

    async def cohort_items(
        self, wanted: Sequence[tuple[Version, str, SliceKey]]
    ) -> list[tuple[str, ...]]:
        """Item ids per (version, cohort, slice) asked for, as far as rows are known."""
        found: list[list[str]] = [[] for _ in wanted]
        for row in await self._connection.fetch(
            QUERIES["load_cohort_items"],
            self._project,
            encode(
                {
                    "place": place,
                    "dataset": dataset,
                    "version": version,
                    "cohort": cohort,
                    "slices": dict(slices),
                }
                for place, ((dataset, version), cohort, slices) in enumerate(wanted)
            ),
        ):
            found[row["place"]].append(row["item_id"])
        return [tuple(items) for items in found]

    async def suspect_rows(
        self, versions: Collection[Version], items: Collection[str]
    ) -> list[tuple[Version, str, Part]]:
        """(version, item, its row) of the items that failures name, as far as rows are known."""
        ordered = sorted(versions)
        rows = await self._connection.fetch(
            QUERIES["load_suspect_rows"],
            self._project,
            [dataset for dataset, _ in ordered],
            [version for _, version in ordered],
            sorted(items),
        )
        return [
            (
                (row["dataset"], row["version"]),
                row["item_id"],
                Part(decode(row["slices"]), row["cohort"], 1),
            )
            for row in rows
        ]

    async def quality(self) -> tuple[dict[str, str], dict[str, int]]:
        """What quality control has against cohorts, and suspended annotators by vendor."""
        cohorts: dict[str, str] = {}
        vendors: dict[str, int] = {}
        for row in await self._connection.fetch(QUERIES["load_quality"], self._project):
            if row["cohort"] is None:
                vendors[row["vendor"]] = row["suspended"]
            else:
                agreement = row["agreement"]
                figure = "could not be shown" if agreement is None else f"is {agreement:.2f}"
                cohorts[row["cohort"]] = (
                    f"agreement of its annotators {figure}, the floor is {row['floor']:.2f}."
                )
        return cohorts, vendors

    async def put_regressions(self, regressions: Sequence[Regression], now: datetime) -> None:
        """Keep regressions as they are attributed now."""
        await self._connection.execute(
            QUERIES["put_regressions"],
            encode(
                {
                    "regression_id": regression.regression_id,
                    "project": regression.project,
                    "run_id": regression.run_id,
                    "metric": regression.metric,
                    "slices": dict(regression.slices),
                    "attribution": regression.attribution.model_dump(mode="json"),
                }
                for regression in regressions
            ),
            now,
        )

    async def failures_of(self, run_ids: Collection[str]) -> list[Failed]:
        """The failures that came with these runs; read once, for nothing adds to them meanwhile."""
        missing = sorted(set(run_ids) - self._failures.keys())
        if missing:
            self._failures |= {run_id: [] for run_id in missing}
            for row in await self._connection.fetch(QUERIES["load_run_failures"], missing):
                self._failures[row["run_id"]].append(_failed(row))
        return [failed for run_id in run_ids for failed in self._failures[run_id]]

    async def standings(self, run_ids: Collection[str]) -> dict[str, RunStanding]:
        """What was said of these runs; a run that waits for something is missing."""
        rows = await self._connection.fetch(QUERIES["load_standings"], list(run_ids))
        return {
            row["run_id"]: RunStanding(
                row["standing"], row["baseline_run_id"], row["compared"], row["correction"]
            )
            for row in rows
        }

    async def affected(self, run_ids: Collection[str]) -> list[str]:
        """These runs and those compared with them."""
        rows = await self._connection.fetch(
            QUERIES["find_dependent_runs"], self._project, list(run_ids)
        )
        return sorted({row["run_id"] for row in rows} | set(run_ids))

    async def single_failures(
        self, run_ids: Collection[str], most: int
    ) -> dict[str, list[tuple[str, str | None]]]:
        """Run → its single failures with their remediation, at most so many of each run."""
        found: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
        for row in await self._connection.fetch(
            QUERIES["load_single_failures"], sorted(run_ids), most
        ):
            found[row["run_id"]].append((row["failure_id"], row["remediation_id"]))
        return found


def _failed(row: Mapping[str, Any]) -> Failed:
    return Failed(
        tuple(row["failure_ids"]),
        row["run_id"],
        row["metric"],
        slice_key(row["slices"]),
        FailureCategory(row["category"]),
        row["severity"],
        frozenset(item for items in decode(row["suspects"]) or () for item in items),
    )


def outcome_of(row: Mapping[str, Any]) -> Outcome:
    """A row of ``samples``."""
    return Outcome(
        row["sample_id"],
        row["metric"],
        decode(row["slices"]),
        row["passed"],
        row["errored"],
        row["score"],
        row["cluster"],
    )


def comparison_of(row: Mapping[str, Any]) -> Comparison:
    """A row of ``comparisons``."""
    counts = PairedCounts(*(row[field.name] for field in fields(PairedCounts)))
    plain = {
        field.name: row[field.name]
        for field in fields(Comparison)
        if field.name not in ("counts", "slices", "worse")
    }
    return Comparison(
        **plain, slices=slice_key(row["slices"]), counts=counts, worse=row["regressed"]
    )


def slice_key(value: str) -> SliceKey:
    """A ``jsonb`` of slices as a key."""
    return tuple(sorted(decode(value).items()))


def version_of(dataset: str | None, version: int | None) -> Version | None:
    """A reference from two nullable columns."""
    return None if dataset is None or version is None else (dataset, version)
