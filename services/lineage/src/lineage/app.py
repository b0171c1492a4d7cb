"""Wiring of the lineage service."""

from __future__ import annotations

from aidataops.events.lineage import (
    ErasureCompleted,
    LedgerAnchored,
    VersionFlagged,
    VersionPublished,
)
from aidataops.messaging import Application
from lineage.api import router
from lineage.handlers import handlers


def create_app() -> Application:
    """Lineage: what led to what, and the dataset versions in between."""
    return Application(
        name="lineage",
        package="lineage",
        handlers=handlers,
        emits=(VersionPublished, VersionFlagged, ErasureCompleted, LedgerAnchored),
        router=router,
    )


def main() -> None:
    """Run the service until it is told to stop."""
    create_app().run()


if __name__ == "__main__":
    main()
