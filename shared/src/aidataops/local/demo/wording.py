"""Figures and names as the demo writes them."""

from __future__ import annotations

from collections.abc import Mapping

from aidataops.events.quality import Agreement


def slice_name(slices: Mapping[str, str]) -> str:
    """`returns × es`; the attributes in the order of their names."""
    return " × ".join(value for _, value in sorted(slices.items())) or "everything"


def probability(value: float) -> str:
    """A p- or q-value: three decimals, or its power of ten."""
    return f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"


def interval(lower: float | None, upper: float | None) -> str:
    """`[.73, .93]`, or that there is none."""
    if lower is None or upper is None:
        return "[no interval]"
    return f"[{coefficient(lower)}, {coefficient(upper)}]"


def coefficient(value: float) -> str:
    """Two decimals without the zero before the point."""
    text = f"{value:.2f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def alpha(agreement: Agreement) -> str:
    """Alpha with its interval, or the reason why there is none."""
    if agreement.value is None:
        return (agreement.reason or "unknown").replace("_", " ")
    return f"{coefficient(agreement.value)} {interval(agreement.lower, agreement.upper)}"


def percent(value: float) -> str:
    """A share of one."""
    return f"{value:.0%}"


def words(identifier: str) -> str:
    """`source_items` → `source items`."""
    return identifier.replace("_", " ")


def short(identifier: str) -> str:
    """The beginning of a hash or an id."""
    return identifier[:12]
