"""Whether items of a source may come in: its provenance, its licence, and who decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aidataops.events.sourcing import Gate, Provenance, SourceKind
from sourcing.domain.licences import judge_licence
from sourcing.domain.policy import Policy

Decision = Literal["approved", "refused", "suspended"]


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """Where a source stands; ``gate`` and ``reason`` are there unless it is registered.

    ``approvable`` says whether a decision can let it in.
    """

    status: Literal["registered", "held", "suspended"]
    licence: str | None
    gate: Gate | None = None
    reason: str | None = None
    approvable: bool = False


def judge_source(
    kind: SourceKind,
    provenance: Provenance,
    policy: Policy,
    decision: Decision | None = None,
    decided_because: str = "",
) -> SourceStanding:
    """A source under the policy and the latest decision of its Accountable, if there is one.

    A decision lets in what needs approval; what the policy forbids, and what is missing, it does
    not: those need another policy, or the source submitted again under a new id.
    """
    licence = judge_licence(provenance.licence, policy)
    because = f": {decided_because}" if decided_because else ""
    if decision == "suspended":
        reason = f"the source is suspended{because}"
        return SourceStanding("suspended", licence.expression, "source_suspended", reason, True)
    problems: list[tuple[Gate, str, bool]] = []
    if licence.problem is not None:
        problems.append(("licence", licence.problem, licence.leave == "needs_approval"))
    problems += [("provenance", *found) for found in _doubts(kind, provenance, policy)]
    problems.sort(key=lambda problem: problem[2])  # what no decision can mend comes first
    if decision == "refused":
        gate = problems[0][0] if problems else "provenance"
        return SourceStanding(
            "held", licence.expression, gate, f"the source is refused{because}", True
        )
    if not problems or (decision == "approved" and problems[0][2]):
        return SourceStanding("registered", licence.expression)
    return SourceStanding("held", licence.expression, *problems[0])


def _doubts(kind: SourceKind, provenance: Provenance, policy: Policy) -> list[tuple[str, bool]]:
    """What the provenance leaves open, and whether a decision can settle it."""
    found: list[tuple[str, bool]] = []
    missing = [name for name in policy.required.get(kind, ()) if not getattr(provenance, name)]
    if missing:
        found.append((f"a source of kind {kind} has to say: {', '.join(missing)}", False))
    first, last = provenance.collected_from, provenance.collected_until
    if first is not None and last is not None and first > last:
        found.append(("collected_from is later than collected_until", False))
    personal = provenance.sensitivity in ("personal", "special_category")
    if personal and not provenance.consent:
        found.append((f"{provenance.sensitivity} data without consent needs approval", True))
    elif provenance.sensitivity in ("special_category", "confidential"):
        found.append((f"{provenance.sensitivity} data needs approval", True))
    uses = {use.casefold() for use in provenance.permitted_uses}
    if uses and policy.uses and not uses & {use.casefold() for use in policy.uses}:
        named = ", ".join(provenance.permitted_uses)
        found.append((f"the permitted uses ({named}) name none of ours", True))
    return found
