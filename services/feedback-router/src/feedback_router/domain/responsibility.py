"""Who has to say yes before work starts: exactly one internal Accountable, the Consulted heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aidataops.events.governance import Role
from feedback_router.domain.lifecycle import Block, Decision

APPROVAL = "approve_remediation"
"""The kind of decision that lets data work begin."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One person in one role, from ``assigned_at`` until a higher revision says otherwise."""

    person: str
    role: Role
    internal: bool
    revoked: bool
    revision: int
    assigned_at: datetime


@dataclass(frozen=True, slots=True)
class Consultation:
    """Somebody Consulted has answered."""

    answered_by: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Responsibilities:
    """Everything said about who answers for one kind of decision in a project.

    Before the first assignment the project's own ``accountable`` decides alone, as in a project
    that never assigns anybody.
    """

    assignments: tuple[Assignment, ...] = ()
    accountable: str | None = None

    def holders(self, role: Role, when: datetime | None = None) -> list[Assignment]:
        """Who held a role then (``None``: after all that is known), by name."""
        latest: dict[str, Assignment] = {}
        for one in sorted(self.assignments, key=lambda one: (one.revision, one.revoked)):
            if one.role == role and (when is None or one.assigned_at <= when):
                latest[one.person] = one
        return [latest[person] for person in sorted(latest) if not latest[person].revoked]

    def told_at(self, addresses: Mapping[str, str]) -> dict[str, str]:
        """The Informed who gave an address, and that address."""
        informed = (one.person for one in self.holders("informed"))
        return {person: addresses[person] for person in informed if person in addresses}

    def disorder(self, when: datetime | None = None) -> Block | None:
        """What is wrong with the Accountable themselves; ``None`` when there is the one."""
        if not self._assigned(when):
            return None
        found = self.holders("accountable", when)
        if not found:
            return Block("no_accountable", "Nobody is Accountable for it. Assign one person.")
        names = ", ".join(one.person for one in found)
        if len(found) > 1:
            return Block(
                "several_accountable",
                f"{names} are all Accountable for it. Revoke all but one.",
            )
        if not found[0].internal:
            return Block(
                "external_accountable",
                f"{names}, who is Accountable for it, is not of this organisation. "
                "Assign somebody who is.",
            )
        return None

    def decides(self, person: str, when: datetime | None) -> bool:
        """Whether this person is the one Accountable then."""
        if not self._assigned(when):
            return self.accountable is not None and person == self.accountable
        found = self.holders("accountable", when)
        return [one.person for one in found] == [person] and self.disorder(when) is None

    def _assigned(self, when: datetime | None) -> bool:
        return any(when is None or one.assigned_at <= when for one in self.assignments)


def settle(
    decisions: Iterable[tuple[Decision, Role | None]],
    responsibilities: Responsibilities,
    consultations: Sequence[Consultation],
    author: str | None,
) -> tuple[tuple[Decision, ...], Block | None]:
    """The decisions that may be acted upon, and what keeps back the others.

    A yes counts from the first moment, at or after it was said, at which everything was in order;
    what changes later takes nothing back. So the result depends on what is known only, whatever
    the order in which it came. Decisions made by others, or not as Accountable, are no decisions;
    the policy's own (without a role) needed nobody.
    """
    countable: list[Decision] = []
    block: Block | None = None
    moments = sorted(
        {one.assigned_at for one in responsibilities.assignments}
        | {one.answered_at for one in consultations}
    )
    for decision, role in sorted(decisions, key=lambda one: one[0].order):
        if role is None:
            countable.append(decision)
        if role != "accountable":
            continue
        found: Block | None = None
        for when in _moments(decision, moments):
            found = _obstacle(decision, responsibilities, consultations, author, when)
            if found is None and responsibilities.decides(decision.made_by, when):
                countable.append(decision)
                block = None
                break
        else:
            block = found or block
    if countable and countable[-1].approved:
        return tuple(countable), None
    return tuple(countable), block or responsibilities.disorder()


def in_order_once(responsibilities: Responsibilities) -> bool:
    """Whether there was, at some moment, the one Accountable in whose name a budget decides."""
    moments = {one.assigned_at for one in responsibilities.assignments}
    return not moments or any(responsibilities.disorder(when) is None for when in moments)


def _moments(decision: Decision, known: Sequence[datetime]) -> list[datetime | None]:
    if decision.made_at is None:
        return [None]
    return [decision.made_at, *(when for when in known if when > decision.made_at)]


def _obstacle(
    decision: Decision,
    responsibilities: Responsibilities,
    consultations: Sequence[Consultation],
    author: str | None,
    when: datetime | None,
) -> Block | None:
    disorder = responsibilities.disorder(when)
    if disorder is not None:
        return Block(disorder.reason, disorder.detail, decision.decision_id)
    if not decision.approved or not responsibilities.decides(decision.made_by, when):
        return None
    if decision.made_by == author:
        return Block(
            "approver_is_author",
            f"{author} asked for it or does it, and may not be the one to approve it.",
            decision.decision_id,
        )
    heard = {one.answered_by for one in consultations if when is None or one.answered_at <= when}
    silent = [
        one.person for one in responsibilities.holders("consulted", when) if one.person not in heard
    ]
    if silent:
        return Block(
            "consultation_open",
            f"{', '.join(silent)} are to be consulted and have not answered yet.",
            decision.decision_id,
        )
    return None
