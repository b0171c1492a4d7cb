"""Which licences let data in."""

import pytest

from sourcing.domain.licences import judge_licence


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
    licence = judge_licence(expression)
    assert (licence.expression, licence.problem) == (normalised, None)


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        (None, "unknown"),
        ("  ", "unknown"),
        ("CC-BY-NC-4.0", "not on the allow list"),
        ("MIT AND CC-BY-NC-4.0", "not on the allow list"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "not on the allow list"),
        ("LicenseRef-internal", "no SPDX expression"),
        ("NOASSERTION", "no SPDX expression"),
        ("MIT AND", "no SPDX expression"),
        ("MIT)", "no SPDX expression"),
        ("(" * 900, "no SPDX expression"),
        ("MIT OR " * 200 + "MIT", "characters"),
        ("ελεύθερο", "no SPDX expression"),
    ],
)
def test_other_licence_is_refused_with_the_reason(expression: str | None, problem: str) -> None:
    licence = judge_licence(expression)
    assert licence.expression is None
    assert problem in (licence.problem or "")
