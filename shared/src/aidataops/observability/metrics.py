"""Every metric of the runtime, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metric(NamedTuple):
    """What a metric is: its kind, what it tells, its labels beside ``service``."""

    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)

METRICS: Final[dict[str, Metric]] = {
    # what comes in, by how it ended: processed, duplicate, ignored, dead_letter
    "aidataops_records_total": Metric("counter", "Records consumed", ("topic", "outcome")),
    "aidataops_batch_seconds": Metric("histogram", "From poll to commit", (), _SECONDS),
    "aidataops_batch_records": Metric("histogram", "Records per polled batch", (), _RECORDS),
    "aidataops_retries_total": Metric("counter", "Batches tried again after a transient error"),
    "aidataops_fallbacks_total": Metric("counter", "Batches taken apart to single records"),
    # what goes out
    "aidataops_emitted_total": Metric("counter", "Events committed to the outbox", ("type",)),
    "aidataops_published_records_total": Metric("counter", "Records acknowledged by Kafka"),
    "aidataops_publish_errors_total": Metric("counter", "Failed sends; each rebuilds the producer"),
    "aidataops_relayed_rows_total": Metric("counter", "Outbox rows taken over by the relay"),
    # how it stands
    "aidataops_outbox_rows": Metric("gauge", "Outbox rows"),
    "aidataops_outbox_oldest_seconds": Metric("gauge", "Age of the oldest outbox row"),
    "aidataops_consumer_lag": Metric("gauge", "Records behind", ("topic", "partition")),
    "aidataops_last_poll_age_seconds": Metric("gauge", "Since the last poll of Kafka"),
    "aidataops_spans_dropped_total": Metric("counter", "Spans not exported for want of room"),
    "aidataops_ready": Metric("gauge", "1 when /readyz is 200"),
}


class Metrics:
    """The metrics of one service; names that are not in the table do not exist."""

    def __init__(self, service: str, table: Mapping[str, Metric] = METRICS) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        self._metrics: dict[str, Counter | Gauge | Histogram] = {}
        for name, metric in table.items():
            labels = ("service", *metric.labels)
            if metric.kind == "histogram":
                self._metrics[name] = Histogram(
                    name, metric.help, labels, registry=self.registry, buckets=metric.buckets
                )
            else:
                kind = Counter if metric.kind == "counter" else Gauge
                self._metrics[name] = kind(name, metric.help, labels, registry=self.registry)

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Count up."""
        metric = self._metrics[name].labels(service=self._service, **labels)
        assert isinstance(metric, Counter)  # noqa: S101 - the table says so
        metric.inc(amount)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        metric = self._metrics[name].labels(service=self._service, **labels)
        assert isinstance(metric, Gauge)  # noqa: S101 - the table says so
        metric.set(value)

    def observe(self, name: str, value: float) -> None:
        """Add an observation to a histogram."""
        metric = self._metrics[name].labels(service=self._service)
        assert isinstance(metric, Histogram)  # noqa: S101 - the table says so
        metric.observe(value)

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
