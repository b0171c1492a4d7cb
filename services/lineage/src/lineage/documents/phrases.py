"""Evidence in words; every phrase is ``None`` where there is no evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lineage.documents.evidence import Evidence, Release, Share, Source

MANY = 12
"""Things that one phrase lists before it counts the rest."""


def listed(parts: Iterable[str]) -> str | None:
    """``a; b; c``, shortened; ``None`` for nothing."""
    said = [part for part in parts if part]
    if len(said) > MANY:
        said = [*said[:MANY], f"and {len(said) - MANY} more"]
    return "; ".join(said) or None


def shares(counted: Sequence[Share]) -> str | None:
    """``en: 60; es: 40``."""
    return listed(f"{share.value}: {share.items}" for share in counted)


def source(one: Source) -> str:
    """A source with what was registered of it."""
    said = [one.says("name"), one.says("source_kind"), one.says("origin"), one.says("method")]
    told = ", ".join(str(part) for part in said if part) or "not registered"
    return f"{one.source_id} ({told}): {one.items} rows" + (", suspended" if one.suspended else "")


def sources_saying(evidence: Evidence, aspect: str) -> str | None:
    """What sources say of one aspect; ``None`` unless every row has a source that says it."""
    if evidence.unsourced or not all(one.says(aspect) for one in evidence.sources):
        return None
    return listed(f"{one.source_id}: {_plain(one.says(aspect))}" for one in evidence.sources)


def period(evidence: Evidence) -> str | None:
    """The days on which data were collected; ``None`` unless every source says both ends."""
    starts = [one.says("collected_from") for one in evidence.sources]
    ends = [one.says("collected_until") for one in evidence.sources]
    if evidence.unsourced or not starts or not all((*starts, *ends)):
        return None
    return f"{min(starts)} to {max(ends)}"


def licences(evidence: Evidence) -> str | None:
    """The licences; ``None`` unless every row has one."""
    return None if evidence.unlicensed else shares(evidence.licences)


def guidelines(evidence: Evidence) -> str | None:
    """The guidelines and who signed them; ``None`` unless all are published."""
    if not all(one.signed_off_by for one in evidence.guidelines):
        return None
    return listed(
        f"{one.guideline_id}, signed off by {one.signed_off_by}"
        + ("" if one.calibration_alpha is None else f", calibration α {one.calibration_alpha:.3f}")
        for one in evidence.guidelines
    )


def agreement(release: Release) -> str | None:
    """A batch's agreement with its interval."""
    found = release.agreement
    if found is None or found["value"] is None:
        return None
    interval = (
        ""
        if found["lower"] is None or found["upper"] is None
        else f" [{found['lower']:.3f}, {found['upper']:.3f}]"
    )
    return f"{found['coefficient']} {found['value']:.3f}{interval}"


def agreements(evidence: Evidence) -> str | None:
    """The agreement of every batch; ``None`` while rows are in no measured batch."""
    said = [(release.release_id, agreement(release)) for release in evidence.releases]
    if evidence.unreleased or not all(found for _, found in said):
        return None
    return listed(f"{name}: {found}" for name, found in said)


def checks(evidence: Evidence, *words: str) -> str | None:
    """The gate's checks whose name has one of these words (all, without words)."""
    return listed(
        f"{release.release_id}: {check['name']} {check['verdict']}"
        for release in evidence.releases
        for check in release.checks
        if not words or any(word in check["name"] for word in words)
    )


def remediations(evidence: Evidence) -> str | None:
    """What the version answers, and whether a later evaluation showed that it helped."""
    return listed(
        f"{one.remediation_id}: {(one.requested or {}).get('reason') or 'reason not known'} "
        f"({one.outcome or 'not evaluated yet'})"
        for one in evidence.remediations
    )


def _plain(said: object) -> str:
    return ", ".join(map(str, said)) if isinstance(said, list) else str(said)
