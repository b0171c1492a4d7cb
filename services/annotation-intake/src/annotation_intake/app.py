"""The annotation-intake service, wired."""

from __future__ import annotations

from aidataops.events.annotation import (
    AnnotatorQualificationExpired,
    AnnotatorQualified,
    CapacityChanged,
    CapacityForecast,
    CapacityGranted,
    CapacityRefused,
    GuidelineRefused,
    LabelAccepted,
    LabelRejected,
    LabelsStale,
    TaskAssigned,
    TaskCompleted,
    TaskCreated,
    TaskRequeued,
    VendorScored,
)
from aidataops.events.lineage import ErasureApplied
from aidataops.messaging import Application
from annotation_intake.api import router
from annotation_intake.assignment import requeueing_every
from annotation_intake.handlers import handlers
from annotation_intake.reporting import reporting_every
from annotation_intake.settings import AnnotationSettings


def create_app(settings: AnnotationSettings | None = None) -> Application:
    """Annotation intake: who is to label what, and which labels are taken."""
    chosen = settings or AnnotationSettings()
    return Application(
        name="annotation-intake",
        package="annotation_intake",
        handlers=handlers,
        router=router,
        emits=(
            ErasureApplied,
            TaskCreated,
            TaskCompleted,
            TaskAssigned,
            TaskRequeued,
            LabelAccepted,
            LabelRejected,
            LabelsStale,
            GuidelineRefused,
            AnnotatorQualified,
            AnnotatorQualificationExpired,
            CapacityChanged,
            CapacityForecast,
            CapacityGranted,
            CapacityRefused,
            VendorScored,
        ),
        in_background=(
            reporting_every(chosen.report_seconds),
            requeueing_every(chosen.requeue_seconds),
        ),
    )


def main() -> None:
    """Run the service until it is told to stop."""
    create_app().run()


if __name__ == "__main__":
    main()
