"""The regressions of a project with everything that speaks for their origin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from aidataops.events.feedback import Attribution
from feedback_router.domain.attribution import Drop, Origin, Version, attribute, origin_of
from feedback_router.domain.comparison import Comparison
from feedback_router.domain.composition import (
    Part,
    SliceChange,
    Weighing,
    item_change,
    slice_change,
)
from feedback_router.domain.identity import identity
from feedback_router.domain.outcomes import SliceKey
from feedback_router.domain.policy import Policy
from feedback_router.domain.regression import Regression, nature_of
from feedback_router.store import FindingStore
from feedback_router.store.findings import Failed, Regressed

Origins = tuple[Origin, Origin]


class Evidence:
    """Gathers it, set by set: all regressions of the project at once."""

    def __init__(self, findings: FindingStore, policy: Policy) -> None:
        self._findings = findings
        self._policy = policy

    async def regressions(self, models: Collection[str] | None = None) -> list[Regression]:
        """The regressions of these models (or of all), attributed as well as is possible now."""
        regressed = await self._findings.regressed(models)
        if not regressed:
            return []
        training = await self._findings.training()
        origins = [_origins(found, training) for found in regressed]
        composition = await self._findings.composition(
            {version for pair in origins for origin in pair for version in origin.datasets}
        )
        failures = await self._failures(regressed)
        named = await self._named(origins, failures)
        weighing = await self._weighing(composition)
        changes = [
            _change(pair, found.slices, composition, rows, weighing)
            for pair, found, rows in zip(origins, regressed, named, strict=True)
        ]
        suspects = await self._suspects(regressed, origins, changes, named)
        trained = {(origin.datasets, origin.recipe) for origin in training.values()}
        return [
            _regression(
                found,
                attribute(
                    *pair,
                    Drop(found.slices, found.compared.counts, _remark(found.compared)),
                    change,
                    trained,
                ),
                items,
                failed,
            )
            for found, pair, change, items, failed in zip(
                regressed, origins, changes, suspects, failures, strict=True
            )
        ]

    async def _failures(self, regressed: Sequence[Regressed]) -> list[list[Failed]]:
        """Per regression: the failures of its run within its slice."""
        found: dict[tuple[str, str], list[Failed]] = defaultdict(list)
        for failed in await self._findings.failures_of({one.run_id for one in regressed}):
            found[failed.run_id, failed.metric].append(failed)
        return [
            [
                failed
                for failed in found[one.run_id, one.metric]
                if set(one.slices) <= set(failed.slices)
            ]
            for one in regressed
        ]

    async def _named(
        self, origins: Sequence[Origins], failures: Sequence[Sequence[Failed]]
    ) -> list[dict[str, Part]]:
        """Per regression: the rows of the later data that its failures name as suspects."""
        items = [{item for one in failed for item in one.suspect_items} for failed in failures]
        wanted = set().union(*items)
        if not wanted:
            return [{} for _ in failures]
        rows: dict[Version, dict[str, Part]] = defaultdict(dict)
        versions = {version for _, after in origins for version in after.datasets}
        for version, item, part in await self._findings.suspect_rows(versions, wanted):
            rows[version][item] = part
        return [
            {
                item: part
                for version in after.datasets
                for item, part in rows[version].items()
                if item in named
            }
            for (_, after), named in zip(origins, items, strict=True)
        ]

    async def _weighing(self, composition: Mapping[Version, Sequence[Part]]) -> Weighing:
        quality, suspended = await self._findings.quality()
        cohorts = {part.cohort for parts in composition.values() for part in parts}
        for cohort in sorted(cohorts):
            vendor = cohort.partition("/")[0]
            if vendor in suspended:
                said = f"annotators of {vendor} suspended by golden items: {suspended[vendor]}."
                quality[cohort] = f"{quality[cohort]} {said}" if cohort in quality else said
        return Weighing(self._policy.significance, self._policy.stratify_by, quality)

    async def _suspects(
        self,
        regressed: Sequence[Regressed],
        origins: Sequence[Origins],
        changes: Sequence[SliceChange | None],
        named: Sequence[Mapping[str, Part]],
    ) -> list[dict[str, tuple[str, ...]]]:
        """Per regression: suspicious cohort → its items in the slice of the later data."""
        places: list[tuple[int, str]] = []
        wanted: list[tuple[Version, str, SliceKey]] = []
        for place, ((_, after), change) in enumerate(zip(origins, changes, strict=True)):
            if change is None or change.basis == "items":
                continue
            for cohort in change.suspects:
                for version in sorted(after.datasets):
                    places.append((place, cohort))
                    wanted.append((version, cohort, regressed[place].slices))
        found: list[dict[str, tuple[str, ...]]] = [{} for _ in regressed]
        items = await self._findings.cohort_items(wanted)
        for (place, cohort), names in zip(places, items, strict=True):
            found[place][cohort] = tuple(sorted({*found[place].get(cohort, ()), *names}))
        for place, change in enumerate(changes):
            if change is not None and change.basis == "items":
                for cohort in change.suspects:
                    rows = named[place].items()
                    found[place][cohort] = tuple(
                        sorted(item for item, part in rows if part.cohort == cohort)
                    )
        return found


def _regression(
    found: Regressed,
    attribution: Attribution,
    suspects: Mapping[str, tuple[str, ...]],
    failures: Sequence[Failed],
) -> Regression:
    category, severity = nature_of(
        (one.category, one.severity, len(one.failure_ids)) for one in failures
    )
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
        compared=found.compared,
        correction=found.correction,
        attribution=attribution,
        failure_ids=tuple(sorted(name for failed in failures for name in failed.failure_ids)),
        category=category,
        severity=severity,
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


def _remark(compared: Comparison) -> str:
    """What has to be known about a regression's figures, for people."""
    if compared.test == "two_proportion":
        return (
            " at its rate (no sample is in both runs, so two independent groups of "
            f"{compared.samples_before} and {compared.counts.pairs} are compared)"
        )
    if compared.test == "clustered_bootstrap":
        return (
            f" (mean score {compared.difference:+.3f}, 95 % from {compared.lower:+.3f} to "
            f"{compared.upper:+.3f}, drawn by prompt)"
        )
    return ""


def _change(
    origins: Origins,
    slices: SliceKey,
    composition: Mapping[Version, list[Part]],
    named: Mapping[str, Part],
    weighing: Weighing,
) -> SliceChange | None:
    """Item by item where failures name training rows, otherwise by what the slice is made of."""
    before, after = (origin.datasets for origin in origins)
    if named and composition.keys() >= after:
        rows = (part for version in after for part in composition[version])
        return item_change(named.values(), rows, weighing)
    if not (before and after and composition.keys() >= before | after):
        return None
    return slice_change(
        (part for version in before for part in composition[version]),
        (part for version in after for part in composition[version]),
        dict(slices),
        weighing,
    )
