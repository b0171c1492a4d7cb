"""The routing policy in force for a project: the file's, until the Accountable gives another."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from aidataops.errors import ConfigurationError
from aidataops.messaging import UnitOfWork
from feedback_router.domain.adoption import SUBJECT, Change, in_force, refusal
from feedback_router.domain.announcements import announce_policy
from feedback_router.domain.policy import Policy
from feedback_router.domain.responsibility import Responsibilities
from feedback_router.policy_file import parse_policy
from feedback_router.store import GovernanceStore
from feedback_router.store.governance import EVERY_PROJECT
from feedback_router.voice import Voice

CHANGE = "change_policy"


class Policies:
    """Chooses among the versions that people gave."""

    def __init__(self, work: UnitOfWork, default: Policy) -> None:
        self._default = default
        self._governance = GovernanceStore(work.connection)

    async def of(self, project: str) -> Policy:
        """What the project is routed by now."""
        changes = await self._governance.changes((SUBJECT, f"{SUBJECT}/{project}"))
        if not changes:
            return self._default
        judged = [(change, await self._refusal(change)) for change in changes]
        chosen = in_force([change for change, reason in judged if reason is None])
        return self._default if chosen is None else _parsed(chosen.document)

    async def review(self, subject: str, voice: Voice) -> None:
        """Say which versions of a policy are adopted, and which are refused."""
        await voice.say(
            [
                announce_policy(change, await self._refusal(change))
                for change in await self._governance.changes((subject,))
            ]
        )

    async def _refusal(self, change: Change) -> str | None:
        project = change.subject.partition("/")[2] or EVERY_PROJECT
        assignments, _ = await self._governance.assignments(project, CHANGE)
        return refusal(change, Responsibilities(assignments), _flaw)


def is_routing(subject: str) -> bool:
    """Whether a policy is the router's."""
    return subject.partition("/")[0] == SUBJECT


def policies_of(projects: Iterable[str]) -> set[str]:
    """The routing policies that those who answer for these projects may change."""
    return {SUBJECT if one == EVERY_PROJECT else f"{SUBJECT}/{one}" for one in projects}


def _flaw(document: str, version: str) -> str | None:
    try:
        policy = _parsed(document)
    except ConfigurationError as error:
        return str(error)
    if policy.version != version:
        return f"version: the document says {policy.version!r}, the change {version!r}"
    return None


@lru_cache(maxsize=128)
def _parsed(document: str) -> Policy:
    return parse_policy(document, "the policy given")
