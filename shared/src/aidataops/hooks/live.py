"""Failures on their way while the run that finds them goes on."""

from __future__ import annotations

import logging
from queue import Empty, SimpleQueue
from threading import Thread

from aidataops.client import Client, PublishError, Retry
from aidataops.client.outbox import Entry
from aidataops.events import Payload

_LOG = logging.getLogger("aidataops.hooks")
_RETRY = Retry(attempts=3, longest=2.0)


class LiveSender:
    """Sends in the background what is found before the end, and notes in the entry what is in.

    The end of the run sends all the rest, so this may fail at any point: when the gateway is away
    it gives up for this run.
    """

    def __init__(self, gateway: str, api_key: str, entry: Entry) -> None:
        self._gateway, self._api_key, self._entry = gateway, api_key, entry
        self._found: SimpleQueue[Payload | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="aidataops-live", daemon=True)
        self._thread.start()

    def send(self, payload: Payload) -> None:
        """Soon; returns at once."""
        self._found.put(payload)

    def close(self) -> None:
        """Wait until what was given is in, or given up."""
        self._found.put(None)
        self._thread.join()

    def _run(self) -> None:
        with Client(self._gateway, self._api_key, retry=_RETRY) as client:
            while batch := self._batch():
                try:
                    report = client.publish(batch, source=self._entry.source)
                    if report.ok:
                        self._entry.note_sent(batch)
                except (PublishError, OSError) as error:
                    _LOG.warning("%s Failures are sent when the run has ended.", error)
                    return

    def _batch(self) -> list[Payload]:
        """What has been found meanwhile; empty at the end."""
        found = [self._found.get()]
        try:
            while found[-1] is not None:
                found.append(self._found.get_nowait())
        except Empty:
            pass
        if found[-1] is None:
            self._found.put(None)
        return [payload for payload in found if payload is not None]
