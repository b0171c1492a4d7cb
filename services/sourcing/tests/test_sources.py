"""Whether a source may be used, by what is said of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from aidataops.events.sourcing import Provenance
from sourcing.domain.policy import default_policy, read_policy
from sourcing.domain.sources import SourceStanding, judge_source


def judge(**provenance: Any) -> SourceStanding:
    content = {"origin": "acme", "method": "export", "licence": "MIT"} | provenance
    return judge_source("crawl", Provenance(**content), default_policy())


def test_complete_source_is_registered() -> None:
    assert judge() == SourceStanding("registered", "MIT")


@pytest.mark.parametrize(
    ("provenance", "named", "approvable"),
    [
        ({"sensitivity": "personal"}, "consent", True),
        ({"sensitivity": "special_category", "consent": "doc 4"}, "special_category", True),
        ({"sensitivity": "confidential"}, "confidential", True),
        ({"permitted_uses": ("display",)}, "display", True),
        (
            {
                "collected_from": datetime(2026, 2, 1, tzinfo=UTC),
                "collected_until": datetime(2026, 1, 1, tzinfo=UTC),
            },
            "collected_from",
            False,
        ),
    ],
)
def test_doubtful_provenance_is_held_by_name(
    provenance: dict[str, Any], named: str, approvable: bool
) -> None:
    standing = judge(**provenance)
    assert (standing.status, standing.gate, standing.approvable) == (
        "held",
        "provenance",
        approvable,
    )
    assert named in (standing.reason or "")


def test_personal_data_with_consent_and_our_use_is_registered() -> None:
    standing = judge(sensitivity="personal", consent="doc 4", permitted_uses=("Training",))
    assert standing.status == "registered"


def test_policy_demands_fields_of_a_kind() -> None:
    policy = read_policy("{allowed: [MIT], required: {crawl: [collected_from, geography]}}")
    provenance = Provenance(origin="acme", method="crawl", licence="MIT", geography="EU")
    standing = judge_source("crawl", provenance, policy)
    assert standing.reason == "a source of kind crawl has to say: collected_from"
    assert judge_source("synthetic", provenance, policy).status == "registered"


def test_approval_settles_doubts_but_not_what_is_missing() -> None:
    doubtful = Provenance(origin="a", method="b", licence="CC-BY-SA-4.0", sensitivity="personal")
    assert judge_source("crawl", doubtful, default_policy(), "approved").status == "registered"
    unknown = doubtful.model_copy(update={"licence": None})
    standing = judge_source("crawl", unknown, default_policy(), "approved")
    assert (standing.status, standing.gate, standing.approvable) == ("held", "licence", False)


def test_refused_source_says_why() -> None:
    fine = Provenance(origin="a", method="b", licence="MIT")
    standing = judge_source("crawl", fine, default_policy(), "refused", "not ours")
    assert (standing.status, standing.reason) == ("held", "the source is refused: not ours")
