"""For tests of services: real brokers, real databases, and a service without Kafka."""

from aidataops.testing.harness import RecordingPublisher, ServiceHarness, SettableClock, headers_of

__all__ = ["RecordingPublisher", "ServiceHarness", "SettableClock", "headers_of"]
