"""Names of things that are the same whoever makes them, and whenever."""

from __future__ import annotations

import json
from uuid import NAMESPACE_URL, uuid5


def identity(*parts: object) -> str:
    """A stable id from what makes the thing the same thing."""
    return str(uuid5(NAMESPACE_URL, json.dumps(["feedback-router", *parts])))
