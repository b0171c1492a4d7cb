"""Places where a test can kill the process, to prove that nothing is lost there.

``AIDATAOPS_CRASH_POINT=after_commit:3:/path/marker`` kills at the third time the place is passed,
once: the marker tells a test that it fired, and the restarted process that it is over.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Literal

Place = Literal[
    "after_inbox",
    "in_transaction",
    "after_commit",
    "after_send",
    "after_outbox_delete",
    "after_offset_commit",
]
PLACES: tuple[Place, ...] = (
    "after_inbox",
    "in_transaction",
    "after_commit",
    "after_send",
    "after_outbox_delete",
    "after_offset_commit",
)

_place, _, _rest = os.environ.get("AIDATAOPS_CRASH_POINT", "").partition(":")
_count, _, _marker = _rest.partition(":")
_left = int(_count or 0)


def crash_point(place: Place) -> None:
    """Die here, as if the power had gone, when a test asked for it."""
    if place != _place:
        return
    global _left  # noqa: PLW0603 - the countdown of this process
    _left -= 1
    marker = Path(_marker)
    if _left == 0 and not marker.exists():
        marker.write_text(place)
        os.kill(os.getpid(), signal.SIGKILL)
