"""Which licences let data in."""

import pytest

from aidataops.errors import InvalidError
from sourcing.domain.licences import judge_licence
from sourcing.domain.policy import default_policy, read_policy


@pytest.mark.parametrize(
    ("expression", "normalised"),
    [
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("mit", "MIT"),
        ("CC0-1.0 OR GPL-3.0-only", "CC0-1.0 OR GPL-3.0-only"),
        ("MIT AND (apache-2.0 OR GPL-2.0-only)", "MIT AND (Apache-2.0 OR GPL-2.0-only)"),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
    ],
)
def test_allowed_licence_is_normalised(expression: str, normalised: str) -> None:
    licence = judge_licence(expression, default_policy())
    assert (licence.expression, licence.leave, licence.problem) == (normalised, "allowed", None)


@pytest.mark.parametrize(
    "expression",
    [
        "CC-BY-SA-4.0",
        "MIT AND CC-BY-SA-4.0",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "LicenseRef-internal",
        "MIT AND LicenseRef-internal",
        "Zlib",
        "CC-BY-NC-4.0 OR CC-BY-SA-4.0",
    ],
)
def test_licence_that_needs_approval_says_so(expression: str) -> None:
    licence = judge_licence(expression, default_policy())
    assert (licence.leave, licence.problem) == ("needs_approval", "the licence needs approval")
    assert licence.expression == expression


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        (None, "unknown"),
        ("  ", "unknown"),
        ("CC-BY-NC-4.0", "forbidden"),
        ("MIT AND CC-BY-NC-4.0", "forbidden"),
        ("CC-BY-NC-ND-3.0 WITH LLVM-exception", "forbidden"),
        ("NOASSERTION", "no SPDX expression"),
        ("LicenseRef-", "no SPDX expression"),
        ("MIT AND", "no SPDX expression"),
        ("MIT)", "no SPDX expression"),
        ("(" * 900, "no SPDX expression"),
        ("MIT OR " * 200 + "MIT", "characters"),
        ("ελεύθερο", "no SPDX expression"),
    ],
)
def test_forbidden_licence_is_refused_with_the_reason(expression: str | None, problem: str) -> None:
    licence = judge_licence(expression, default_policy())
    assert licence.leave == "forbidden"
    assert problem in (licence.problem or "")


def test_policy_is_data() -> None:
    policy = read_policy("allowed: [CC-BY-NC-4.0]\nforbidden: [MIT]")
    assert judge_licence("CC-BY-NC-4.0", policy).leave == "allowed"
    assert judge_licence("MIT", policy).leave == "forbidden"
    assert judge_licence("ISC", policy).leave == "needs_approval"


def test_strictest_list_counts() -> None:
    policy = read_policy("allowed: ['*']\nforbidden: [CC-BY-NC-*]\nneeds_approval: [CC-*]")
    assert judge_licence("CC-BY-NC-4.0", policy).leave == "forbidden"
    assert judge_licence("CC0-1.0", policy).leave == "allowed"
    assert judge_licence("CC-BY-4.0", policy).leave == "needs_approval"


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("allowed: [", "no YAML"),
        ("allow: [MIT]", "document.allow"),
        ("[]", "document"),
        ("allowed: MIT", "document.allowed"),
        ("{allowed: [MIT], required: {crawl: [colour]}}", "colour"),
        ("{allowed: [MIT], required: {crawler: [origin]}}", "document.required.crawler"),
    ],
)
def test_bad_policy_is_refused_by_the_name_of_its_field(document: str, problem: str) -> None:
    with pytest.raises(InvalidError, match=problem):
        read_policy(document)
