"""The regressions of a project with everything that speaks for their origin."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from aidataops.events.feedback import Attribution
from feedback_router.domain.attribution import Drop, Origin, Version, attribute, origin_of
from feedback_router.domain.composition import Part, SliceChange, slice_change
from feedback_router.domain.outcomes import SliceKey
from feedback_router.domain.policy import Policy
from feedback_router.domain.remediation import SEVERITIES, Regression, identity
from feedback_router.store import FindingStore
from feedback_router.store.findings import Failed, Regressed

Origins = tuple[Origin, Origin]


class Evidence:
    """Gathers it, set by set: all regressions of the project at once."""

    def __init__(self, findings: FindingStore, policy: Policy) -> None:
        self._findings = findings
        self._policy = policy

    async def regressions(self) -> list[Regression]:
        """Every regression, attributed as well as is possible now."""
        regressed = await self._findings.regressed()
        if not regressed:
            return []
        training = await self._findings.training()
        origins = [_origins(found, training) for found in regressed]
        composition = await self._findings.composition(
            {version for pair in origins for origin in pair for version in origin.datasets}
        )
        changes = [
            _change(pair, found.slices, composition, self._policy.significance)
            for pair, found in zip(origins, regressed, strict=True)
        ]
        suspects = await self._suspects(regressed, origins, changes)
        failures = await self._failures(regressed)
        trained = {(origin.datasets, origin.recipe) for origin in training.values()}
        return [
            _regression(
                found,
                attribute(*pair, Drop(found.slices, found.counts), change, trained),
                items,
                failures[found.run_id, found.metric, found.slices],
            )
            for found, pair, change, items in zip(
                regressed, origins, changes, suspects, strict=True
            )
        ]

    async def _failures(
        self, regressed: Sequence[Regressed]
    ) -> dict[tuple[str, str, SliceKey], list[Failed]]:
        found: dict[tuple[str, str, SliceKey], list[Failed]] = defaultdict(list)
        run_ids = {one.run_id for one in regressed}
        for failed in await self._findings.failures_of(run_ids, self._policy.slice_by):
            found[failed.run_id, failed.metric, failed.slices].append(failed)
        return found

    async def _suspects(
        self,
        regressed: Sequence[Regressed],
        origins: Sequence[Origins],
        changes: Sequence[SliceChange | None],
    ) -> list[dict[str, tuple[str, ...]]]:
        """Per regression: suspicious cohort → its items in the slice of the later data."""
        places: list[tuple[int, str]] = []
        wanted: list[tuple[Version, str, SliceKey]] = []
        for place, ((_, after), change) in enumerate(zip(origins, changes, strict=True)):
            for cohort in change.suspects if change else ():
                for version in sorted(after.datasets):
                    places.append((place, cohort))
                    wanted.append((version, cohort, regressed[place].slices))
        found: list[dict[str, tuple[str, ...]]] = [{} for _ in regressed]
        items = await self._findings.cohort_items(wanted)
        for (place, cohort), names in zip(places, items, strict=True):
            found[place][cohort] = tuple(sorted({*found[place].get(cohort, ()), *names}))
        return found


def _regression(
    found: Regressed,
    attribution: Attribution,
    suspects: Mapping[str, tuple[str, ...]],
    failures: Sequence[Failed],
) -> Regression:
    categories = Counter(failed.category for failed in failures)
    return Regression(
        regression_id=identity("slice", found.run_id, found.metric, found.slices),
        project=found.project,
        run_id=found.run_id,
        baseline_run_id=found.baseline_run_id,
        model=found.model,
        task=found.task,
        metric=found.metric,
        completed_at=found.completed_at,
        slices=found.slices,
        counts=found.counts,
        p_value=found.p_value,
        q_value=found.q_value,
        attribution=attribution,
        failure_ids=tuple(failed.failure_id for failed in failures),
        category=min(categories, key=lambda one: (-categories[one], one), default=None),
        severity=max(
            (failed.severity for failed in failures), key=SEVERITIES.index, default="medium"
        ),
        suspects=suspects,
    )


def _origins(found: Regressed, training: Mapping[str, Origin]) -> Origins:
    return (
        origin_of(
            found.baseline_model,
            training.get(found.baseline_model),
            found.baseline_evaluated_with,
        ),
        origin_of(found.model, training.get(found.model), found.evaluated_with),
    )


def _change(
    origins: Origins,
    slices: SliceKey,
    composition: Mapping[Version, list[Part]],
    significance: float,
) -> SliceChange | None:
    before, after = (origin.datasets for origin in origins)
    if not (before and after and composition.keys() >= before | after):
        return None
    return slice_change(
        (part for version in before for part in composition[version]),
        (part for version in after for part in composition[version]),
        dict(slices),
        significance,
    )
