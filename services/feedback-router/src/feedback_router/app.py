"""The feedback-router as a process."""

from __future__ import annotations

from aidataops.events.feedback import (
    FindingsDismissed,
    RegressionDetected,
    RemediationApproved,
    RemediationCompleted,
    RemediationDeclined,
    RemediationProgressed,
    RemediationReopened,
    RemediationRequested,
    RemediationVerified,
)
from aidataops.messaging import Application
from feedback_router.api import router
from feedback_router.handlers import Routing
from feedback_router.policy_file import load_policy
from feedback_router.settings import RouterSettings


def create_app(settings: RouterSettings | None = None) -> Application:
    """Feedback-router: turns failing evaluations into data work and holds it to its promise."""
    policy = load_policy((settings or RouterSettings()).policy)
    return Application(
        name="feedback-router",
        package="feedback_router",
        handlers=Routing(policy).handlers(),
        emits=(
            RegressionDetected,
            RemediationRequested,
            RemediationApproved,
            RemediationDeclined,
            RemediationProgressed,
            RemediationCompleted,
            RemediationVerified,
            RemediationReopened,
            FindingsDismissed,
        ),
        router=router,
    )


def main() -> None:
    create_app().run()


if __name__ == "__main__":
    main()
