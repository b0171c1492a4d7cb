"""Text of foreign files, made fit for an event."""

from __future__ import annotations

MAXIMUM_TEXT = 65_536
"""Characters of a prompt or an answer that an event carries; three of them stay below 1 MB."""


def presentable(text: str) -> str:
    """Without NUL and lone surrogates, which neither JSON nor Postgres takes, and not too long."""
    cleaned = text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass")
    whole = cleaned.decode("utf-16", "replace")
    if len(whole) <= MAXIMUM_TEXT:
        return whole
    return f"{whole[:MAXIMUM_TEXT]}… [{len(whole) - MAXIMUM_TEXT} more characters]"
