"""What a reader of files noticed and no event can say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Notes:
    """``unmapped`` counts the tags of failures that no rule knows, as ``category=geo``.

    Such a failure became ``coverage_gap``; a rule (``--category``) says better.
    """

    unmapped: Counter[str] = field(default_factory=Counter)
