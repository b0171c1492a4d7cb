"""Saying what is news, and keeping for those to be Informed what concerns them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_URL, uuid5

from aidataops.events import Payload
from aidataops.events.feedback import (
    RemediationApproved,
    RemediationBlocked,
    RemediationDeclined,
    RemediationDelayed,
    RemediationReopened,
    RemediationUnblocked,
    RemediationVerified,
)
from aidataops.messaging import UnitOfWork
from feedback_router.causes import Causes
from feedback_router.domain.announcements import Announcement
from feedback_router.store import AnnouncementStore, GovernanceStore

TOLD = (
    RemediationApproved,
    RemediationBlocked,
    RemediationDeclined,
    RemediationDelayed,
    RemediationReopened,
    RemediationUnblocked,
    RemediationVerified,
)
"""What the Informed are told by webhook."""


class Voice:
    """Speaks within one unit of work; what was said before is not said again."""

    def __init__(self, work: UnitOfWork, causes: Causes) -> None:
        self._work = work
        self._causes = causes
        self._log = AnnouncementStore(work.connection)
        self._governance = GovernanceStore(work.connection)

    async def say(
        self, announcements: Sequence[Announcement], informed: Mapping[str, str] | None = None
    ) -> None:
        """Emit what is news; ``informed`` maps people to the address that they are told at."""
        if not announcements:
            return
        said: list[Payload] = []
        for one, revision in await self._log.news(announcements):
            payload = one.payload
            if "revision" in type(payload).model_fields:
                payload = payload.model_copy(update={"revision": revision})
            self._work.emit(payload, cause=self._causes.of(one.about))
            said.append(payload)
        notices = [
            _notice(payload, person, url)
            for payload in said
            if isinstance(payload, TOLD)
            for person, url in (informed or {}).items()
        ]
        if notices:
            await self._governance.add_notices(notices, self._work.now)


def _notice(payload: Payload, person: str, url: str) -> dict[str, str]:
    """One message to one person; its id is stable, so that a receiver drops what it has seen."""
    body = json.dumps(
        {"type": payload.type, "data": payload.model_dump(mode="json")}, sort_keys=True
    )
    return {
        "notice_id": str(uuid5(NAMESPACE_URL, f"{person}\n{url}\n{body}")),
        "person": person,
        "url": url,
        "body": body,
    }
