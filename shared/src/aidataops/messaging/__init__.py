"""The runtime: consume, inbox, effects, outbox, publish.

Names are loaded on first use, so that a client that only encodes events needs no database driver.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aidataops.messaging.application import Application
    from aidataops.messaging.handlers import Handlers, Origin, UnitOfWork
    from aidataops.messaging.received import Received

_HOMES = {
    "Application": "application",
    "Handlers": "handlers",
    "Origin": "handlers",
    "Received": "received",
    "UnitOfWork": "handlers",
}

__all__ = ["Application", "Handlers", "Origin", "Received", "UnitOfWork"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
