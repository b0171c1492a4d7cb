"""The gateway as a process: wiring, nothing else."""

from __future__ import annotations

from fastapi import APIRouter

from aidataops.events.lineage import ErasureApplied
from aidataops.messaging import Application
from gateway.api import create_router
from gateway.connections import load_connections
from gateway.domain.admission import ADMITTED
from gateway.handlers import handlers
from gateway.keys import EVERYTHING, create_key
from gateway.settings import GatewaySettings
from gateway.webhooks import create_webhook_router


def create_app(settings: GatewaySettings | None = None) -> Application:
    """Gateway: the one door by which events come in from outside over HTTP."""
    chosen = settings or GatewaySettings()

    async def add_first_key(application: Application) -> None:
        if chosen.bootstrap_key is None:
            return
        async with application.pool.acquire() as connection:
            await create_key(
                connection,
                name="bootstrap",
                source=chosen.bootstrap_source,
                scopes=EVERYTHING,
                now=application.clock.now(),
                key=chosen.bootstrap_key.get_secret_value(),
            )

    router = APIRouter()
    router.include_router(create_router(chosen))
    router.include_router(create_webhook_router(chosen, load_connections(chosen.connections)))
    return Application(
        name="gateway",
        package="gateway",
        handlers=handlers,
        emits=(*ADMITTED, ErasureApplied),
        router=router,
        on_start=add_first_key,
    )


def main() -> None:
    create_app().run()


if __name__ == "__main__":
    main()
