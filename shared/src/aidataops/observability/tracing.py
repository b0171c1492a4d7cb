"""One span per record, at the cost of a tuple per record.

A span of the OpenTelemetry SDK costs more than handling a record in a batch does. So the hot path
only appends what a span needs to know; a thread builds the spans and exports them by OTLP.
Names and attributes follow the semantic conventions for messaging.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from aidataops.messaging.received import Received
from aidataops.messaging.traceparent import is_sampled, names_trace, span_id_of, trace_id_of

EXPORT_SECONDS = 1.0
CAPACITY = 100_000
"""Spans waiting for export; what comes above is dropped and counted."""

_SCOPE = InstrumentationScope("aidataops")
_FLAGS = TraceFlags(TraceFlags.SAMPLED)


class _Span(NamedTuple):
    traceparent: bytes
    parent: bytes | None
    name: str
    kind: SpanKind
    start: int
    end: int
    attributes: Mapping[str, str | int]
    error: str | None


class _Batch(NamedTuple):
    start: int
    end: int
    rows: list[tuple[bytes, bytes | None, str, str, str, int, int]]


class SpanRecorder:
    """Collects spans and exports them in the background; without an exporter it does nothing."""

    def __init__(
        self, service: str, exporter: SpanExporter | None, *, group: str | None = None
    ) -> None:
        self._exporter = exporter
        self._group = group or service
        self._resource = Resource.create(
            {"service.name": os.environ.get("OTEL_SERVICE_NAME", service)}
        )
        self._waiting: deque[_Span | _Batch] = deque()
        self._count = 0
        self.dropped = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        if exporter is not None:
            self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
            self._thread.start()

    @classmethod
    def from_environment(cls, service: str, *, group: str | None = None) -> SpanRecorder:
        """Export by OTLP over HTTP when the standard ``OTEL_EXPORTER_OTLP_*`` variables say so."""
        names = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
        if disabled or not any(os.environ.get(name) for name in names):
            return cls(service, None)
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (
            OTLPSpanExporter,
        )

        return cls(service, OTLPSpanExporter(), group=group)

    @property
    def enabled(self) -> bool:
        return self._exporter is not None

    def processed(self, events: Sequence[Received[Any]], *, start: int, end: int) -> None:
        """A batch was processed between two times (nanoseconds since the epoch)."""
        if self._exporter is None:
            return
        rows = [
            (
                event.traceparent,
                attributes.traceparent,
                attributes.event_id,
                attributes.type,
                record.topic,
                record.partition,
                record.offset,
            )
            for event in events
            if is_sampled(event.traceparent)
            for attributes, record in ((event.attributes, event.record),)
        ]
        self._append(_Batch(start, end, rows), len(rows))

    def record(
        self,
        name: str,
        *,
        traceparent: bytes,
        parent: bytes | None,
        start: int,
        end: int,
        kind: SpanKind = SpanKind.SERVER,
        attributes: Mapping[str, str | int] | None = None,
        error: str | None = None,
    ) -> None:
        """One span of something else than a consumed record, e.g. an HTTP request."""
        if self._exporter is None:
            return
        span = _Span(traceparent, parent, name, kind, start, end, attributes or {}, error)
        self._append(span, 1)

    def close(self) -> None:
        """Export what waits and stop."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._exporter is not None:
            self._exporter.shutdown()

    def _append(self, entry: _Span | _Batch, spans: int) -> None:
        if self._count + spans > CAPACITY:
            self.dropped += spans
            return
        self._count += spans
        self._waiting.append(entry)

    def _run(self) -> None:
        while not self._stop.wait(EXPORT_SECONDS):
            self._export()
        self._export()

    def _export(self) -> None:
        assert self._exporter is not None  # noqa: S101 - the thread runs only with one
        while self._waiting:
            entry = self._waiting.popleft()
            spans = list(self._build(entry))
            self._count -= len(spans)
            for first in range(0, len(spans), 512):
                self._exporter.export(spans[first : first + 512])

    def _build(self, entry: _Span | _Batch) -> Iterator[ReadableSpan]:
        if isinstance(entry, _Span):
            yield self._readable(entry)
            return
        for traceparent, parent, event_id, event_type, topic, partition, offset in entry.rows:
            yield self._readable(
                _Span(
                    traceparent,
                    parent,
                    f"process {topic}",
                    SpanKind.CONSUMER,
                    entry.start,
                    entry.end,
                    {
                        "messaging.system": "kafka",
                        "messaging.operation.name": "process",
                        "messaging.operation.type": "process",
                        "messaging.destination.name": topic,
                        "messaging.destination.partition.id": str(partition),
                        "messaging.consumer.group.name": self._group,
                        "messaging.kafka.offset": offset,
                        "messaging.message.id": event_id,
                        "cloudevents.event_type": event_type,
                    },
                    None,
                )
            )

    def _readable(self, span: _Span) -> ReadableSpan:
        return ReadableSpan(
            name=span.name,
            context=_context(span.traceparent, is_remote=False),
            parent=_context(span.parent, is_remote=True) if names_trace(span.parent) else None,
            resource=self._resource,
            attributes=dict(span.attributes),
            kind=span.kind,
            instrumentation_scope=_SCOPE,
            status=Status(StatusCode.ERROR, span.error) if span.error else Status(),
            start_time=span.start,
            end_time=span.end,
        )


def _context(header: bytes, *, is_remote: bool) -> SpanContext:
    return SpanContext(
        int(trace_id_of(header), 16),
        int(span_id_of(header), 16),
        is_remote=is_remote,
        trace_flags=_FLAGS,
    )
