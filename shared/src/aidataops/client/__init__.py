"""Publishing events from outside: through the gateway, or straight to Kafka.

``Client(url, api_key)`` and ``AsyncClient`` speak CloudEvents over HTTP; ``KafkaClient`` writes to
the topics themselves. All three give the same payload the same event id, so that publishing again
has no second effect, whichever way it goes.
"""

from aidataops.client.errors import PublishError
from aidataops.client.gateway import AsyncClient, Client
from aidataops.client.identity import event_key, mint_event_id
from aidataops.client.kafka import KafkaClient
from aidataops.client.report import PublishReport, RefusedEvent
from aidataops.client.retry import Retry

__all__ = [
    "AsyncClient",
    "Client",
    "KafkaClient",
    "PublishError",
    "PublishReport",
    "RefusedEvent",
    "Retry",
    "event_key",
    "mint_event_id",
]
