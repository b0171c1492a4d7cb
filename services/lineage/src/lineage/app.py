"""Wiring of the lineage service."""

from __future__ import annotations

from fastapi import APIRouter

from aidataops.events.lineage import (
    ErasureApplied,
    ErasureCompleted,
    LedgerAnchored,
    SuccessorProposed,
    VersionFlagged,
    VersionPublished,
)
from aidataops.messaging import Application
from lineage.api import router
from lineage.building import building
from lineage.documents.endpoints import router as documents
from lineage.handlers import handlers
from lineage.retention import sweeping
from lineage.settings import LineageSettings


def create_app(settings: LineageSettings | None = None) -> Application:
    """Lineage: what led to what, and the dataset versions in between."""
    days = (settings or LineageSettings()).content_days
    reading = APIRouter()
    reading.include_router(router)
    reading.include_router(documents)
    return Application(
        name="lineage",
        package="lineage",
        handlers=handlers,
        emits=(
            VersionPublished,
            VersionFlagged,
            ErasureApplied,
            ErasureCompleted,
            SuccessorProposed,
            LedgerAnchored,
        ),
        router=reading,
        in_background=(building, *(() if days is None else (sweeping(days),))),
    )


def main() -> None:
    """Run the service until it is told to stop."""
    create_app().run()


if __name__ == "__main__":
    main()
