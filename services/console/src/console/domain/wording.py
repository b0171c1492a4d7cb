"""Figures and names as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_STEPS = ((86400, "d"), (3600, "h"), (60, "min"))


def age(since: datetime, now: datetime) -> str:
    """``3 d``, ``2 h``, ``5 min`` or ``just now``."""
    return _length((now - since).total_seconds()) or "just now"


def due(at: datetime, now: datetime) -> str:
    """``in 3 d``, ``now`` or ``2 h late``."""
    seconds = (at - now).total_seconds()
    length = _length(abs(seconds))
    if length is None:
        return "now"
    return f"in {length}" if seconds > 0 else f"{length} late"


def _length(seconds: float) -> str | None:
    for length, unit in _STEPS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return None


def probability(value: float) -> str:
    """``0.031``, and ``2.4 × 10⁻⁵`` where decimals would hide it."""
    if value == 0 or value >= 0.001:
        return f"{value:.3f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def coefficient(value: float | None) -> str:
    """An agreement coefficient to three places; ``–`` for none."""
    return "–" if value is None else f"{value:.3f}".replace("-", "−")


def slices(values: Mapping[str, str]) -> str:
    """``returns × es``: the values in the order of their attributes."""
    return " × ".join(values[name] for name in sorted(values)) or "everything"


def words(name: str) -> str:
    """``source_items`` → ``source items``."""
    return name.replace("_", " ")


def position(value: float, *, low: float = 0.0, high: float = 1.0) -> float:
    """Where a value lies on a scale, in percent; what is off the scale lies at its end."""
    return round(100 * min(max((value - low) / (high - low), 0.0), 1.0), 1)
