"""What is done to a service in the middle of its load, and how it goes on.

Each fault plays a whole scene: it starts the processes, sends the load, strikes at a point that the
seed chooses, and brings back what it killed. What it returns are the violations seen at once; the
accounting at the end is the runner's.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aidataops.local.services import ServiceServer
from aidataops.messaging.crash_points import Place
from tests.faults.scene import SESSION_SECONDS, Scene

KILLED = -signal.SIGKILL
SLOW = {"AIDATAOPS_BATCH_SIZE": "5"}
"""Many small transactions, so that there is time to strike in the middle of a wave."""


class Fault(Protocol):
    """One way to disturb a service."""

    async def play(self, scene: Scene) -> list[str]:
        """Send the scene's whole load and disturb it; the service is up again at the end."""


@dataclass(frozen=True)
class CrashPoint:
    """The process dies by SIGKILL inside the runtime, at the n-th passage of one place.

    ``command`` runs something else instead of the service: a mutant of its runtime.
    """

    place: Place
    latest: int = 5
    """The seed chooses the passage between the first and this one."""
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    async def play(self, scene: Scene) -> list[str]:
        """Start again while the rest of the load comes in; the marker says that it died there."""
        passage = scene.chance.randint(1, self.latest)
        marker = scene.directory / "marker"
        worker = scene.worker(
            command=self.command,
            AIDATAOPS_CRASH_POINT=f"{self.place}:{passage}:{marker}",
            **self.environment,
        )
        await worker.start()
        violations: list[str] = []
        restart: asyncio.Task[None] | None = None
        async for wave in scene.waves():
            await scene.send(wave)
            if restart is not None:
                continue
            await _until_settled_or(scene, marker)
            if marker.exists():
                violations = await _look_at_the_dead(scene, worker)
                restart = asyncio.create_task(worker.start())
        assert restart is not None, f"{self.place} was not passed {passage} times in the whole load"
        assert marker.read_text() == self.place
        await restart
        return violations


@dataclass(frozen=True)
class SeededCrash:
    """A crash point that the seed chooses."""

    places: tuple[Place, ...]
    latest: int = 4

    async def play(self, scene: Scene) -> list[str]:
        """As for the place that was chosen."""
        place = scene.chance.choice(self.places)
        return await CrashPoint(place, self.latest).play(scene)


async def _until_settled_or(scene: Scene, marker: Path) -> None:
    async def is_over() -> bool:
        return marker.exists() or await scene.is_settled()

    await scene.until(is_over, "the end of a wave, or a death", pause_s=0.05)


async def _look_at_the_dead(scene: Scene, worker: ServiceServer) -> list[str]:
    """While a process is dead nothing moves: what it left behind has to be consistent."""
    await scene.until(lambda: worker.exit_code == KILLED, "a death by SIGKILL")
    return [f"{one} (at the death)" for one in await scene.check(settled=False)]


class Struck:
    """A fault from outside: it strikes while a wave that the seed chooses is partly done.

    The members are frozen for the moment in which it is seen that they are at work, and wake up
    with the fault: a strike that finds nobody at work proves nothing.
    """

    members = 1
    environment: Mapping[str, str] = SLOW

    async def play(self, scene: Scene) -> list[str]:
        """Send the load, strike in the middle of it."""
        workers = [scene.worker(**self.environment) for _ in range(self.members)]
        await asyncio.gather(*(worker.start() for worker in workers))
        await self.prepare(scene, workers)
        waves = [wave async for wave in scene.waves()]
        earliest = scene.chance.randrange(len(waves) // 2)
        struck = False
        due: set[str | None] = {None}
        for number, wave in enumerate(waves):
            await scene.send(wave)
            new = {event.effect for event in wave} - due
            due |= new
            if number >= earliest and not struck:
                end = len(due) - 1
                start = end - scene.chance.randint(len(new) // 4, len(new) - 1)
                struck = await self._catch(scene, workers, start, end)
                if struck:
                    await self.strike(scene, workers)
        assert struck, "nobody was ever seen at work"
        return []

    async def prepare(self, scene: Scene, workers: Sequence[ServiceServer]) -> None:
        """Before the load."""

    async def strike(self, scene: Scene, workers: Sequence[ServiceServer]) -> None:
        """Hurt, wake up who is frozen, and let recover."""
        raise NotImplementedError

    async def _catch(
        self, scene: Scene, workers: Sequence[ServiceServer], start: int, end: int
    ) -> bool:
        """Freeze all members between two numbers of effects; false when they were too fast."""
        while (done := await scene.progress()) < end:
            if done < start:
                continue
            for worker in workers:
                worker.pause()
            if await scene.progress() < end:
                return True
            wake(workers)
        return False


def wake(workers: Sequence[ServiceServer]) -> None:
    """End the freeze."""
    for worker in workers:
        worker.resume()


class Nothing:
    """No fault but those in the load itself."""

    async def play(self, scene: Scene) -> list[str]:
        """Send everything."""
        await scene.worker().start()
        async for wave in scene.waves():
            await scene.send(wave)
        return []


@dataclass(frozen=True)
class Staged:
    """Something rare happens inside the process, once; the marker says that it did."""

    command: tuple[str, ...]
    latest: int = 10

    async def play(self, scene: Scene) -> list[str]:
        """Send everything; nobody is killed, so nobody has to be started again."""
        marker = scene.directory / "marker"
        worker = scene.worker(
            command=self.command,
            STAGED_PASSAGE=str(scene.chance.randint(2, self.latest)),
            STAGED_MARKER=str(marker),
            **SLOW,
        )
        await worker.start()
        async for wave in scene.waves():
            await scene.send(wave)
        await scene.until(marker.exists, "what was staged")
        return []


class KillService(Struck):
    """SIGKILL from outside, at no particular place, twice in a row."""

    async def strike(self, scene: Scene, workers: Sequence[ServiceServer]) -> None:
        """Kill, start, kill as soon as it is ready, start."""
        (worker,) = workers
        worker.kill()
        await worker.start()
        worker.kill()
        await worker.start()


class StopService(Struck):
    """SIGTERM, as at every release: nothing may be lost, and it ends by itself."""

    async def strike(self, scene: Scene, workers: Sequence[ServiceServer]) -> None:
        """Stop and start."""
        (worker,) = workers
        await worker.stop()
        assert worker.exit_code == 0, f"SIGTERM ended it with {worker.exit_code}"
        await worker.start()


class KillBroker(Struck):
    """SIGKILL of Kafka; its data stays."""

    async def strike(self, scene: Scene, workers: Sequence[ServiceServer]) -> None:
        """Kill and start."""
        scene.kafka.kill()
        wake(workers)
        await scene.kafka.start()


class KillPostgres(Struck):
    """SIGKILL of Postgres with all its backends, and crash recovery."""

    async def strike(self, scene: Scene, workers: Sequence[ServiceServer]) -> None:
        """Kill and start."""
        scene.postgres.kill()
        wake(workers)
        await scene.postgres.start()


class TerminateBackends(Struck):
    """All of the service's database connections are ended by the server, again and again."""

    blows = 4

    async def strike(self, scene: Scene, workers: Sequence[ServiceServer]) -> None:
        """End them, every time that it has gone on."""
        for _ in range(self.blows):
            ended = await scene.administer(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name LIKE 'aidataops-%'"
            )
            assert ended, "there were no backends"
            wake(workers)
            await _go_on(scene)


class Zombie(Struck):
    """A member is frozen for longer than its session, and comes back when another has its work."""

    members = 2

    async def prepare(self, scene: Scene, workers: Sequence[ServiceServer]) -> None:
        """Wait until both have a partition."""

        async def is_shared() -> bool:
            return [await scene.assigned(worker) for worker in workers] == [1, 1]

        await scene.until(is_shared, "a partition for each of two members", pause_s=0.1)

    async def strike(self, scene: Scene, workers: Sequence[ServiceServer]) -> None:
        """Leave one frozen, wait until the other has all partitions, wake it up."""
        victim = scene.chance.choice(workers)
        other = next(worker for worker in workers if worker is not victim)
        other.resume()
        try:

            async def has_taken_over() -> bool:
                return await scene.assigned(other) == self.members

            await scene.until(
                has_taken_over, f"{SESSION_SECONDS} s and the other member's takeover", pause_s=0.1
            )
        finally:
            victim.resume()


class Unstable(Struck):
    """Connections through a proxy are slow, and break with a TCP reset now and then."""

    resets = 4
    latency = 0.01
    """Seconds in each direction: so there is always something under way when it breaks."""

    async def strike(self, scene: Scene, workers: Sequence[ServiceServer]) -> None:
        """Reset at any moment of the transaction after next, again and again."""
        proxy = scene.proxy
        assert proxy is not None
        proxy.latency = self.latency
        for _ in range(self.resets):
            await scene.until(lambda: proxy.connections > 0, "somebody connects again")
            proxy.reset_all()
            wake(workers)
            await _go_on(scene)
            await asyncio.sleep(scene.chance.uniform(0, 10 * self.latency))
        proxy.heal()


class Silent(Struck):
    """Connections stay open and nothing comes through, for longer than a member's session."""

    seconds = SESSION_SECONDS + 2

    async def strike(self, scene: Scene, workers: Sequence[ServiceServer]) -> None:
        """Partition, and heal; whoever gave up meanwhile has to come back by itself."""
        proxy = scene.proxy
        assert proxy is not None
        proxy.blackhole()
        wake(workers)
        await asyncio.sleep(self.seconds)
        proxy.heal()


@dataclass(frozen=True)
class Crowd:
    """Two members at work at the same time, and nothing is done to them."""

    command: tuple[str, ...] = ()

    async def play(self, scene: Scene) -> list[str]:
        """Send everything to both."""
        workers = [scene.worker(command=self.command, **SLOW) for _ in range(2)]
        await asyncio.gather(*(worker.start() for worker in workers))
        async for wave in scene.waves():
            await scene.send(wave)
        return []


class ComingAndGoing:
    """A member that stays, and one that joins and leaves with every wave."""

    async def play(self, scene: Scene) -> list[str]:
        """By turns it leaves in good order and is killed."""
        await scene.worker(**SLOW).start()
        guest = scene.worker(**SLOW)
        kills = scene.chance.randrange(2)
        number = 0
        async for wave in scene.waves():
            await guest.start()
            await scene.send(wave)
            await asyncio.sleep(scene.chance.uniform(0, 0.5))
            if number % 2 == kills:
                guest.kill()
            else:
                await guest.stop()
            number += 1
        return []


async def _go_on(scene: Scene) -> None:
    """Wait until there are new effects, or there is nothing more to do."""
    before = await scene.progress()

    async def has_gone_on() -> bool:
        return await scene.progress() > before or await scene.is_settled()

    await scene.until(has_gone_on, "the service to go on")


def mutant(name: str) -> tuple[str, ...]:
    """The command that runs the probe on a mutated runtime."""
    return sys.executable, str(Path(__file__).parent / "mutants" / f"{name}.py")


def staged(name: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs the probe while something rare happens to it."""
    return sys.executable, str(Path(__file__).parent / "staged" / f"{name}.py"), *arguments
