"""Wiring of the qa service."""

from __future__ import annotations

from aidataops.events.lineage import ErasureApplied
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorFlagged,
    AnnotatorReinstated,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
    ConfusionMeasured,
    ConsensusMethodRecommended,
    ConsensusReached,
    DriftDetected,
    GoldenScored,
    ReviewRequested,
)
from aidataops.messaging import Application
from qa.api import router
from qa.handlers import handlers
from qa.measurer import measure_continuously


def create_app() -> Application:
    """QA: measures labels as they come in and gates every batch."""
    return Application(
        name="qa",
        package="qa",
        handlers=handlers,
        emits=(
            ErasureApplied,
            AgreementMeasured,
            AnnotatorFlagged,
            AnnotatorReinstated,
            AnnotatorSuspended,
            BatchBlocked,
            BatchReleased,
            ConfusionMeasured,
            ConsensusMethodRecommended,
            ConsensusReached,
            DriftDetected,
            GoldenScored,
            ReviewRequested,
        ),
        router=router,
        in_background=(measure_continuously,),
    )


def main() -> None:
    """Run the service."""
    create_app().run()


if __name__ == "__main__":
    main()
