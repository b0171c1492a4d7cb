"""Payloads as batches of structured CloudEvents, and what the gateway answers to one."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import httpx

from aidataops.client.identity import event_key
from aidataops.client.report import PublishReport, RefusedEvent
from aidataops.events import Payload

BATCH_TYPE = "application/cloudevents-batch+json"
MAXIMUM_EVENTS = 1000
MAXIMUM_BYTES = 4_000_000
"""Bytes of one batch: below the gateway's 10 MB, so that a lost request costs little."""

Idempotency = Callable[[Payload], str]
"""Gives a payload its id; two publishes under one id are one event."""


def new_traceparent() -> str:
    """A new trace for one publish, as a W3C ``traceparent``."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def trace_id_of(traceparent: str) -> str:
    """The 32 digits by which a trace is found."""
    return traceparent.split("-")[1]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some events of one publish; ``first`` is the index of the first of them."""

    first: int
    payloads: Sequence[Payload]
    body: bytes

    def note(self, response: httpx.Response, report: PublishReport) -> None:
        """Enter the gateway's verdict on every event into the report.

        Raises ``ValueError`` when the answer is not one of a gateway.
        """
        verdicts = response.json()["events"]
        if len(verdicts) != len(self.payloads):
            raise ValueError(f"{len(verdicts)} verdicts on {len(self.payloads)} events")
        for offset, (payload, verdict) in enumerate(zip(self.payloads, verdicts, strict=True)):
            status = verdict["status"]
            if status == 202:
                report.accepted += 1
            elif status == 200:
                report.duplicates += 1
            else:
                problem = verdict.get("problem") or {}
                report.refused.append(
                    RefusedEvent(
                        index=self.first + offset,
                        type=payload.type,
                        key=payload.partition_key(),
                        status=status,
                        title=str(problem.get("title", "")),
                        detail=str(problem.get("detail", "")),
                    )
                )


def batches(
    payloads: Iterable[Payload], *, source: str, idempotency: Idempotency = event_key
) -> Iterator[Batch]:
    """Batches as large as they may be; holds no more than one of them in memory."""
    first, chosen, parts, size = 0, list[Payload](), list[bytes](), 2
    for payload in payloads:
        event = _structured(payload, source, idempotency(payload))
        if chosen and (len(chosen) == MAXIMUM_EVENTS or size + len(event) > MAXIMUM_BYTES):
            yield Batch(first, chosen, b"[" + b",".join(parts) + b"]")
            first, chosen, parts, size = first + len(chosen), [], [], 2
        chosen.append(payload)
        parts.append(event)
        size += len(event) + 1
    if chosen:
        yield Batch(first, chosen, b"[" + b",".join(parts) + b"]")


def _structured(payload: Payload, source: str, key: str) -> bytes:
    envelope = json.dumps(
        {
            "specversion": "1.0",
            "id": key,
            "source": source,
            "type": payload.type,
            "subject": payload.partition_key(),
            "datacontenttype": "application/json",
        }
    )
    data = payload.model_dump_json(exclude_none=True)
    return f'{envelope[:-1]}, "data": {data}}}'.encode()
