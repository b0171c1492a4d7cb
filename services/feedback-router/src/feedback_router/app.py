"""The feedback-router as a process."""

from __future__ import annotations

from aidataops.events.feedback import (
    AutomationLevelChanged,
    FailuresJoined,
    FindingsDismissed,
    PolicyAdopted,
    PolicyRefused,
    RegressionDetected,
    RemediationApproved,
    RemediationBlocked,
    RemediationCompleted,
    RemediationDeclined,
    RemediationDelayed,
    RemediationProgressed,
    RemediationReopened,
    RemediationRequested,
    RemediationScheduled,
    RemediationUnblocked,
    RemediationVerified,
)
from aidataops.events.lineage import ErasureApplied
from aidataops.messaging import Application
from feedback_router.api import router
from feedback_router.courier import Courier
from feedback_router.handlers import Routing
from feedback_router.policy_file import load_policy
from feedback_router.settings import RouterSettings
from feedback_router.watch import Watch


def create_app(settings: RouterSettings | None = None) -> Application:
    """Feedback-router: turns failing evaluations into data work and holds it to its promise."""
    settings = settings or RouterSettings()
    routing = Routing(load_policy(settings.policy))
    return Application(
        name="feedback-router",
        package="feedback_router",
        handlers=routing.handlers(),
        emits=(
            RegressionDetected,
            RemediationRequested,
            RemediationScheduled,
            RemediationDelayed,
            RemediationApproved,
            RemediationDeclined,
            RemediationProgressed,
            RemediationCompleted,
            RemediationVerified,
            RemediationReopened,
            RemediationBlocked,
            RemediationUnblocked,
            FindingsDismissed,
            FailuresJoined,
            AutomationLevelChanged,
            PolicyAdopted,
            PolicyRefused,
            ErasureApplied,
        ),
        router=router,
        in_background=(
            Watch(routing, settings.watch_seconds).run,
            Courier(settings).run,
        ),
    )


def main() -> None:
    create_app().run()


if __name__ == "__main__":
    main()
