"""What later runs have shown of fixes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from feedback_router.domain.attribution import Version, origin_of
from feedback_router.domain.lifecycle import Trial
from feedback_router.domain.outcomes import count, pair
from feedback_router.domain.remediation import Remediation
from feedback_router.domain.verification import holding, verify
from feedback_router.store import FindingStore, RemediationStore
from feedback_router.store.remediations import CompleteRun


class Experience:
    """Finds the runs that try each fix and judges them."""

    def __init__(self, findings: FindingStore, remediations: RemediationStore) -> None:
        self._findings = findings
        self._remediations = remediations

    async def trials(
        self, remediations: Sequence[Remediation], versions: Mapping[str, Sequence[Version]]
    ) -> dict[str, list[Trial]]:
        """Remediation → every run that tells whether its fix helped; kept as a side effect."""
        trials: dict[str, list[Trial]] = defaultdict(list)
        if any(versions.values()):
            wanted = await self._candidates(remediations, versions)
            outcomes = await self._remediations.outcomes(
                [(remediation, run.run_id) for remediation, run in wanted]
            )
            for (remediation, run), (before, after) in zip(wanted, outcomes, strict=True):
                criterion = remediation.acceptance
                pairs = pair(before, after).get(criterion.metric) if criterion else None
                verdict = verify(count(pairs), criterion) if criterion and pairs else None
                if verdict is not None:
                    trial = Trial(run.run_id, run.completed_at, *verdict)
                    trials[remediation.remediation_id].append(trial)
        if _ordered(trials) != _ordered(await self._remediations.trials()):
            await self._remediations.replace_trials(trials)
        return trials

    async def _candidates(
        self, remediations: Sequence[Remediation], versions: Mapping[str, Sequence[Version]]
    ) -> list[tuple[Remediation, CompleteRun]]:
        """Runs count only when their model was trained on data that holds the fix."""
        training = await self._findings.training()
        parents = await self._remediations.parents()
        runs = [
            (run, origin_of(run.model, training.get(run.model), run.evaluated_with).datasets)
            for run in await self._remediations.complete_runs()
        ]
        return [
            (remediation, run)
            for remediation in remediations
            if remediation.acceptance is not None
            for held in [holding(versions[remediation.remediation_id], parents)]
            for run, datasets in runs
            if run.task == remediation.acceptance.task and held & datasets
        ]


def _ordered(trials: Mapping[str, Sequence[Trial]]) -> dict[str, list[Trial]]:
    return {
        remediation_id: sorted(tried, key=lambda trial: trial.run_id)
        for remediation_id, tried in trials.items()
        if tried
    }
