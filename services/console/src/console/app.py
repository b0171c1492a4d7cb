"""Wiring of the console."""

from __future__ import annotations

from aidataops.events.lineage import ErasureApplied
from aidataops.messaging import Application
from aidataops.observability.metrics import METRICS, Metrics
from console.api import router
from console.gauges import GAUGES, refresh
from console.handlers import handlers
from console.pages import Pages


def create_app() -> Application:
    """The console: the state of the data work on one page."""
    application = Application(
        name="console",
        package="console",
        handlers=handlers,
        emits=(ErasureApplied,),
        router=router,
        metrics=Metrics("console", METRICS | GAUGES),
        in_background=(refresh,),
    )
    application.asgi.state.pages = Pages(application.clock)
    return application


def main() -> None:
    """Run the service until it is told to stop."""
    create_app().run()


if __name__ == "__main__":
    main()
