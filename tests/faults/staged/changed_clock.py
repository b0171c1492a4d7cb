"""The machine's clock jumps by an hour, forwards or back, as ``sys.argv`` says in hours."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from aidataops.clock import SystemClock
from aidataops.testing.probe.app import main

_now = SystemClock.now
_jump = timedelta(hours=float(sys.argv[1]))
_marker = Path(os.environ["STAGED_MARKER"])
_left = int(os.environ["STAGED_PASSAGE"])


def _now_or_then(self: SystemClock) -> datetime:
    global _left  # noqa: PLW0603 - the countdown of this process
    _left -= 1
    if _left > 0:
        return _now(self)
    _marker.write_text("the clock has jumped")
    return _now(self) + _jump


if __name__ == "__main__":
    SystemClock.now = _now_or_then  # type: ignore[method-assign]
    main()
