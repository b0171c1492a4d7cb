"""Building large versions in the background, a step in a transaction of its own."""

from __future__ import annotations

import asyncio

import structlog

from aidataops.messaging import Application, Origin
from lineage.publishing import Publisher
from lineage.store import BuildStore

log = structlog.get_logger()

EVERY_SECONDS = 1.0


async def building(application: Application) -> None:
    """What the service does in the background: build what there is to build, wait, look again."""
    while True:
        await build_all(application)
        await asyncio.sleep(EVERY_SECONDS)


async def build_all(application: Application) -> None:
    """Go on with every build until it is sealed or another member of the group is at it."""
    try:
        async with application.pool.acquire() as connection:
            builds = await BuildStore(connection).open_builds()
    except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
        log.warning("Looking for versions to build failed.", error=repr(error))
        return
    for name, origin in builds:
        try:
            while await step(application, name, origin):
                pass
        except Exception as error:  # noqa: BLE001 - the others are built, this one is tried again
            log.warning("Building a version failed.", version=name, error=repr(error))


async def step(application: Application, name: str, origin: Origin) -> bool:
    """Take one step of a build; returns whether there may be another."""
    async with application.unit_of_work(origin) as work:
        build = await BuildStore(work.connection).hold(name)
        if build is None:
            return False
        publisher = Publisher(work)
        sealed = await publisher.advance(build, origin)
        if sealed:
            await publisher.settle(origin, datasets=[name.rpartition("@")[0]])
    if sealed:
        log.info("A version is published.", version=name)
    return not sealed
