"""The gates in front of the pool: what each finds in an item, and what it is held back for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import get_args

from aidataops.events.sourcing import Gate, ReleasableGate
from sourcing.domain.content import canonical, hash_checksum, hash_text

MAXIMUM_CHARACTERS = 100_000
"""Of one item's text; fits into one record in any script."""

DAMAGE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd]")
"""What a wrong decoding leaves behind: controls that are no whitespace, and U+FFFD."""

RELEASABLE: frozenset[str] = frozenset(get_args(ReleasableGate))
"""Gates that a decision can open for one item."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an item is held back."""

    gate: Gate
    reason: str
    evidence: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """An item's content: a hash to compare by (where there is any), and what is wrong with it."""

    hash: str | None
    flaws: tuple[Hold, ...] = ()


def inspect_content(text: str | None, checksum: str | None) -> Content:
    """Gates that need nothing but the item: size and encoding of a text, form of a checksum."""
    if text is None:
        return _inspect_checksum(checksum or "")
    outsize = _measure(text)
    if outsize is not None:
        return Content(None, (outsize,))
    damage = _find_damage(text)
    return Content(hash_text(text), (damage,) if damage else ())


def _inspect_checksum(checksum: str) -> Content:
    digits = hash_checksum(checksum)
    if digits is not None:
        return Content(digits)
    return Content(
        None,
        (
            Hold(
                "encoding",
                "the checksum of a URI item has the form sha256:<64 hexadecimal digits>",
                {"checksum": checksum[:200]},
            ),
        ),
    )


def _measure(text: str) -> Hold | None:
    if not canonical(text):
        return Hold("size", "the text is empty", {"characters": str(len(text))})
    if len(text) > MAXIMUM_CHARACTERS:
        return Hold(
            "size",
            f"the text has more than {MAXIMUM_CHARACTERS} characters",
            {"characters": str(len(text)), "maximum": str(MAXIMUM_CHARACTERS)},
        )
    return None


def _find_damage(text: str) -> Hold | None:
    found = DAMAGE.search(text)
    if found is None:
        return None
    return Hold(
        "encoding",
        "the text holds a character that a wrong decoding leaves behind",
        {"character": f"U+{ord(found[0]):04X}", "position": str(found.start())},
    )
