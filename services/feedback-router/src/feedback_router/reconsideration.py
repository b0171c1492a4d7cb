"""Computing a project anew from the facts, and saying what is news.

Nothing here remembers an event: results are functions of the facts known, so that the order of
arrival cannot matter. The publication log alone knows what was said before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from aidataops.events.feedback import RemediationKind
from aidataops.messaging import Received, UnitOfWork
from feedback_router.causes import Causes
from feedback_router.domain.announcements import (
    Announcement,
    announce_dismissal,
    announce_life,
    announce_regression,
    announce_request,
)
from feedback_router.domain.assessment import assess, dismissal
from feedback_router.domain.lifecycle import Decision, Known, countable, live
from feedback_router.domain.outcomes import SliceKey
from feedback_router.domain.policy import Policy
from feedback_router.domain.remediation import (
    Regression,
    Remediation,
    answer_cluster,
    answer_regressions,
)
from feedback_router.evidence import Evidence
from feedback_router.experience import Experience
from feedback_router.store import AnnouncementStore, FindingStore, RemediationStore


@dataclass(slots=True)
class Touched:
    """What the events of a batch are about, in one project."""

    run_ids: set[str] = field(default_factory=set)
    kinds: dict[str, RemediationKind] = field(default_factory=dict)
    slices: dict[str, SliceKey] = field(default_factory=dict)


class Reconsideration:
    """One project within one unit of work; its lock is held."""

    def __init__(
        self,
        work: UnitOfWork,
        policy: Policy,
        project: str,
        events: Sequence[Received[Any]],
    ) -> None:
        self._work = work
        self._policy = policy
        self._project = project
        self._causes = Causes(events)
        self._findings = FindingStore(work.connection, project)
        self._remediations = RemediationStore(work.connection, project)
        self._announcements = AnnouncementStore(work.connection)

    async def judge(self, touched: Touched) -> None:
        """Evidence has changed: assess, attribute, route, dismiss, and follow up."""
        await self._assess(touched.run_ids)
        regressions = await Evidence(self._findings, self._policy).regressions()
        await self._findings.put_regressions(regressions, self._work.now)
        await self._say([announce_regression(regression) for regression in regressions])
        await self._request(regressions, touched)
        await self._dismiss(await self._findings.affected(touched.run_ids), regressions)
        await self.follow_up()

    async def follow_up(self) -> None:
        """Replay the life of every remediation and say what has happened."""
        remediations = await self._remediations.all()
        if not remediations:
            return
        accountable, _ = await self._remediations.accountable()
        decisions = await self._remediations.decisions()
        progress = await self._remediations.progress()
        experience = Experience(self._findings, self._remediations, self._policy)
        versions = await experience.versions_naming(remediations)
        trials = await experience.trials(remediations, versions)
        lives = {
            wanted.remediation_id: live(
                Known(
                    (
                        *self._automatic(wanted),
                        *countable(decisions[wanted.remediation_id], accountable),
                    ),
                    tuple(progress[wanted.remediation_id]),
                    tuple(versions[wanted.remediation_id]),
                    tuple(trials[wanted.remediation_id]),
                )
            )
            for wanted in remediations
        }
        await self._remediations.put_lives(lives)
        await self._say(
            [
                said
                for wanted in remediations
                for said in announce_life(wanted, lives[wanted.remediation_id])
            ]
        )

    async def _assess(self, run_ids: Collection[str]) -> None:
        pairs = await self._findings.assessable(run_ids)
        if not pairs:
            return
        outcomes = await self._findings.outcomes({name for pair in pairs for name in pair if name})
        await self._findings.add_assessments(
            {
                run_id: assess(
                    outcomes.get(run_id, []),
                    None if baseline is None else outcomes.get(baseline, []),
                    self._policy.slice_by,
                    self._policy.significance,
                )
                for run_id, baseline in pairs
            }
        )

    async def _request(self, regressions: Sequence[Regression], touched: Touched) -> None:
        answers = answer_regressions(regressions, self._policy)
        clusters = await self._findings.clusters(touched.kinds, touched.slices)
        answers += [answer_cluster(cluster, self._policy) for cluster in clusters]
        if not answers:
            return
        await self._remediations.put(answers, self._policy.version, self._work.now)
        named = await self._findings.cluster_failures(touched.kinds)
        _, guideline_version = await self._remediations.accountable()
        runs = {found.regression_id: found.run_id for found in regressions}
        await self._say(
            [
                announce_request(
                    wanted,
                    self._policy.version,
                    guideline_version,
                    named.get(wanted.remediation_id, ()),
                    [runs[name] for name in wanted.regression_ids],
                )
                for wanted in answers
            ]
        )

    async def _dismiss(self, run_ids: Sequence[str], regressions: Sequence[Regression]) -> None:
        standings = await self._findings.standings(run_ids)
        regressed = {(one.run_id, one.metric, one.slices) for one in regressions}
        reasons: dict[str, dict[str, list[str]]] = {run_id: defaultdict(list) for run_id in run_ids}
        for failed in await self._findings.failures_of(standings, self._policy.slice_by):
            if (failed.run_id, failed.metric, failed.slices) not in regressed:
                standing = standings[failed.run_id]
                reason = dismissal(
                    standing.standing,
                    standing.baseline_run_id,
                    standing.compared,
                    self._policy.significance,
                )
                reasons[failed.run_id][reason].append(failed.failure_id)
        for failure_id, run_id, remediation in await self._findings.single_failures(run_ids):
            reasons[run_id][self._joined(remediation)].append(failure_id)
        await self._say(
            [
                announce_dismissal(run_id, self._project, self._policy.version, by_reason)
                for run_id, by_reason in reasons.items()
                if by_reason
            ]
        )

    def _joined(self, remediation_id: str | None) -> str:
        if remediation_id is None:
            return f"No rule of policy {self._policy.version} asks for data work here."
        return f"Remediation {remediation_id} answers the cluster that they belong to."

    def _automatic(self, wanted: Remediation) -> tuple[Decision, ...]:
        if not 0 < wanted.budget <= self._policy.automatic_approval_budget:
            return ()
        return (Decision(True, f"policy {self._policy.version}", None, None),)

    async def _say(self, announcements: Sequence[Announcement]) -> None:
        if not announcements:
            return
        for one, revision in await self._announcements.news(announcements):
            payload = one.payload
            if "revision" in type(payload).model_fields:
                payload = payload.model_copy(update={"revision": revision})
            self._work.emit(payload, cause=self._causes.of(one.about))
