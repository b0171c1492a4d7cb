"""How people reach the system: through the gateway's HTTP, or a vendor straight to Kafka."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from aidataops.client import AsyncClient, KafkaClient, PublishReport
from aidataops.client.batches import new_traceparent
from aidataops.errors import AidataopsError
from aidataops.events import Payload
from aidataops.harnesses import ADAPTERS, ReadOptions
from aidataops.local.demo.observer import Observed

SLICE_FIELDS = ("domain", "language", "capability", "risk")


class RefusedError(AidataopsError):
    """The gateway did not take what a person of the story said."""

    code = "refused"


class Doors:
    """The two ways in; use it in an ``async with``.

    Who answers an event continues its trace, as a console or a vendor's tool would.
    """

    def __init__(self, gateway: str, api_key: str, bootstrap: str) -> None:
        """Nothing is connected yet."""
        self._gateway = AsyncClient(gateway, api_key)
        self._kafka = KafkaClient(bootstrap)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._gateway.close()
        await self._kafka.close()

    async def say(
        self,
        payloads: Iterable[Payload],
        *,
        source: str,
        answering: Observed[Payload] | None = None,
    ) -> str:
        """Send through the gateway; returns the trace id."""
        report = await self._gateway.publish(
            payloads, source=source, traceparent=_traceparent(answering)
        )
        return _accepted(report)

    async def stream(
        self, payloads: Iterable[Payload], *, source: str, answering: Observed[Payload]
    ) -> str:
        """Write straight to Kafka; returns the trace id."""
        report = await self._kafka.publish(
            payloads, source=source, traceparent=_traceparent(answering)
        )
        return _accepted(report)

    async def evaluate(
        self,
        files: Path,
        project: str,
        *,
        baseline: Path | None = None,
        answering: Observed[Payload] | None = None,
    ) -> tuple[Sequence[Payload], str]:
        """Publish a run of lm-evaluation-harness as `aidataops publish lm-eval` does.

        Returns what was published, and the trace id.
        """
        options = ReadOptions(
            project=project,
            baseline=None if baseline is None else str(baseline),
            slice_fields=SLICE_FIELDS,
        )
        events = list(ADAPTERS["lm-eval"](files, options))
        trace_id = await self.say(events, source="/harnesses/lm-eval", answering=answering)
        return events, trace_id


def _traceparent(answering: Observed[Payload] | None) -> str:
    return (answering.traceparent if answering else "") or new_traceparent()


def _accepted(report: PublishReport) -> str:
    if report.refused:
        first = report.refused[0]
        raise RefusedError(
            f"The gateway refused {len(report.refused)} events, the first a {first.type}: "
            f"{first.title}: {first.detail}"
        )
    return report.trace_id
