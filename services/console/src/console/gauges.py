"""The three numbers as metrics, so that a dashboard and an alert can watch them."""

from __future__ import annotations

import asyncio
from typing import Final

import asyncpg
import structlog

from aidataops.messaging import Application
from aidataops.observability.metrics import Metric
from console.store import OverviewStore

REFRESH_SECONDS = 10.0

GAUGES: Final[dict[str, Metric]] = {
    "aidataops_regressions_unattributed": Metric("gauge", "Regressions left unattributed"),
    "aidataops_batches_without_agreement": Metric(
        "gauge", "Batches released without an agreement measurement"
    ),
    "aidataops_findings_unrouted": Metric("gauge", "Findings that never became data work"),
}

log = structlog.get_logger()


async def refresh(application: Application) -> None:
    """Keep the gauges true until the service ends; without a database they keep their value."""
    while not application.stopping.is_set():
        try:
            async with application.pool.acquire() as connection:
                numbers = await OverviewStore(connection).numbers()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("The three numbers could not be read.", error=repr(error))
        else:
            for name in GAUGES:
                application.metrics.set(name, numbers[name.removeprefix("aidataops_")])
        try:
            async with asyncio.timeout(REFRESH_SECONDS):
                await application.stopping.wait()
        except TimeoutError:
            continue
