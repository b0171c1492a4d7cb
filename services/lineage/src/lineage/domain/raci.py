"""Who answers for which kind of decision, and where that was not kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aidataops.events import PAYLOADS, Payload
from aidataops.events.governance import (
    AutomationDecided,
    ConsultationAnswered,
    DecisionRecorded,
    ItemReleaseDecided,
    ResponsibilityAssigned,
    SourceDecided,
    StandardChanged,
    WaiverGranted,
)
from aidataops.events.lineage import CapabilityAssigned, VersionRequested
from lineage.domain.ledger import Entry

EVERY_PROJECT = "*"
"""An assignment to this subject holds in every project that has none of its own."""

_KINDS: dict[type[Payload], str] = {
    VersionRequested: "publish_dataset",
    SourceDecided: "decide_source",
    ItemReleaseDecided: "release_item",
    WaiverGranted: "grant_waiver",
    StandardChanged: "change_standard",
    AutomationDecided: "decide_automation",
}


_DECIDED = (SourceDecided, ItemReleaseDecided, WaiverGranted, StandardChanged, AutomationDecided)


@dataclass(frozen=True, slots=True)
class Act:
    """A decision that somebody made. ``project`` is ``None`` where nothing says which."""

    decision_id: str
    kind: str
    project: str | None
    subject: str
    made_by: str
    role: str
    made_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was not kept: which, where, and in a sentence what to do."""

    rule: str
    project: str
    decision_kind: str
    sentence: str
    decision_id: str | None = None


@dataclass(frozen=True, slots=True)
class Governance:
    """What the ledger says in all: a function of the set of its entries.

    ``accountables`` are those that projects name in their definition, for every kind of decision
    that nobody was assigned.
    """

    assignments: tuple[ResponsibilityAssigned, ...]
    acts: tuple[Act, ...]
    answers: tuple[ConsultationAnswered, ...]
    capabilities: tuple[CapabilityAssigned, ...]
    accountables: Mapping[str, str]

    def holders(self, project: str, kind: str, role: str) -> list[ResponsibilityAssigned]:
        """Who holds a role; assignments of the project go before those of every project."""
        for subject in (project, EVERY_PROJECT):
            held = [
                each
                for each in self.assignments
                if (each.subject, each.decision_kind) == (subject, kind)
            ]
            if held:
                return [each for each in held if each.role == role]
        if role == "accountable" and project in self.accountables:
            return [_by_definition(project, kind, self.accountables[project])]
        return []


def governance(
    entries: Iterable[Entry], projects: Mapping[str, str], accountables: Mapping[str, str]
) -> Governance:
    """Read the ledger. ``projects`` says to which project a remediation belongs."""
    assignments: dict[tuple[str, ...], ResponsibilityAssigned] = {}
    capabilities: dict[tuple[str, str], CapabilityAssigned] = {}
    acts, answers = [], []
    for entry in entries:
        payload = PAYLOADS[entry.source_type].model_validate_json(entry.content)
        if isinstance(payload, ResponsibilityAssigned):
            key = (payload.subject, payload.decision_kind, payload.person, payload.role)
            assignments[key] = _newest(assignments.get(key), payload)
        elif isinstance(payload, CapabilityAssigned):
            place = (payload.project, payload.capability)
            capabilities[place] = _newest(capabilities.get(place), payload)
        elif isinstance(payload, ConsultationAnswered):
            answers.append(payload)
        elif (act := _act(payload, projects)) is not None:
            acts.append(act)
    return Governance(
        tuple(each for _, each in sorted(assignments.items()) if not each.revoked),
        tuple(sorted(acts, key=lambda act: (act.made_at, act.decision_id))),
        tuple(answers),
        tuple(each for _, each in sorted(capabilities.items())),
        accountables,
    )


def violations(held: Governance) -> list[Violation]:
    """Every rule that is not kept: one internal Accountable per kind of decision, who makes it,
    with those Consulted heard before.
    """
    places = {
        *((act.project, act.kind) for act in held.acts if act.project is not None),
        *((each.subject, each.decision_kind) for each in held.assignments),
    }
    found: list[Violation] = []
    for project, kind in sorted(places):
        found += _of_accountables(held, project, kind)
    for act in held.acts:
        found += _of_act(held, act)
    return found


def _of_accountables(held: Governance, project: str, kind: str) -> list[Violation]:
    people = held.holders(project, kind, "accountable")
    found = []
    if len(people) != 1:
        rule = "several_accountables" if people else "no_accountable"
        names = ", ".join(each.person for each in people) or "nobody"
        found.append(
            Violation(rule, project, kind, f"{names} is accountable: assign exactly one person")
        )
    for each in people:
        if not each.internal:
            sentence = (
                f"{each.person} is of {each.organisation or 'outside'}: an Accountable is internal"
            )
            found.append(Violation("external_accountable", project, kind, sentence))
    return found


def _of_act(held: Governance, act: Act) -> list[Violation]:
    if act.project is None:
        return []
    found = []
    people = [each.person for each in held.holders(act.project, act.kind, "accountable")]
    who = ", ".join(people) or "nobody"
    if act.role != "accountable" or (people and act.made_by not in people):
        found.append(
            Violation(
                "not_accountable", act.project, act.kind,
                f"{act.made_by} decided as {act.role}; accountable is {who}",
                act.decision_id,
            )
        )  # fmt: skip
    heard = {
        each.answered_by
        for each in held.answers
        if (each.subject, each.decision_kind) == (act.subject, act.kind)
        and each.answered_at <= act.made_at
    }
    silent = [
        each.person
        for each in held.holders(act.project, act.kind, "consulted")
        if each.person not in heard
    ]
    if silent:
        sentence = f"decided before {', '.join(silent)} had answered"
        found.append(
            Violation("consulted_unheard", act.project, act.kind, sentence, act.decision_id)
        )
    return found


def _act(payload: Payload, projects: Mapping[str, str]) -> Act | None:
    if isinstance(payload, DecisionRecorded):
        kind = payload.decision.kind
        project = getattr(payload.decision, "project", None) or projects.get(payload.subject)
        return Act(payload.decision_id, kind, project, payload.subject, payload.made_by,
                   payload.role, payload.made_at)  # fmt: skip
    if isinstance(payload, VersionRequested):
        return Act(payload.decision_id, _KINDS[VersionRequested], payload.project, payload.dataset,
                   payload.made_by, payload.role, payload.made_at)  # fmt: skip
    if not isinstance(payload, _DECIDED):
        return None
    project = getattr(payload, "project", payload.subject)
    return Act(
        payload.decision_id, _KINDS[type(payload)], project, payload.subject, payload.made_by,
        payload.role, payload.made_at, getattr(payload, "expires_at", None),
    )  # fmt: skip


def _by_definition(project: str, kind: str, person: str) -> ResponsibilityAssigned:
    return ResponsibilityAssigned(
        subject=project, decision_kind=kind, person=person, role="accountable", internal=True
    )


def _newest(known: Any, payload: Any) -> Any:
    """The higher revision; of two with the same, whichever is the larger text: an order that every
    order of arrival agrees on.
    """
    if known is None:
        return payload
    return max(known, payload, key=lambda each: (each.revision, each.model_dump_json()))


def standing(acts: Sequence[Act], now: datetime) -> list[dict[str, Any]]:
    """Waivers and automation levels with what is left of them."""
    return [
        {"decision_id": act.decision_id, "kind": act.kind, "project": act.project,
         "subject": act.subject, "made_by": act.made_by, "expires_at": act.expires_at,
         "expired": act.expires_at <= now}
        for act in acts
        if act.expires_at is not None
    ]  # fmt: skip


def matrix(held: Governance) -> list[dict[str, Any]]:
    """Who holds which role, by project and kind of decision."""
    rows: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for each in held.assignments:
        name = (
            each.person if each.internal else f"{each.person} ({each.organisation or 'external'})"
        )
        rows[each.subject, each.decision_kind][each.role].append(name)
    return [
        {
            "project": project,
            "decision_kind": kind,
            **{role: sorted(names) for role, names in roles.items()},
        }
        for (project, kind), roles in sorted(rows.items())
    ]  # fmt: skip
