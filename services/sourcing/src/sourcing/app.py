"""The sourcing service, wired."""

from __future__ import annotations

from aidataops.events.lineage import ErasureApplied
from aidataops.events.sourcing import (
    BriefFulfilled,
    BriefOpened,
    BriefProgressed,
    BriefWithdrawn,
    CoverageMeasured,
    ItemAccepted,
    ItemQuarantined,
    ItemsRequested,
    SourceHeld,
    SourceRegistered,
    SourceSuspended,
)
from aidataops.messaging import Application
from sourcing.band_index import BandIndex
from sourcing.handlers import Gatekeeping
from sourcing.protected_runs import ProtectedRuns
from sourcing.signing import sign_unsigned


def create_app() -> Application:
    """Sourcing: what comes in, where it came from, and what is still missing."""
    return Application(
        name="sourcing",
        package="sourcing",
        handlers=Gatekeeping(BandIndex(), ProtectedRuns()).handlers(),
        on_start=sign_unsigned,
        emits=(
            ErasureApplied,
            SourceRegistered,
            SourceHeld,
            SourceSuspended,
            ItemAccepted,
            ItemQuarantined,
            CoverageMeasured,
            BriefOpened,
            BriefProgressed,
            ItemsRequested,
            BriefFulfilled,
            BriefWithdrawn,
        ),
    )


def main() -> None:
    """Run the service until it is told to stop."""
    create_app().run()


if __name__ == "__main__":
    main()
