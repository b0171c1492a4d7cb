"""Waivers and standards as they stand: of all decisions on one thing the latest one counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from aidataops.events.governance import Decided, StandardChanged, WaiverGranted
from lineage.domain.ledger import Entry


def waivers(
    entries: Iterable[Entry], accountables: Mapping[str, str], now: datetime
) -> list[dict[str, Any]]:
    """The latest waiver for every batch and check; one that is over, or revoked, is not in force.

    ``accountables`` names the Accountable of each project: nobody else's decision counts for QA.
    """
    latest = _latest(entries, WaiverGranted, lambda each: (each.project, each.subject, each.check))
    return [
        {"project": each.project, "batch": each.subject, "check": each.check,
         "in_force": each.expires_at > now and _counts(each, each.project, accountables),
         "expires_at": each.expires_at, **_signed(each, each.project, accountables)}
        for each in latest
    ]  # fmt: skip


def standards(entries: Iterable[Entry], accountables: Mapping[str, str]) -> list[dict[str, Any]]:
    """The latest value of every standard of every project."""
    latest = _latest(entries, StandardChanged, lambda each: (each.subject, each.standard))
    return [
        {"project": each.subject, "standard": each.standard, "value": each.value,
         "in_force": _counts(each, each.subject, accountables),
         "business_target": each.business_target, **_signed(each, each.subject, accountables)}
        for each in latest
    ]  # fmt: skip


def _latest(entries: Iterable[Entry], kind: Any, about: Callable[[Any], Any]) -> list[Any]:
    decisions = [kind.model_validate_json(one.content) for one in entries
                 if one.source_type == kind.type]  # fmt: skip
    ordered = sorted(decisions, key=lambda each: (each.made_at, each.decision_id))
    held = {about(each): each for each in ordered}
    return [held[key] for key in sorted(held)]


def _counts(each: Decided, project: str, accountables: Mapping[str, str]) -> bool:
    return each.role == "accountable" and accountables.get(project) == each.made_by


def _signed(each: Decided, project: str, accountables: Mapping[str, str]) -> dict[str, Any]:
    return {
        "made_by": each.made_by, "accountable": accountables.get(project),
        "made_at": each.made_at, "reason": each.reason, "decision_id": each.decision_id,
    }  # fmt: skip
