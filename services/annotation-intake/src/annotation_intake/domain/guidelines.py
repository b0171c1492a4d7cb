"""Which guideline versions are in force, and which labels that makes stale."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

_SEMANTIC = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})")

Version = tuple[int, int, int]
"""Major, minor, patch."""


def parse_version(text: str) -> Version | None:
    """A semantic version; ``None`` for any other name, which is older and newer than nothing."""
    match = _SEMANTIC.fullmatch(text)
    return None if match is None else (int(match[1]), int(match[2]), int(match[3]))


@dataclass(frozen=True, slots=True)
class Publication:
    """Somebody put a guideline version in force, or tried to."""

    guideline_version: str
    digest: str
    signed_off_by: str
    signed_off_as: str | None
    calibration_alpha: float | None
    calibration_batch_id: str | None
    reannotate: bool
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Calibration:
    """What publications are held against.

    ``lower_bounds`` are QA's, by batch; ``consulted`` the experts of the project, where it has
    named any; ``authors`` by version.
    """

    floor: float
    lower_bounds: Mapping[str, float | None]
    consulted: Collection[str]
    authors: Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a version is not in force, and what would put it there."""

    field: str
    value: str
    valid: str
    reason: str


def judge_publications(
    publications: Sequence[Publication], calibration: Calibration
) -> dict[str, Refusal | None]:
    """Digest → why that publication is refused, ``None`` for those in force.

    A version is major when one with a lower first number is in force. Only then sign-off in the
    role Consulted and a calibration are demanded; nobody ever signs off what they wrote.
    """
    verdicts: dict[str, Refusal | None] = {}
    lowest: int | None = None
    for one in sorted(publications, key=_seniority):
        version = _version_of(one)
        refusal = _check_author(one, calibration)
        if refusal is None and version and lowest is not None and version[0] > lowest:
            refusal = _check_sign_off(one, calibration) or _check_calibration(one, calibration)
        verdicts[one.digest] = refusal
        if refusal is None and version:
            lowest = version[0] if lowest is None else max(lowest, version[0])
    return verdicts


@dataclass(frozen=True, slots=True)
class Succession:
    """A version took the place of others, and whether what they had labelled is labelled again."""

    superseded_by: str
    since: datetime
    reannotate: bool


def successions(in_force: Sequence[Publication]) -> dict[str, Succession]:
    """Version → the first version of the highest major, for all versions of lower ones."""
    versions = {one: version for one in in_force if (version := _version_of(one))}
    if not versions:
        return {}
    highest = max(version[0] for version in versions.values())
    first = min(version for version in versions.values() if version[0] == highest)
    of_first = [one for one, version in versions.items() if version == first]
    succession = Succession(
        of_first[0].guideline_version,
        min(one.published_at for one in of_first),
        all(one.reannotate for one in of_first),
    )
    return {
        one.guideline_version: succession
        for one, version in versions.items()
        if version[0] < highest
    }


def _version_of(publication: Publication) -> Version | None:
    return parse_version(publication.guideline_version)


def _seniority(publication: Publication) -> tuple[Version, datetime, str]:
    return _version_of(publication) or (0, 0, 0), publication.published_at, publication.digest


def _check_author(one: Publication, calibration: Calibration) -> Refusal | None:
    if one.signed_off_by not in calibration.authors.get(one.guideline_version, ()):
        return None
    return Refusal(
        "signed_off_by",
        one.signed_off_by,
        "an expert who did not write this version",
        "nobody signs off what they have written themselves",
    )


def _check_sign_off(one: Publication, calibration: Calibration) -> Refusal | None:
    if one.signed_off_as != "consulted":
        return Refusal(
            "signed_off_as",
            str(one.signed_off_as),
            "consulted",
            "a major version needs the sign-off of a domain expert, in the role Consulted",
        )
    if calibration.consulted and one.signed_off_by not in calibration.consulted:
        return Refusal(
            "signed_off_by",
            one.signed_off_by,
            ", ".join(sorted(calibration.consulted)),
            "this person is not Consulted on the guidelines of the project",
        )
    return None


def _check_calibration(one: Publication, calibration: Calibration) -> Refusal | None:
    valid = f"a calibration round that reaches {calibration.floor:g}"
    if one.calibration_batch_id is None:
        if one.calibration_alpha is not None and one.calibration_alpha >= calibration.floor:
            return None
        return Refusal(
            "calibration_alpha",
            str(one.calibration_alpha),
            valid,
            "a major version needs a calibration round, and its agreement holds the floor",
        )
    lower = calibration.lower_bounds.get(one.calibration_batch_id)
    if lower is not None and lower >= calibration.floor:
        return None
    found = "no agreement was measured yet" if lower is None else f"its lower bound is {lower:.3f}"
    return Refusal(
        "calibration_batch_id",
        one.calibration_batch_id,
        valid,
        f"the agreement of the calibration batch must hold the floor; {found}",
    )
