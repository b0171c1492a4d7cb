"""Which licences data may come in under."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

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

ALLOWED = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC-BY-3.0",
        "CC-BY-4.0",
        "CC0-1.0",
        "CDLA-Permissive-1.0",
        "CDLA-Permissive-2.0",
        "ISC",
        "MIT",
        "ODC-By-1.0",
        "PDDL-1.0",
        "Unlicense",
    }
)
"""SPDX licences that let data be used for training and passed on, with attribution at most."""

MAXIMUM_LENGTH = 1000
"""Characters of an expression that are still parsed; the longest real ones have some 200."""


@dataclass(frozen=True, slots=True)
class Licence:
    """A judged licence: ``expression`` is normalised, ``problem`` says why it is not allowed."""

    expression: str | None
    problem: str | None


@lru_cache(maxsize=1)
def _licensing() -> Licensing:
    return get_spdx_licensing()


def judge_licence(expression: str | None) -> Licence:
    """Hold an SPDX expression against the allow list; what is unknown is not allowed.

    ``A AND B`` needs both allowed, ``A OR B`` one, and an exception (``A WITH E``) only ever adds
    permissions to ``A``.
    """
    if expression is None or not expression.strip():
        return Licence(None, "the licence is unknown")
    if len(expression) > MAXIMUM_LENGTH:
        return Licence(None, f"the licence has more than {MAXIMUM_LENGTH} characters")
    try:
        parsed = _licensing().parse(expression, validate=True)
    except (ExpressionError, ExpressionParseError, RecursionError) as error:
        return Licence(None, f"the licence is no SPDX expression: {error}")
    if not _is_allowed(parsed):
        allowed = ", ".join(sorted(ALLOWED))
        return Licence(None, f"the licence is not on the allow list ({allowed})")
    return Licence(str(parsed), None)


def _is_allowed(expression: object) -> bool:
    if isinstance(expression, AND):
        return all(_is_allowed(part) for part in expression.args)
    if isinstance(expression, OR):
        return any(_is_allowed(part) for part in expression.args)
    if isinstance(expression, LicenseWithExceptionSymbol):
        return expression.license_symbol.key in ALLOWED
    return isinstance(expression, LicenseSymbol) and expression.key in ALLOWED
