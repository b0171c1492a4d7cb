"""The supervisor on fake services: restarts, giving up, order, and no orphans."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import httpx
import psutil
import pytest
import pytest_asyncio

from aidataops.local.environment import STATE_FILE, running_environment
from aidataops.local.kafka import EmbeddedKafka
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.local.process import LocalServerError
from aidataops.local.services import ServiceProcess
from aidataops.local.supervised import RestartPolicy, State
from aidataops.local.supervisor import Supervisor
from aidataops.testing.plugin import server_directory

FAKE = (sys.executable, str(Path(__file__).with_name("fake_service.py")))
IMPATIENT = RestartPolicy(quick_deaths=3, first_delay_s=0.01)
DEADLINE_S = 20.0


class RecordedPreparation:
    """Creates nothing and remembers what it was asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[str]]] = []

    async def topics(self, bootstrap: str, services: Sequence[ServiceProcess]) -> None:
        """Remember."""
        assert bootstrap
        self.calls.append(("topics", [service.name for service in services]))

    async def schemas(self, admin_url: str, services: Sequence[ServiceProcess]) -> None:
        """Remember."""
        assert admin_url
        self.calls.append(("schemas", [service.name for service in services]))


def fake(name: str, *arguments: str) -> ServiceProcess:
    return ServiceProcess(name, name.replace("-", "_"), command=(*FAKE, *arguments))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest_asyncio.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(tmp_path, [fake("qa"), fake("feedback-router")], policy=IMPATIENT)
    yield supervisor
    await supervisor.stop()


def pid_of(supervisor: Supervisor, name: str) -> int | None:
    return next(status.pid for status in supervisor.status() if status.name == name)


async def test_killed_service_comes_back_on_its_port_and_others_do_not_notice(
    pair: Supervisor,
) -> None:
    said: list[str] = []
    await pair.start(said.append)
    url, killed, other = pair.url("qa"), pid_of(pair, "qa"), pid_of(pair, "feedback-router")
    pair.kill_service("qa")
    await until(lambda: pair.status()[0].restarts == 1 and pair.status()[0].state is State.READY)
    assert pid_of(pair, "qa") not in (None, killed)
    assert pid_of(pair, "feedback-router") == other
    assert (await httpx.AsyncClient().get(f"{url}/readyz")).status_code == httpx.codes.OK
    assert any("Starting again" in sentence for sentence in said)
    recorded = json.loads((pair.directory / STATE_FILE).read_text())
    assert recorded["services"]["qa"]["pid"] == pid_of(pair, "qa")


async def test_stopped_service_stays_stopped_until_it_is_started(pair: Supervisor) -> None:
    await pair.start()
    await pair.stop_service("qa")
    assert pair.status()[0].state is State.STOPPED
    assert pid_of(pair, "qa") is None
    await pair.start_service("qa")
    before = pid_of(pair, "qa")
    await pair.restart("qa")
    assert pid_of(pair, "qa") not in (None, before)


async def test_service_that_keeps_dying_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor(
        tmp_path, [fake("qa"), fake("lineage", "no luck today")], policy=IMPATIENT
    )
    with pytest.raises(LocalServerError, match=r"given up after 3(.|\n)*no luck today"):
        await supervisor.start()
    assert pid_of(supervisor, "qa") is None
    assert running_environment(tmp_path) is None
    assert "no luck today" in (tmp_path / "logs" / "lineage.log").read_text()


async def test_paused_service_is_silent_and_not_restarted(pair: Supervisor) -> None:
    await pair.start()
    pair.pause("qa")
    async with httpx.AsyncClient(timeout=0.2) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"{pair.url('qa')}/readyz")
        pair.resume("qa")
        assert (await client.get(f"{pair.url('qa')}/readyz")).status_code == httpx.codes.OK
    assert pair.status()[0].restarts == 0


async def test_unknown_name_is_answered_with_the_known_ones(pair: Supervisor) -> None:
    await pair.start()
    with pytest.raises(LocalServerError, match="qa, feedback-router"):
        pair.kill_service("quality")


async def test_second_supervisor_on_the_directory_is_refused(pair: Supervisor) -> None:
    assert running_environment(pair.directory) is None
    await pair.start()
    found = running_environment(pair.directory)
    assert found == pair.environment()
    with pytest.raises(LocalServerError, match=rf"already running .*process {os.getpid()}"):
        await Supervisor(pair.directory, []).start()
    await pair.stop()
    assert running_environment(pair.directory) is None


async def test_services_get_the_addresses_and_kafka_its_topics_again_after_a_death() -> None:
    preparation = RecordedPreparation()
    with server_directory("supervisor") as directory:
        postgres = EmbeddedPostgres(directory / "postgres")
        kafka = EmbeddedKafka(directory / "kafka")
        supervisor = Supervisor(
            directory,
            [fake("annotation-intake")],
            kafka=kafka,
            postgres=postgres,
            preparation=preparation,
            policy=IMPATIENT,
        )
        try:
            await supervisor.start()
            assert preparation.calls == [
                ("topics", ["annotation-intake"]),
                ("schemas", ["annotation-intake"]),
            ]
            async with httpx.AsyncClient(base_url=supervisor.url("annotation-intake")) as client:

                async def variable(name: str) -> str:
                    return (await client.get(f"/environment/AIDATAOPS_{name}")).text

                role = f"aidataops_annotation_intake@127.0.0.1:{postgres.port}"
                assert await variable("DATABASE_URL") == f"postgresql://{role}/aidataops"
                assert await variable("KAFKA_BOOTSTRAP") == kafka.bootstrap
                assert await variable("KAFKA_IDEMPOTENCE") == "false"
            supervisor.kill_service("kafka")
            await until(lambda: [name for name, _ in preparation.calls].count("topics") == 2)
            assert (directory / "logs" / "postgres.log").stat().st_size > 0
        finally:
            await supervisor.stop()
        assert (kafka.pid, postgres.pid) == (None, None)


SUPERVISE = """
import asyncio, sys
from pathlib import Path
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.local.services import ServiceProcess
from aidataops.local.supervisor import Supervisor

class Nothing:
    async def topics(self, bootstrap, services): ...
    async def schemas(self, admin_url, services): ...

directory = Path(sys.argv[1])
supervisor = Supervisor(
    directory,
    [ServiceProcess("qa", "qa", command=tuple(sys.argv[2:]))],
    postgres=EmbeddedPostgres(directory / "postgres"),
    preparation=Nothing(),
)
asyncio.run(supervisor.run(lambda sentence: None, lambda: print("ready", flush=True)))
"""


def supervise(directory: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """A supervisor in a process of its own, ready, and the processes it runs."""
    command = [sys.executable, "-c", SUPERVISE, str(directory), *FAKE]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdout.close()
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) > 2
    return process, [child.pid for child in children]


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while alive := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < deadline, f"still alive: {alive}"
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="needs the parent-death signal of Linux")
def test_killed_supervisor_leaves_no_orphans_and_its_directory_is_free() -> None:
    with server_directory("supervisor") as directory:
        process, children = supervise(directory)
        process.kill()
        process.wait()
        wait_until_gone(children)
        assert (directory / STATE_FILE).exists()
        assert running_environment(directory) is None


def test_supervisor_stops_everything_on_sigterm() -> None:
    with server_directory("supervisor") as directory:
        process, children = supervise(directory)
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0
        wait_until_gone(children)
        assert not (directory / STATE_FILE).exists()
        assert "database system is shut down" in (directory / "logs/postgres.log").read_text()
