"""Computing a project anew from the facts, and saying what is news.

Nothing here remembers an event: results are functions of the facts known, so that the order of
arrival cannot matter. The publication log alone knows what was said before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from aidataops.events.evaluation import EvaluationFailure
from aidataops.messaging import UnitOfWork
from feedback_router.domain.announcements import (
    announce_dismissal,
    announce_joined,
    announce_regression,
    announce_request,
)
from feedback_router.domain.assessment import RunStanding, assess, dismissal
from feedback_router.domain.cluster import Cluster, answer_cluster
from feedback_router.domain.policy import Policy
from feedback_router.domain.regression import Regression
from feedback_router.domain.remediation import MOST_ITEMS, Remediation
from feedback_router.domain.routing import answer_regressions
from feedback_router.evidence import Evidence
from feedback_router.following import Following
from feedback_router.store import ClusterStore, FindingStore, RemediationStore
from feedback_router.voice import Voice


class Reconsideration:
    """The findings of one project within one unit of work; its lock is held."""

    def __init__(self, work: UnitOfWork, policy: Policy, project: str, voice: Voice) -> None:
        self._work = work
        self._policy = policy
        self._project = project
        self._voice = voice
        self._findings = FindingStore(work.connection, project)
        self._clusters = ClusterStore(work.connection)
        self._remediations = RemediationStore(work.connection, project)
        self._following = Following(work, policy, self._remediations, voice)

    async def judge(self, run_ids: Collection[str] | None = None) -> None:
        """Evidence has changed: of these runs, or what all are judged by.

        Assess, attribute, route, dismiss, and follow up.
        """
        models = None
        if run_ids is not None:
            await self._assess(run_ids)
            models = await self._findings.models(run_ids)
        regressions, _ = await self._route(models)
        if run_ids is not None:
            affected = await self._findings.affected(run_ids)
            standings = await self._findings.standings(affected)
            await self._dismiss(affected, standings, regressions)
        await self._following.follow_up()

    async def hear(
        self,
        failures: Sequence[EvaluationFailure],
        clusters: Mapping[str, Cluster],
        new: Collection[str],
    ) -> None:
        """Failures have come, of which these are ``new``: those of runs, and single ones."""
        runs = {one.run_id for one in failures if one.part_of_run and one.failure_id in new}
        if runs:
            await self._describe(runs)
        single = [failure for failure in failures if not failure.part_of_run]
        if single:
            joined = {name: one for name, one in clusters.items() if name in new}
            await self._gather(single, joined)

    async def _describe(self, run_ids: Collection[str]) -> None:
        """Failures of runs have come: what regressed is known better, as far as it is judged."""
        standings = await self._findings.standings(run_ids)
        if not standings:
            return
        regressions, answers = await self._route(await self._findings.models(standings))
        await self._dismiss(sorted(standings), standings, regressions)
        await self._following.follow_up(only={one.remediation_id for one in answers})

    async def _route(
        self, models: Collection[str] | None
    ) -> tuple[list[Regression], list[Remediation]]:
        """The regressions of these models (or of all) as they are attributed now, and answered."""
        regressions = await Evidence(self._findings, self._policy).regressions(models)
        if not regressions:
            return [], []
        await self._findings.put_regressions(regressions, self._work.now)
        await self._voice.say([announce_regression(regression) for regression in regressions])
        runs = {found.regression_id: found.run_id for found in regressions}
        answers = answer_regressions(regressions, self._policy)
        await self._request(answers, {}, runs)
        return regressions, answers

    async def _gather(
        self, failures: Sequence[EvaluationFailure], joined: Mapping[str, Cluster]
    ) -> None:
        """Single failures have come, by the cluster that each new one makes by itself.

        Whatever has gathered before, this costs what these failures cost.
        """
        kept = await self._clusters.load({one.remediation_id for one in joined.values()})
        grown = dict(kept)
        named: dict[str, list[str]] = defaultdict(list)
        for failure_id, alone in joined.items():
            name = alone.remediation_id
            grown[name] = grown[name].joined_by(alone) if name in grown else alone
            if name not in kept and len(named[name]) < MOST_ITEMS:
                named[name].append(failure_id)
        await self._clusters.put(grown.values())
        answers = [answer_cluster(cluster, self._policy) for cluster in grown.values()]
        await self._request(answers, named, {})
        run_ids = sorted({failure.run_id for failure in failures})
        standings = await self._findings.standings(run_ids)
        regressions: list[Regression] = []
        if standings:
            models = await self._findings.models(standings)
            regressions = await Evidence(self._findings, self._policy).regressions(models)
        told = await self._dismiss(run_ids, standings, regressions)
        await self._join(
            [one for one in failures if one.run_id not in told and one.failure_id in joined],
            joined,
            {failure_id for names in named.values() for failure_id in names},
        )
        await self._following.follow_up(only=grown)

    async def _assess(self, run_ids: Collection[str]) -> None:
        runs = await self._findings.assessable(run_ids)
        if not runs:
            return
        outcomes = await self._findings.outcomes({name for run in runs for name in run[:2] if name})
        plan = self._policy.plan
        await self._findings.add_assessments(
            {
                run_id: assess(
                    outcomes.get(run_id, []),
                    None if baseline is None else outcomes.get(baseline, []),
                    plan,
                    crashed=crashed,
                )
                for run_id, baseline, crashed in runs
            },
            plan.correction,
        )

    async def _request(
        self,
        answers: Sequence[Remediation],
        named: Mapping[str, Sequence[str]],
        runs: Mapping[str, str],
    ) -> None:
        if not answers:
            return
        await self._remediations.put(answers, self._policy.version, self._work.now)
        _, guideline_version = await self._remediations.accountable()
        await self._voice.say(
            [
                announce_request(
                    wanted,
                    self._policy.version,
                    guideline_version,
                    sorted(named.get(wanted.remediation_id, ())),
                    [runs[name] for name in wanted.regression_ids],
                )
                for wanted in answers
            ]
        )

    async def _dismiss(
        self,
        run_ids: Sequence[str],
        standings: Mapping[str, RunStanding],
        regressions: Sequence[Regression],
    ) -> set[str]:
        """Say why failures of runs need no data work of their own; returns the runs told of.

        A run with more single failures than an event names is in a storm and left out.
        """
        regressed: dict[tuple[str, str], list[set[tuple[str, str]]]] = defaultdict(list)
        for one in regressions:
            regressed[one.run_id, one.metric].append(set(one.slices))
        reasons: dict[str, dict[str, list[str]]] = {run_id: defaultdict(list) for run_id in run_ids}
        for run_id, standing in standings.items():
            if standing.standing == "infrastructure_failure":
                reasons[run_id][dismissal(standing, self._policy.significance)] = []
        for failed in await self._findings.failures_of(standings):
            slices = set(failed.slices)
            if not any(one <= slices for one in regressed[failed.run_id, failed.metric]):
                reason = dismissal(standings[failed.run_id], self._policy.significance)
                reasons[failed.run_id][reason] += failed.failure_ids
        single = await self._findings.single_failures(run_ids, MOST_ITEMS + 1)
        calm = {run_id: found for run_id, found in single.items() if len(found) <= MOST_ITEMS}
        named = await self._clusters.named(
            {name for found in calm.values() for _, name in found if name}
        )
        for run_id, found in calm.items():
            for failure_id, remediation in found:
                if failure_id not in named.get(remediation or "", ()):
                    reasons[run_id][self._joined(remediation)].append(failure_id)
        told = set(run_ids) - (single.keys() - calm.keys())
        await self._voice.say(
            [
                announce_dismissal(run_id, self._project, self._policy.version, by_reason)
                for run_id, by_reason in reasons.items()
                if by_reason and run_id in told
            ]
        )
        return told

    async def _join(
        self,
        failures: Iterable[EvaluationFailure],
        joined: Mapping[str, Cluster],
        named: Collection[str],
    ) -> None:
        """In a storm: say of these failures alone which remediation answers them."""
        by_remediation: dict[str, list[str]] = defaultdict(list)
        for failure in failures:
            if failure.failure_id not in named:
                by_remediation[joined[failure.failure_id].remediation_id].append(failure.failure_id)
        await self._voice.say(
            [
                announce_joined(remediation_id, self._project, names[at : at + MOST_ITEMS])
                for remediation_id, names in by_remediation.items()
                for at in range(0, len(names), MOST_ITEMS)
            ]
        )

    def _joined(self, remediation_id: str | None) -> str:
        if remediation_id is None:
            return f"No rule of policy {self._policy.version} asks for data work here."
        return f"Remediation {remediation_id} answers the cluster that they belong to."
