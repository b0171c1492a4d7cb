"""The canonical form of an item's content and the hash that stands for it."""

from __future__ import annotations

import hashlib
import re
import unicodedata

CHECKSUM = re.compile(r"sha256:([0-9a-f]{64})", re.IGNORECASE)


def canonical(text: str) -> str:
    """Text as it is compared: Unicode NFC, trimmed, every run of whitespace one space.

    Case and punctuation stay: they can be what an item is about.
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def hash_text(text: str) -> str:
    """SHA-256 of the canonical text, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(text).encode()).hexdigest()


def hash_checksum(checksum: str) -> str | None:
    """The digits of a checksum ``sha256:<64 hex>``, in lower case; ``None`` in any other form.

    What a URI points to is not fetched: its own checksum is its content hash.
    """
    match = CHECKSUM.fullmatch(checksum)
    return match[1].lower() if match else None
