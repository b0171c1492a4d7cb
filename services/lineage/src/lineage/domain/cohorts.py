"""What a cohort's name says."""

from __future__ import annotations

from typing import NamedTuple


class Cohort(NamedTuple):
    """``vendor/pool/guideline_version/batch``: who labelled, under which guideline, when."""

    vendor: str
    pool: str
    guideline_version: str
    batch: str


def parse(name: str) -> Cohort | None:
    """The parts of a cohort's name; ``None`` for one that was named elsewhere in another way.

    A batch's own name may hold slashes, the three parts before it cannot.
    """
    parts = name.split("/", 3)
    return Cohort(*parts) if len(parts) == 4 and all(parts) else None
