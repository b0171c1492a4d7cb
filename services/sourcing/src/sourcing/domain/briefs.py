"""Sourcing briefs: what a remediation, or coverage, wants to be sourced."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from aidataops.errors import InvalidError
from aidataops.events.base import Slices
from aidataops.events.feedback import RemediationApproved
from aidataops.events.sourcing import BriefOpened, CoverageMeasured

NAMESPACE = UUID("0b6d6f0e-7a55-5d0c-9c62-6a4f1c3f8a11")
"""Of brief ids, so that they follow from the remediation's id wherever they are derived."""

MAXIMUM_QUOTA = 10_000
"""Items of one brief; their ids have to fit into the one record that says it is fulfilled."""

MAXIMUM_DEFICITS = 50
"""Briefs that coverage has open in one project; the others follow as these are fulfilled."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The items of a brief so far, in order; the first ``from_pool`` were there before it."""

    item_ids: tuple[str, ...] = ()
    from_pool: int = 0


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


def open_deficits(measured: CoverageMeasured) -> list[BriefOpened]:
    """A brief for each slice that coverage found wanting: floors first, then the largest."""
    wanted: dict[str, BriefOpened] = {}
    floors = [
        (one.slices, one.missing, f"{one.items} of {one.floor}: {one.reason}")
        for one in measured.floors
    ]
    shares = [
        (
            one.slices,
            one.missing,
            f"a share of {one.share:.3f} where production has {one.target_share:.3f}",
        )
        for one in measured.representation
    ]
    for found in (floors, shares):
        for slices, missing, reason in sorted(found, key=lambda one: (-one[1], _name(one[0]))):
            if missing and len(wanted) < MAXIMUM_DEFICITS:
                brief = _deficit(measured.project, slices, missing, reason)
                wanted.setdefault(brief.brief_id, brief)
    return list(wanted.values())


def choose(
    quotas: Sequence[tuple[str, int]], candidates: Iterable[tuple[str, str, bool]]
) -> dict[str, Choice]:
    """Share items out to briefs, each to one: the brief that comes first is served first.

    ``quotas`` are briefs in the order of serving, ``candidates`` (brief, item, from the pool) in
    the order of choice.
    """
    fitting: dict[str, list[tuple[str, bool]]] = {brief_id: [] for brief_id, _ in quotas}
    for brief_id, item_id, from_pool in candidates:
        fitting[brief_id].append((item_id, from_pool))
    taken: set[str] = set()
    chosen: dict[str, Choice] = {}
    for brief_id, quota in quotas:
        free = [one for one in fitting[brief_id] if one[0] not in taken][:quota]
        taken |= {item_id for item_id, _ in free}
        pool = sum(from_pool for _, from_pool in free)
        chosen[brief_id] = Choice(tuple(item_id for item_id, _ in free), pool)
    return chosen


def _deficit(project: str, slices: Slices, missing: int, reason: str) -> BriefOpened:
    return BriefOpened(
        brief_id=str(uuid5(NAMESPACE, f"coverage/{project}/{_name(slices)}")),
        project=project,
        slices=slices,
        quota=min(missing, MAXIMUM_QUOTA),
        origin="coverage",
        reason=reason,
    )


def _name(slices: Slices) -> str:
    return json.dumps(slices, sort_keys=True)
