"""The gateway's faults: senders who repeat what was not answered, and what survives its deaths."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from aidataops.client.identity import mint_event_id
from aidataops.local.services import ServiceServer
from aidataops.messaging.crash_points import Place
from tests.faults.faults import KILLED
from tests.faults.invariants import Input
from tests.faults.loads.gateway import KEY
from tests.faults.loads.load import SOURCE, Event
from tests.faults.scene import STEP_SECONDS, Scene

TYPE = "application/cloudevents-batch+json"


class Sender:
    """Posts batches; sends each again, unchanged, until it is answered."""

    def __init__(self, scene: Scene, url: str) -> None:
        self._scene = scene
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=10,
            trust_env=False,
            headers={"authorization": f"Bearer {KEY}", "content-type": TYPE},
        )

    async def post(self, events: Sequence[Event]) -> None:
        """Every event of the batch is accepted when this returns.

        Until then it may have come in or not; under which id is settled by the public contract.
        """
        for event in events:
            self._note(event, mint_event_id(SOURCE, event.name), accepted=False)
        body = json.dumps([_document(event) for event in events])
        async with asyncio.timeout(STEP_SECONDS):
            while True:
                try:
                    response = await self._http.post("/events", content=body)
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
                    continue
                if response.is_success:
                    break
                assert response.status_code in (500, 503), response.text
                await asyncio.sleep(0.02)
        receipts = response.json()["events"]
        for event, receipt in zip(events, receipts, strict=True):
            assert receipt["status"] in (200, 202), receipt
            self._note(event, receipt["event_id"], accepted=True)

    async def close(self) -> None:
        """Disconnect."""
        await self._http.aclose()

    def _note(self, event: Event, event_id: str, *, accepted: bool) -> None:
        self._scene.inputs_by_http[event.name, event_id] = Input(
            name=event.name,
            key=(event.key or b"").decode(),
            event_id=event_id,
            effect=f"received/{event_id}",
            answers=(f"label/{event.name.partition('-')[2]}",),
            accepted=accepted,
        )


@dataclass(frozen=True)
class DoorCrash:
    """The gateway dies by SIGKILL at the n-th passage of one place of the runtime."""

    place: Place
    latest: int = 8

    async def play(self, scene: Scene) -> list[str]:
        """Go on posting; a second task starts it again."""
        marker = scene.directory / "marker"
        passage = scene.chance.randint(1, self.latest)
        worker = scene.worker(AIDATAOPS_CRASH_POINT=f"{self.place}:{passage}:{marker}")
        await worker.start()
        revival = asyncio.create_task(_revive(scene, worker))
        sender = Sender(scene, worker.url)
        try:
            async for wave in scene.waves():
                await sender.post(wave)
                await scene.until(lambda: marker.exists() or worker.pid is not None, "life")
            await scene.until(scene.is_settled, "what was sent", pause_s=0.1)
            fired = marker.exists()
            assert fired, f"{self.place} was not passed {passage} times in the whole load"
            return await revival
        finally:
            revival.cancel()
            await sender.close()


async def _revive(scene: Scene, worker: ServiceServer) -> list[str]:
    while worker.exit_code != KILLED:
        await asyncio.sleep(0.01)
    violations = [f"{one} (at the death)" for one in await scene.check(settled=False)]
    await worker.start()
    return violations


class KilledAfterAnswer:
    """SIGKILL from outside as soon as a request is answered: the answer is a promise."""

    async def play(self, scene: Scene) -> list[str]:
        """Kill after the first answer, and after another that the seed chooses."""
        worker = scene.worker()
        await worker.start()
        sender = Sender(scene, worker.url)
        chosen = {0, scene.chance.randint(1, 15)}
        violations: list[str] = []
        number = 0
        try:
            async for wave in scene.waves():
                await sender.post(wave)
                if number in chosen:
                    worker.kill()
                    assert worker.exit_code == -signal.SIGKILL
                    found = await scene.check(settled=False)
                    violations += [f"{one} (at death {number})" for one in found]
                    await worker.start()
                number += 1
        finally:
            await sender.close()
        return violations


def _document(event: Event) -> dict[str, Any]:
    headers = {name: (content or b"").decode() for name, content in event.headers}
    return {
        "specversion": "1.0",
        "id": event.name,
        "source": SOURCE,
        "type": headers["ce_type"],
        "data": json.loads(event.value or b"null"),
    }
