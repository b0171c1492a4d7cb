"""What may be wrong behind a version, and how to say it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class FlagCause(StrEnum):
    """Why a version is looked at again."""

    SOURCE_SUSPENDED = "source_suspended"
    ANNOTATOR_SUSPENDED = "annotator_suspended"
    GUIDELINE_SUPERSEDED = "guideline_superseded"
    LABELS_WITHDRAWN = "labels_withdrawn"
    ERASURE = "erasure"


class Suspicion(NamedTuple):
    """Something that turned out to be wrong; ``active`` is false once it no longer is."""

    cause: FlagCause
    about: str
    active: bool


_SENTENCES = {
    FlagCause.SOURCE_SUSPENDED: "{n} rows come from the source {about}, which is suspended",
    FlagCause.ANNOTATOR_SUSPENDED: "{n} rows were labelled by {about}, who is suspended",
    FlagCause.GUIDELINE_SUPERSEDED: "{n} rows were labelled under {about}, which is superseded",
    FlagCause.LABELS_WITHDRAWN: "{n} rows rest on labels that {about} took back",
    FlagCause.ERASURE: "{n} rows are to be erased for the subject {about}",
}


def sentence(suspicion: Suspicion, items: int) -> str:
    """The reason of a flag, for people; ``items`` is 0 when it is taken back."""
    text = _SENTENCES[suspicion.cause].format(n=items, about=suspicion.about)
    return text if items else f"no longer: {text.partition(' ')[2]}"


def superseded(versions: list[str]) -> dict[str, bool]:
    """Which guideline versions of one project are behind its newest major version.

    Minor versions clarify and leave labels standing; a major one changes what is right. A version
    that is no semantic version is never superseded: nobody knows what it is behind.
    """
    majors = {version: _major(version) for version in versions}
    newest = max((major for major in majors.values() if major is not None), default=None)
    return {
        version: major is not None and newest is not None and major < newest
        for version, major in majors.items()
    }


def _major(version: str) -> int | None:
    head = version.removeprefix("v").partition(".")[0]
    return int(head) if head.isdecimal() else None
