"""Which function handles which type; the modules beside this one fill it."""

from __future__ import annotations

from aidataops.messaging import Handlers

handlers = Handlers()
