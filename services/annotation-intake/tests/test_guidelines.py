"""Which guideline versions are in force."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from annotation_intake.domain.guidelines import (
    Calibration,
    Publication,
    judge_publications,
    parse_version,
    successions,
)

START = datetime(2026, 3, 1, tzinfo=UTC)


def published(version: str, hours: float = 0, **more: Any) -> Publication:
    facts: dict[str, Any] = {
        "digest": f"{version}/{hours}",
        "signed_off_by": "expert",
        "signed_off_as": "consulted",
        "calibration_alpha": 0.8,
        "calibration_batch_id": None,
        "reannotate": True,
    }
    return Publication(version, published_at=START + timedelta(hours=hours), **facts | more)


def refused(*publications: Publication, **more: Any) -> dict[str, str]:
    """Version → the field that it is refused for."""
    facts: dict[str, Any] = {"floor": 0.667, "lower_bounds": {}, "consulted": (), "authors": {}}
    verdicts = judge_publications(publications, Calibration(**facts | more))
    named = {one.digest: one.guideline_version for one in publications}
    return {named[digest]: refusal.field for digest, refusal in verdicts.items() if refusal}


FIRST = published("1.0.0", signed_off_as=None, calibration_alpha=None)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, None),
        ({"signed_off_as": None}, "signed_off_as"),
        ({"signed_off_as": "accountable"}, "signed_off_as"),
        ({"calibration_alpha": None}, "calibration_alpha"),
        ({"calibration_alpha": 0.66}, "calibration_alpha"),
        ({"calibration_alpha": None, "calibration_batch_id": "good"}, None),
        ({"calibration_batch_id": "bad"}, "calibration_batch_id"),
        ({"calibration_batch_id": "undefined"}, "calibration_batch_id"),
        ({"calibration_batch_id": "unknown"}, "calibration_batch_id"),
    ],
)
def test_major_version_needs_an_expert_and_a_calibration(
    more: dict[str, Any], field: str | None
) -> None:
    bounds = {"good": 0.7, "bad": 0.6, "undefined": None}
    found = refused(FIRST, published("2.0.0", 1, **more), lower_bounds=bounds)
    assert found.get("2.0.0") == field


def test_first_and_minor_versions_need_a_signature_alone() -> None:
    bare = {"signed_off_as": None, "calibration_alpha": None}
    assert refused(FIRST, published("1.1.0", 1, **bare), published("1.1.1", 2, **bare)) == {}


def test_only_versions_in_force_make_a_version_major() -> None:
    """3.1.0 is major beside 1.0.0, because 3.0.0 is not in force."""
    bare = {"signed_off_as": None}
    found = refused(FIRST, published("3.0.0", 1, **bare), published("3.1.0", 2, **bare))
    assert set(found) == {"3.0.0", "3.1.0"}
    found = refused(FIRST, published("3.0.0", 1), published("3.1.0", 2, **bare))
    assert found == {}


def test_verdict_does_not_depend_on_which_was_published_first() -> None:
    late = published("1.0.0", 5)
    assert set(refused(published("2.0.0", 1, signed_off_as=None), late)) == {"2.0.0"}


def test_nobody_signs_what_they_wrote() -> None:
    assert refused(published("1.0.0"), authors={"1.0.0": {"expert"}}) == {"1.0.0": "signed_off_by"}


def test_named_experts_are_the_only_ones() -> None:
    assert refused(FIRST, published("2.0.0"), consulted={"other"}) == {"2.0.0": "signed_off_by"}
    assert refused(FIRST, published("2.0.0"), consulted={"expert"}) == {}


def test_floor_is_the_standard() -> None:
    assert refused(FIRST, published("2.0.0"), floor=0.81) == {"2.0.0": "calibration_alpha"}


@pytest.mark.parametrize("name", ["1.0", "v1.0.0", "01.0.0", "1.0.0-draft", "9" * 12 + ".0.0"])
def test_other_names_are_no_versions_and_need_nothing_more(name: str) -> None:
    assert parse_version(name) is None
    assert refused(published("1.0.0"), published(name, 1, signed_off_as=None)) == {}


def test_lower_majors_are_superseded_by_the_first_version_of_the_highest() -> None:
    found = successions(
        [published("1.0.0"), published("1.2.0"), published("2.0.0", 2), published("2.1.0", 3)]
    )
    assert {name: one.superseded_by for name, one in found.items()} == {
        "1.0.0": "2.0.0",
        "1.2.0": "2.0.0",
    }
    assert found["1.0.0"].since == START + timedelta(hours=2)
    assert successions([]) == {}
