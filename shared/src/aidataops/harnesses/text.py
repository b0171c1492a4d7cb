"""Text of foreign files, made fit for an event."""

from __future__ import annotations

import hashlib
import json
from typing import Any

MAXIMUM_TEXT = 65_536
"""Characters of a prompt or an answer that an event carries; three of them stay below 1 MB."""

IDENTIFIER = 200
"""Characters that an identifier may have."""


def presentable(text: str) -> str:
    """Without NUL and lone surrogates, which neither JSON nor Postgres takes, and not too long."""
    cleaned = text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass")
    whole = cleaned.decode("utf-16", "replace")
    if len(whole) <= MAXIMUM_TEXT:
        return whole
    return f"{whole[:MAXIMUM_TEXT]}… [{len(whole) - MAXIMUM_TEXT} more characters]"


def text_of(value: Any) -> str | None:
    """A value as text: strings as they are, anything else as JSON, nothing as nothing."""
    if value is None:
        return None
    return presentable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def pairing_of(*parts: object) -> str:
    """An id made of parts; their hash where they are too long, with room for ``#<number>``."""
    pairing = presentable("/".join(str(part) for part in parts))
    if len(pairing) <= IDENTIFIER - 10:
        return pairing
    return hashlib.sha256(pairing.encode()).hexdigest()


def digest_of(*parts: object) -> str:
    """24 hexadecimal digits that stand for these parts, whatever their order of keys."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]
