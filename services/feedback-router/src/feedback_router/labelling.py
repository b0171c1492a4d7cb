"""What a project's labelling rests on: who labels a slice, and whether the guideline is clear."""

from __future__ import annotations

from aidataops.messaging import UnitOfWork
from feedback_router.domain.announcements import announce_level, announce_request
from feedback_router.domain.automation import Standing, standings
from feedback_router.domain.policy import Policy
from feedback_router.domain.question import ask_for_clarity, ask_for_decision
from feedback_router.domain.remediation import Remediation
from feedback_router.domain.responsibility import Responsibilities
from feedback_router.following import Following
from feedback_router.store import AutomationStore, GovernanceStore, RemediationStore
from feedback_router.voice import Voice

GUIDELINE = "revise_guideline"


class Labelling:
    """One project's labelling; its lock is held."""

    def __init__(self, work: UnitOfWork, policy: Policy, project: str, voice: Voice) -> None:
        self._work = work
        self._policy = policy
        self._project = project
        self._voice = voice
        self._store = AutomationStore(work.connection, project)
        self._governance = GovernanceStore(work.connection)
        self._remediations = RemediationStore(work.connection, project)
        self._following = Following(work, policy, self._remediations, voice)

    async def review(self) -> None:
        """Say who labels, ask anew where a decision holds no more or a section is unclear."""
        counting = await self._standings()
        await self._voice.say([announce_level(self._project, one) for one in counting])
        wanted = [
            ask_for_decision(self._project, one.decision.slices, one.decision.decision_id,
                             one.evidence, self._policy)
            for one in counting
            if one.ended
        ]  # fmt: skip
        wanted += await self._unclear()
        await self._request(wanted)
        await self._following.follow_up()

    async def _standings(self) -> list[Standing]:
        decided = await self._following.decisions_on_labelling()
        return standings(decided, await self._store.drifts(), self._work.now)

    async def _unclear(self) -> list[Remediation]:
        threshold = self._policy.guideline_flags
        flags = await self._store.flags()
        if threshold is None or not flags:
            return []
        assignments, _ = await self._governance.assignments(self._project, GUIDELINE)
        experts = Responsibilities(assignments).holders("consulted")
        owner = experts[0].person if experts else None
        return [
            ask_for_clarity(self._project, version, section, people, owner, self._policy)
            for version, section, people in flags
            if people >= threshold
        ]

    async def _request(self, wanted: list[Remediation]) -> None:
        if not wanted:
            return
        await self._remediations.put(wanted, self._policy.version, self._work.now)
        _, guideline = await self._remediations.accountable()
        await self._voice.say(
            [announce_request(one, self._policy.version, guideline, (), ()) for one in wanted]
        )
