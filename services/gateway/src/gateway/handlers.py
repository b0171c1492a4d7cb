"""The gateway consumes nothing: what comes in comes by HTTP."""

from __future__ import annotations

from aidataops.messaging import Handlers

handlers = Handlers()
