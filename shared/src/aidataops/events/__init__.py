"""The event catalogue: one module per domain, one class per event type.

Contracts only grow: a new field is optional, anything else is a new major version beside the old.
"""

from aidataops.events.base import Payload, Slices
from aidataops.events.registry import PAYLOADS, TOPICS

__all__ = ["PAYLOADS", "TOPICS", "Payload", "Slices"]
