"""The life of every remediation of a project, from what is known of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from aidataops.messaging import UnitOfWork
from feedback_router.budgeting import Budgeting
from feedback_router.domain.announcements import announce_life
from feedback_router.domain.automation import AutomationDecision, countable, superseded
from feedback_router.domain.identity import identity
from feedback_router.domain.lifecycle import Known, Trial, live
from feedback_router.domain.policy import Policy
from feedback_router.domain.responsibility import (
    APPROVAL,
    Consultation,
    Responsibilities,
    in_order_once,
    settle,
)
from feedback_router.experience import Experience
from feedback_router.scheduling import Scheduling
from feedback_router.store import AutomationStore, FindingStore, GovernanceStore, RemediationStore
from feedback_router.voice import Voice

AUTOMATION = "decide_automation"


class Following:
    """Follows one project's remediations up; its lock is held."""

    def __init__(
        self, work: UnitOfWork, policy: Policy, remediations: RemediationStore, voice: Voice
    ) -> None:
        project = remediations.project
        self._project = project
        self._voice = voice
        self._remediations = remediations
        self._experience = Experience(FindingStore(work.connection, project), self._remediations)
        self._governance = GovernanceStore(work.connection)
        self._automation = AutomationStore(work.connection, project)
        self._budgeting = Budgeting(work, policy, self._remediations)
        self._scheduling = Scheduling(work, project, voice)

    async def decisions_on_labelling(self) -> list[AutomationDecision]:
        """Who labels, as the one Accountable has decided it over time."""
        decisions = await self._automation.decisions()
        if not decisions:
            return []
        accountable, _ = await self._remediations.accountable()
        assignments, _ = await self._governance.assignments(self._project, AUTOMATION)
        return countable(decisions, Responsibilities(assignments, accountable))

    async def follow_up(self, only: Collection[str] | None = None) -> None:
        """Replay every life, or ``only`` these, and say what has happened.

        Of those whose fix is in a dataset version already every one is looked at: runs try them
        together.
        """
        remediations = await self._remediations.load(only)
        if not remediations:
            return
        versions = await self._remediations.versions_naming(
            [one.remediation_id for one in remediations]
        )
        if only is not None and any(versions.values()):
            await self.follow_up()
            return
        accountable, _ = await self._remediations.accountable()
        assignments, addresses = await self._governance.assignments(self._project, APPROVAL)
        responsibilities = Responsibilities(assignments, accountable)
        consultations: Mapping[str, list[Consultation]] = {}
        if any(one.role == "consulted" for one in assignments):
            consultations = await self._governance.consultations(self._project)
        decisions = await self._remediations.decisions(only)
        progress = await self._remediations.progress(only)
        trials = (
            await self._experience.trials(remediations, versions)
            if only is None
            else {key: list[Trial]() for key in versions}
        )
        done: set[str] = set()
        if any(one.kind == "review_automation" for one in remediations):
            done = {
                identity("automation", self._project, decision_id)
                for decision_id in superseded(await self.decisions_on_labelling())
            }
        known = {}
        for wanted in remediations:
            name = wanted.remediation_id
            decided, block = settle(
                decisions[name], responsibilities, consultations.get(name, ()), wanted.owner
            )
            known[name] = Known(
                decided,
                tuple(progress[name]),
                tuple(versions[name]),
                tuple(trials[name]),
                name in done,
                block,
            )
        known = await self._budgeting.approve(
            remediations, known, may_grant=in_order_once(responsibilities)
        )
        lives = {name: live(one) for name, one in known.items()}
        await self._remediations.put_lives(lives)
        said = [
            announcement
            for wanted in remediations
            for announcement in announce_life(wanted, lives[wanted.remediation_id])
        ]
        await self._voice.say(said, responsibilities.told_at(addresses))
        await self._scheduling.review()
