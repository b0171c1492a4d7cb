"""Which Kafka the tests run on: the best real broker that the machine offers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aidataops.local.kafka import ApacheKafka, EmbeddedKafka, KafkaServer, answers_metadata
from aidataops.local.maven import require_java_and_maven
from aidataops.local.process import LocalServerError
from aidataops.testing.containers import DockerKafka, docker_answers

BOOTSTRAP_VARIABLE = "AIDATAOPS_TEST_KAFKA"
REQUIRE_VARIABLE = "AIDATAOPS_TEST_REQUIRE"
APACHE_KAFKA = "apache-kafka"
ANSWER_DEADLINE_S = 20.0
POLL_S = 0.1

PrivateKafka = ApacheKafka | DockerKafka


class ExternalKafka:
    """A broker that somebody else runs: never stopped, and cannot be hurt."""

    name = "external kafka"
    supports_idempotence = True
    pid: int | None = None

    def __init__(self, bootstrap: str) -> None:
        """`bootstrap` is `host:port`."""
        self.bootstrap = bootstrap
        self.name = f"external kafka at {bootstrap}"

    async def start(self) -> None:
        """Wait until it answers a metadata call."""
        deadline = time.monotonic() + ANSWER_DEADLINE_S
        while not await answers_metadata(self.bootstrap):
            if time.monotonic() > deadline:
                raise LocalServerError(
                    f"No Kafka answers at {BOOTSTRAP_VARIABLE}={self.bootstrap}: "
                    "start it, or unset the variable to use a local broker."
                )
            await asyncio.sleep(POLL_S)

    async def stop(self) -> None:
        """Leave it running."""

    def kill(self) -> None:
        """Refuse: use the fixture `own_kafka`."""
        raise LocalServerError("An external Kafka cannot be hurt by a test: use `own_kafka`.")

    pause = resume = kill

    def log_tail(self, lines: int = 20) -> str:
        """Nothing: its log is elsewhere."""
        return f"(the last {lines} lines of its log are where it runs)"


@dataclass(frozen=True)
class BrokerChoice:
    """One broker that looks available, not yet started."""

    name: str
    reason: str
    build: Callable[[Path], KafkaServer]


def available_brokers(environment: Mapping[str, str]) -> list[BrokerChoice]:
    """The brokers worth trying, best first; raises LocalServerError when the required one is not.

    An address in the environment is an order: then there is no second choice. With
    `AIDATAOPS_TEST_REQUIRE=apache-kafka` the embedded broker is never one.
    """
    if bootstrap := environment.get(BOOTSTRAP_VARIABLE):
        reason = f"{BOOTSTRAP_VARIABLE} is set"
        return [BrokerChoice(bootstrap, reason, lambda _: ExternalKafka(bootstrap))]
    choices = []
    if docker_answers():
        choices.append(BrokerChoice(DockerKafka.name, "Docker answers", lambda _: DockerKafka()))
    missing = missing_for_maven()
    if missing is None:
        choices.append(BrokerChoice(ApacheKafka.name, "from Maven Central", ApacheKafka))
    if is_apache_required(environment):
        if not choices:
            raise LocalServerError(f"{REQUIRE_VARIABLE}={APACHE_KAFKA}, but: {missing}")
        return choices
    reason = "no Docker; " + missing if missing else "if nothing better starts"
    return [*choices, BrokerChoice(EmbeddedKafka.name, reason, EmbeddedKafka)]


def private_broker(
    directory: Path, port: int | None = None, advertised_port: int | None = None
) -> PrivateKafka:
    """An Apache Kafka for one test, not started; raises LocalServerError when there is none."""
    missing = missing_for_maven()
    if missing is None:
        return ApacheKafka(directory, port, advertised_port)
    if docker_answers():
        return DockerKafka(port, advertised_port)
    raise LocalServerError(missing)


def missing_for_maven() -> str | None:
    """What Apache Kafka from Maven lacks on this machine; None when nothing."""
    try:
        require_java_and_maven()
    except LocalServerError as error:
        return str(error)
    return None


def is_apache_required(environment: Mapping[str, str]) -> bool:
    """Whether this run must not fall back to another broker; an unknown demand is an error."""
    demand = environment.get(REQUIRE_VARIABLE, "")
    if demand not in ("", APACHE_KAFKA):
        raise LocalServerError(
            f"{REQUIRE_VARIABLE}={demand!r} is unknown: the only value is {APACHE_KAFKA!r}."
        )
    return bool(demand)
