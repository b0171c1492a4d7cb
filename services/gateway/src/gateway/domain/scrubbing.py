"""What vendors send along that is nobody's business: taken out before anything is kept."""

from __future__ import annotations

import re

_REMOVED = rb'\1"[removed]"'
_SECRET = re.compile(
    rb'("[^"\\]*(?:token|secret|password|passwd|api_?key|authorization)[^"\\]*"\s*:\s*)'
    rb'(?:"(?:[^"\\]|\\.)*(?:"|$)|[0-9]+)',
    re.IGNORECASE | re.DOTALL,
)
"""A member of a JSON object whose name sounds like a secret; its value may be cut off."""


def scrub(body: bytes) -> bytes:
    """The body without the values of members that sound like secrets; it need not be whole JSON.

    Label Studio sends the project's token with every webhook.
    """
    return _SECRET.sub(_REMOVED, body)
