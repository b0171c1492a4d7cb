"""Remediations, what is known of their progress, and the runs that tried them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aidataops.database import Connection
from aidataops.events.evaluation import FailureCategory
from aidataops.events.feedback import AcceptanceCriterion, Effect
from aidataops.events.governance import Role
from feedback_router.domain.attribution import Version
from feedback_router.domain.lifecycle import Decision, Life, Progress, Trial
from feedback_router.domain.outcomes import Outcome
from feedback_router.domain.remediation import Remediation
from feedback_router.store.findings import outcome_of, slice_key, version_of
from feedback_router.store.statements import QUERIES, decode, encode


@dataclass(frozen=True, slots=True)
class CompleteRun:
    """A run all of whose outcomes are here."""

    run_id: str
    model: str
    task: str
    evaluated_with: Version | None
    completed_at: datetime


class RemediationStore:
    """The remediations of one project."""

    def __init__(self, connection: Connection, project: str) -> None:
        self._connection = connection
        self.project = project
        self._accountable: tuple[str | None, str | None] | None = None

    async def put(
        self, remediations: Sequence[Remediation], policy_version: str, now: datetime
    ) -> None:
        """Keep what is asked for as it is computed now; progress is left alone."""
        rows = [
            {
                "remediation_id": wanted.remediation_id,
                "project": wanted.project,
                "kind": wanted.kind,
                "slices": dict(wanted.slices),
                "category": wanted.category,
                "regression_ids": wanted.regression_ids,
                "found_in": wanted.found_in,
                "model": wanted.model,
                "priority": wanted.priority,
                "quota": wanted.quota,
                "item_ids": wanted.item_ids,
                "cohort": wanted.cohort,
                "budget": wanted.budget,
                "due_at": wanted.due_at,
                "acceptance": (
                    wanted.acceptance.model_dump(mode="json") if wanted.acceptance else None
                ),
                "reason": wanted.reason,
                "policy_version": policy_version,
                "owner": wanted.owner,
                "guideline_reference": wanted.guideline_reference,
            }
            for wanted in remediations
        ]
        await self._connection.execute(QUERIES["put_remediations"], encode(rows), now)

    async def load(self, only: Collection[str] | None = None) -> list[Remediation]:
        """Every remediation of the project, or ``only`` these, by id."""
        rows = await self._connection.fetch(
            QUERIES["load_remediations"], self.project, None if only is None else sorted(only)
        )
        return [
            Remediation(
                remediation_id=row["remediation_id"],
                project=row["project"],
                kind=row["kind"],
                slices=slice_key(row["slices"]),
                category=FailureCategory(row["category"]) if row["category"] else None,
                regression_ids=tuple(decode(row["regression_ids"])),
                found_in=row["found_in"],
                model=row["model"],
                priority=row["priority"],
                quota=row["quota"],
                item_ids=tuple(decode(row["item_ids"])),
                cohort=row["cohort"],
                budget=row["budget"],
                due_at=row["due_at"],
                acceptance=(
                    AcceptanceCriterion.model_validate_json(row["acceptance"])
                    if row["acceptance"]
                    else None
                ),
                reason=row["reason"],
                owner=row["owner"],
                guideline_reference=row["guideline_reference"],
            )
            for row in rows
        ]

    async def accountable(self) -> tuple[str | None, str | None]:
        """Who is accountable for the project and its guideline version, once it is defined."""
        if self._accountable is None:
            row = await self._connection.fetchrow(QUERIES["load_accountable"], self.project)
            found = (None, None) if row is None else (row["accountable"], row["guideline_version"])
            self._accountable = found
        return self._accountable

    async def decisions(
        self, only: Collection[str] | None = None
    ) -> dict[str, list[tuple[Decision, Role | None]]]:
        """Remediation → decisions about it, each with the role it was made in (policy: none)."""
        found: dict[str, list[tuple[Decision, Role | None]]] = defaultdict(list)
        for row in await self._connection.fetch(
            QUERIES["load_decisions"], self.project, None if only is None else sorted(only)
        ):
            decision = Decision(
                row["approved"], row["made_by"], row["made_at"], row["decision_id"], row["reason"]
            )
            found[row["remediation_id"]].append((decision, row["role"]))
        return found

    async def progress(self, only: Collection[str] | None = None) -> dict[str, list[Progress]]:
        """Remediation → the stages its work has reached."""
        found: dict[str, list[Progress]] = defaultdict(list)
        for row in await self._connection.fetch(
            QUERIES["load_progress"], self.project, None if only is None else sorted(only)
        ):
            found[row["remediation_id"]].append(
                Progress(row["stage"], row["done"], row["batch_id"], row["brief_id"])
            )
        return found

    async def versions_naming(self, names: Collection[str]) -> dict[str, list[Version]]:
        """Remediation → the dataset versions that say they hold its fix, or a batch of it."""
        found: dict[str, list[Version]] = {name: [] for name in names}
        for row in await self._connection.fetch(
            QUERIES["load_versions_naming"], self.project, sorted(names)
        ):
            found[row["remediation_id"]].append((row["dataset"], row["version"]))
        return found

    async def parents(self) -> dict[Version, frozenset[Version]]:
        """Every dataset version of the project, built here or elsewhere → what it was built on."""
        found: dict[Version, frozenset[Version]] = defaultdict(frozenset)
        for row in await self._connection.fetch(QUERIES["load_versions"], self.project):
            found[row["dataset"], row["version"]] |= {
                (one["dataset"], one["version"]) for one in decode(row["parents"])
            }
        return found

    async def complete_runs(self) -> list[CompleteRun]:
        """The runs of the project that can try a fix."""
        rows = await self._connection.fetch(QUERIES["load_complete_runs"], self.project)
        return [
            CompleteRun(
                row["run_id"],
                row["model"],
                row["task"],
                version_of(row["dataset"], row["dataset_version"]),
                row["completed_at"],
            )
            for row in rows
        ]

    async def outcomes(
        self, wanted: Sequence[tuple[Remediation, str]]
    ) -> list[tuple[list[Outcome], list[Outcome]]]:
        """Outcomes before and after, per (remediation, later run) asked for.

        Before is the run in which the regression was found; for single failures it is those
        failures themselves.
        """
        pairs: list[tuple[list[Outcome], list[Outcome]]] = [([], []) for _ in wanted]
        slices: list[dict[str, object]] = []
        clusters: list[dict[str, object]] = []
        for place, (remediation, run_id) in enumerate(wanted):
            metric = remediation.acceptance.metric if remediation.acceptance else ""
            asked = {"metric": metric, "slices": dict(remediation.slices)}
            if remediation.found_in is not None:
                slices.append({"place": 2 * place, "run_id": remediation.found_in, **asked})
                slices.append({"place": 2 * place + 1, "run_id": run_id, **asked})
            else:
                of = {"remediation_id": remediation.remediation_id, "metric": metric}
                clusters.append({"place": place, "run_id": run_id, **of})
        for row in await self._connection.fetch(QUERIES["load_slice_outcomes"], encode(slices)):
            pairs[row["place"] // 2][row["place"] % 2].append(outcome_of(row))
        for row in await self._connection.fetch(QUERIES["load_cluster_samples"], encode(clusters)):
            pairs[row["place"]][0].append(Outcome(row["sample_id"], row["metric"], {}, False))
        for row in await self._connection.fetch(QUERIES["load_cluster_outcomes"], encode(clusters)):
            pairs[row["place"]][1].append(
                Outcome(row["sample_id"], row["metric"], {}, row["passed"], row["errored"])
            )
        return pairs

    async def trials(self) -> dict[str, list[Trial]]:
        """Remediation → the runs that tried it, as kept."""
        found: dict[str, list[Trial]] = defaultdict(list)
        for row in await self._connection.fetch(QUERIES["load_trials"], self.project):
            found[row["remediation_id"]].append(
                Trial(
                    row["run_id"],
                    row["completed_at"],
                    row["passed"],
                    Effect.model_validate_json(row["effect"]),
                )
            )
        return found

    async def replace_trials(self, trials: Mapping[str, Sequence[Trial]]) -> None:
        """Keep these trials and no others."""
        await self._connection.execute(QUERIES["drop_trials"], self.project)
        await self._connection.execute(
            QUERIES["add_trials"],
            encode(
                {
                    "remediation_id": remediation_id,
                    "run_id": trial.run_id,
                    "project": self.project,
                    "completed_at": trial.completed_at,
                    "passed": trial.passed,
                    "effect": trial.effect.model_dump(),
                }
                for remediation_id, tried in trials.items()
                for trial in tried
            ),
        )

    async def put_lives(self, lives: Mapping[str, Life]) -> None:
        """Keep where each remediation stands."""
        await self._connection.execute(
            QUERIES["put_lives"],
            encode(
                {
                    "remediation_id": remediation_id,
                    "state": life.state,
                    "decided_by": life.decision.made_by if life.decision else None,
                    "completed_in": (
                        "{}@{}".format(*life.completed_in) if life.completed_in else None
                    ),
                    "trial_run_id": life.trial.run_id if life.trial else None,
                    "effect": life.trial.effect.model_dump() if life.trial else None,
                    "blocked": life.block.detail if life.block else None,
                }
                for remediation_id, life in lives.items()
            ),
        )
