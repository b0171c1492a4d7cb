"""Wiring of the qa service."""

from __future__ import annotations

from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorReinstated,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
    ConsensusReached,
    GoldenScored,
    ReviewRequested,
)
from aidataops.messaging import Application
from qa.handlers import handlers


def create_app() -> Application:
    """QA: measures labels as they come in and gates every batch."""
    return Application(
        name="qa",
        package="qa",
        handlers=handlers,
        emits=(
            AgreementMeasured,
            AnnotatorReinstated,
            AnnotatorSuspended,
            BatchBlocked,
            BatchReleased,
            ConsensusReached,
            GoldenScored,
            ReviewRequested,
        ),
    )


def main() -> None:
    """Run the service."""
    create_app().run()


if __name__ == "__main__":
    main()
