"""What can be asked about the rows of a version: the facets under whose values they lie."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from lineage.domain import cohorts

UNINDEXED = ("all", "stratum")
"""Facets without bitmaps of a part: the plan is one already, strata are only counted."""


def facets_of(
    project: str, slices: str, named: Sequence[str], release: str | None
) -> Iterator[tuple[str, str]]:
    """Facet and value for rows with these slices (a JSON object), cohorts and release."""
    yield "all", ""
    yield "stratum", f'{{"slices": {slices}, "cohorts": {json.dumps(named, ensure_ascii=False)}}}'
    if release is not None:
        yield "release", release
    for name, value in json.loads(slices).items():
        yield "slice", f"{name}={value}"
    for name in named:
        yield "cohort", name
        if cohort := cohorts.parse(name):
            yield "vendor", cohort.vendor
            yield "pool", cohort.pool
            yield "guideline", f"{project}/{cohort.guideline_version}"
            yield "batch", cohort.batch
