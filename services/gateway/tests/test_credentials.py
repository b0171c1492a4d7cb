"""The scopes of a key, without a gateway."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.credentials import Credential
from gateway.domain.problems import RefusedError

TYPE = "aidataops.annotation.label_submitted.v1"
DECISION: dict[str, Any] = {"made_by": "lead", "decision": {"project": "support"}}


def holder(*scopes: str, source: str = "/") -> Credential:
    return Credential("test", source, frozenset(scopes))


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("publish:*", True),
        ("publish:annotation.*", True),
        ("publish:annotation.label_submitted", True),
        ("publish:annotation", False),
        ("publish:annotation.label", False),
        ("publish:evaluation.*", False),
        ("project:*", False),
        ("*", False),
    ],
)
def test_type_needs_a_scope(scope: str, allowed: bool) -> None:
    assert is_allowed(lambda: holder(scope).check_type(TYPE, "$.type")) is allowed


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("/", True),
        ("/vendors", True),
        ("/vendors/", True),
        ("/vendors/acme", True),
        ("/vendors/ac", False),
        ("/vendors/acme/pool", False),
        ("/harnesses", False),
    ],
)
def test_event_comes_from_the_source_of_the_key_or_beneath(source: str, allowed: bool) -> None:
    key = holder(source=source)
    assert is_allowed(lambda: key.check_source("/vendors/acme", "$.source")) is allowed


@pytest.mark.parametrize(
    ("scopes", "content", "path"),
    [
        (("person:lead", "project:support"), DECISION, None),
        (("person:*", "project:*"), DECISION, None),
        (("person:lead", "project:other"), DECISION, "$.data.decision.project"),
        (("project:support",), DECISION, "$.data.made_by"),
        (("person:lead",), DECISION, "$.data.decision.project"),
        (("person:lead",), {"signed_off_by": "expert"}, "$.data.signed_off_by"),
        (("person:lead",), {"flagged_by": "expert"}, "$.data.flagged_by"),
        (("vendor:acme",), {"vendor": "bright"}, "$.data.vendor"),
        ((), {"project": "support"}, "$.data.project"),
        ((), {"subject": "anything"}, None),
    ],
)
def test_payload_speaks_only_for_whom_the_key_may(
    scopes: tuple[str, ...], content: dict[str, Any], path: str | None
) -> None:
    key = holder(*scopes)
    if path is None:
        key.check_content(content, "$.data")
        return
    with pytest.raises(RefusedError) as refused:
        key.check_content(content, "$.data")
    assert refused.value.problem.kind == "forbidden"
    assert refused.value.problem.errors[0].path == path


def is_allowed(check: Any) -> bool:
    try:
        check()
    except RefusedError:
        return False
    return True
