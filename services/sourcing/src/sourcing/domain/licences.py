"""Which licences data may come in under."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

from license_expression import (
    AND,
    OR,
    ExpressionError,
    ExpressionParseError,
    LicenseSymbol,
    LicenseWithExceptionSymbol,
    Licensing,
    get_spdx_licensing,
)

from sourcing.domain.policy import Policy

MAXIMUM_LENGTH = 1000
"""Characters of an expression that are still parsed; the longest real ones have some 200."""

Leave = Literal["allowed", "needs_approval", "forbidden"]

_STRICTNESS: tuple[Leave, ...] = ("allowed", "needs_approval", "forbidden")
_REFERENCE = re.compile(r"(DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Licence:
    """A judged licence: ``expression`` is normalised, ``problem`` says why it is not allowed."""

    expression: str | None
    leave: Leave
    problem: str | None = None


@lru_cache(maxsize=1)
def _licensing() -> Licensing:
    return get_spdx_licensing()


def judge_licence(expression: str | None, policy: Policy) -> Licence:
    """Hold an SPDX expression against the policy; what is unknown or unreadable is forbidden.

    ``A AND B`` is as strict as the stricter, ``A OR B`` as the milder, and an exception
    (``A WITH E``) only ever adds permissions to ``A``.
    """
    if expression is None or not expression.strip():
        return Licence(None, "forbidden", "the licence is unknown")
    if len(expression) > MAXIMUM_LENGTH:
        return Licence(None, "forbidden", f"the licence has more than {MAXIMUM_LENGTH} characters")
    try:
        parsed = _licensing().parse(expression)
        unknown = [
            key
            for key in _licensing().unknown_license_keys(parsed)
            if not _REFERENCE.fullmatch(key)
        ]
    except (ExpressionError, ExpressionParseError, RecursionError) as error:
        return Licence(None, "forbidden", f"the licence is no SPDX expression: {error}")
    if unknown:
        problem = f"the licence is no SPDX expression: unknown {', '.join(unknown)}"
        return Licence(None, "forbidden", problem)
    leave = _leave_of(parsed, policy)
    problems: dict[Leave, str | None] = {
        "allowed": None,
        "needs_approval": "the licence needs approval",
        "forbidden": "the licence is forbidden by the policy",
    }
    return Licence(str(parsed), leave, problems[leave])


def _leave_of(expression: object, policy: Policy) -> Leave:
    if isinstance(expression, AND):
        return max((_leave_of(part, policy) for part in expression.args), key=_STRICTNESS.index)
    if isinstance(expression, OR):
        return min((_leave_of(part, policy) for part in expression.args), key=_STRICTNESS.index)
    if isinstance(expression, LicenseWithExceptionSymbol):
        return _leave_of_symbol(expression.license_symbol.key, policy)
    if isinstance(expression, LicenseSymbol):
        return _leave_of_symbol(expression.key, policy)
    return "forbidden"


def _leave_of_symbol(key: str, policy: Policy) -> Leave:
    lists: tuple[tuple[Leave, tuple[str, ...]], ...] = (
        ("forbidden", policy.forbidden),
        ("needs_approval", policy.needs_approval),
        ("allowed", policy.allowed),
    )
    for leave, patterns in lists:
        if any(fnmatchcase(key, pattern) for pattern in patterns):
            return leave
    return "needs_approval"
