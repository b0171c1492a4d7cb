"""What ends a publish before all events were offered."""

from __future__ import annotations

from aidataops.client.report import PublishReport
from aidataops.errors import AidataopsError


class PublishError(AidataopsError):
    """Publishing stopped; ``report`` says what had been accepted until then.

    Publishing the same payloads again is safe: what was accepted has no second effect.
    """

    code = "publish"

    def __init__(self, message: str, *, report: PublishReport, status: int | None = None) -> None:
        super().__init__(message, status=status, trace_id=report.trace_id)
        self.report = report
        self.status = status
