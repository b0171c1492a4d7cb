"""Who may publish what, from what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lineage.domain.decisions import (
    BatchVerdict,
    HeldVersion,
    Known,
    ProjectStandard,
    PublishRequest,
    judge,
)

REQUEST = PublishRequest(
    "d-1", "support", "support", 1, ("b-1", "b-2"), "lead", "accountable",
    datetime(2026, 1, 2, tzinfo=UTC),
)  # fmt: skip
RELEASED = BatchVerdict("support", released=True)
KNOWN = Known(
    projects={"support": ProjectStandard("support", "lead")},
    batches={"b-1": RELEASED, "b-2": RELEASED},
    versions={"support@1": HeldVersion(sealed=True, batch_ids=(), decided=False)},
)


def test_request_with_everything_there_is_ready() -> None:
    assert judge(REQUEST, KNOWN).state == "ready"


@pytest.mark.parametrize(
    ("request_", "known"),
    [
        pytest.param(replace(REQUEST, role="responsible"), KNOWN, id="not as accountable"),
        pytest.param(replace(REQUEST, made_by="vendor"), KNOWN, id="somebody else"),
        pytest.param(replace(REQUEST, dataset="other"), KNOWN, id="another dataset"),
        pytest.param(
            REQUEST,
            replace(KNOWN, batches={**KNOWN.batches, "b-2": BatchVerdict("legal", released=True)}),
            id="another project's batch",
        ),
        pytest.param(
            REQUEST,
            replace(
                KNOWN,
                versions={
                    **KNOWN.versions,
                    "support@2": HeldVersion(sealed=True, batch_ids=("b-1",), decided=True),
                },
            ),
            id="version exists",
        ),
        pytest.param(
            REQUEST,
            replace(
                KNOWN,
                versions={
                    **KNOWN.versions,
                    "support@2": HeldVersion(sealed=False, batch_ids=(), decided=False),
                },
            ),
            id="version is being registered",
        ),
    ],
)
def test_request_that_cannot_be_is_refused_with_a_reason(
    request_: PublishRequest, known: Known
) -> None:
    outcome = judge(request_, known)
    assert (outcome.state, bool(outcome.reason)) == ("refused", True)


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(replace(KNOWN, projects={}), id="project"),
        pytest.param(replace(KNOWN, versions={}), id="parent"),
        pytest.param(
            replace(KNOWN, versions={"support@1": HeldVersion(False, (), False)}), id="chunks"
        ),
        pytest.param(replace(KNOWN, batches={"b-1": RELEASED}), id="batch"),
        pytest.param(
            replace(KNOWN, batches={"b-1": RELEASED, "b-2": BatchVerdict("support", False)}),
            id="blocked batch",
        ),
    ],
)
def test_request_waits_for_what_is_not_there_yet(known: Known) -> None:
    assert judge(REQUEST, known).state == "waiting"


def test_of_two_requests_for_one_version_the_first_made_counts() -> None:
    other = replace(REQUEST, decision_id="d-2", batch_ids=("b-1",))
    assert judge(other, KNOWN, REQUEST).state == "refused"
    same = replace(REQUEST, decision_id="d-3", batch_ids=("b-2", "b-1"))
    assert judge(same, KNOWN, REQUEST).state == "repeated"
