"""Wiring of the lineage service."""

from __future__ import annotations

from fastapi import APIRouter

from aidataops.events.lineage import (
    ErasureCompleted,
    LedgerAnchored,
    VersionFlagged,
    VersionPublished,
)
from aidataops.messaging import Application
from lineage.api import router
from lineage.documents.endpoints import router as documents
from lineage.handlers import handlers


def create_app() -> Application:
    """Lineage: what led to what, and the dataset versions in between."""
    reading = APIRouter()
    reading.include_router(router)
    reading.include_router(documents)
    return Application(
        name="lineage",
        package="lineage",
        handlers=handlers,
        emits=(VersionPublished, VersionFlagged, ErasureCompleted, LedgerAnchored),
        router=reading,
    )


def main() -> None:
    """Run the service until it is told to stop."""
    create_app().run()


if __name__ == "__main__":
    main()
