"""The annotation-intake service, wired."""

from __future__ import annotations

from aidataops.events.annotation import (
    GuidelineRefused,
    LabelAccepted,
    LabelRejected,
    LabelsStale,
    TaskCompleted,
    TaskCreated,
)
from aidataops.messaging import Application
from annotation_intake.api import router
from annotation_intake.handlers import handlers


def create_app() -> Application:
    """Annotation intake: who is to label what, and which labels are taken."""
    return Application(
        name="annotation-intake",
        package="annotation_intake",
        handlers=handlers,
        router=router,
        emits=(
            TaskCreated,
            TaskCompleted,
            LabelAccepted,
            LabelRejected,
            LabelsStale,
            GuidelineRefused,
        ),
    )


def main() -> None:
    """Run the service until it is told to stop."""
    create_app().run()


if __name__ == "__main__":
    main()
