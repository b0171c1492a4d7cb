"""Which routing policy is in force: the latest that its Accountable has given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedback_router.domain.responsibility import Responsibilities

SUBJECT = "routing"
"""The policy of every project; that of one is ``routing/<project>``."""


@dataclass(frozen=True, slots=True)
class Change:
    """A version of a policy as somebody gave it."""

    subject: str
    version: str
    changed_by: str
    changed_at: datetime
    document: str


def refusal(
    change: Change, responsibilities: Responsibilities, flaw: Callable[[str, str], str | None]
) -> str | None:
    """Why a version is not adopted, or ``None``.

    Once anybody answers for ``change_policy``, only the one internal Accountable of that moment may
    change it. ``flaw`` says what is wrong with a document that is to be the version named.
    """
    if responsibilities.assignments and not (
        all(one.assigned_at > change.changed_at for one in responsibilities.assignments)
        or responsibilities.decides(change.changed_by, change.changed_at)
    ):
        disorder = responsibilities.disorder(change.changed_at)
        return (
            disorder.detail
            if disorder
            else (
                f"{change.changed_by} is not Accountable for change_policy; "
                "only who is may change it."
            )
        )
    return flaw(change.document, change.version)


def in_force(adopted: Sequence[Change]) -> Change | None:
    """Of the versions adopted, the one that counts: a project's own first, then the latest."""
    return max(
        adopted,
        key=lambda one: (one.subject != SUBJECT, one.changed_at, one.version),
        default=None,
    )
