"""Sourcing briefs: what a remediation wants to be sourced."""

from __future__ import annotations

from uuid import UUID, uuid5

from aidataops.errors import InvalidError
from aidataops.events.feedback import RemediationApproved
from aidataops.events.sourcing import BriefOpened

NAMESPACE = UUID("0b6d6f0e-7a55-5d0c-9c62-6a4f1c3f8a11")
"""Of brief ids, so that they follow from the remediation's id wherever they are derived."""

MAXIMUM_QUOTA = 10_000
"""Items of one brief; their ids have to fit into the one record that says it is fulfilled."""


def open_brief(approved: RemediationApproved) -> BriefOpened:
    """The brief of an approved remediation of kind ``source_items``.

    Raises ``InvalidError`` for a quota that nobody can source: none, or one that has to be split.
    """
    if not 0 < approved.quota <= MAXIMUM_QUOTA:
        raise InvalidError(
            f"quota: is {approved.quota}, a brief asks for 1 to {MAXIMUM_QUOTA} items",
            remediation_id=approved.remediation_id,
        )
    return BriefOpened(
        brief_id=str(uuid5(NAMESPACE, approved.remediation_id)),
        project=approved.project,
        remediation_id=approved.remediation_id,
        slices=approved.slices,
        quota=approved.quota,
    )
