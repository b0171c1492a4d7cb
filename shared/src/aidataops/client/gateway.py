"""The gateway's clients, one for plain code and one for asyncio, over the same decisions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

import httpx

from aidataops.client.batches import (
    BATCH_TYPE,
    Batch,
    Idempotency,
    batches,
    new_traceparent,
    trace_id_of,
)
from aidataops.client.errors import PublishError
from aidataops.client.identity import event_key
from aidataops.client.report import PublishReport
from aidataops.client.retry import Retry
from aidataops.events import Payload

Progress = Callable[[Sequence[Payload]], None]
"""Called with the payloads of each batch once the gateway has answered."""

_TIMEOUT = httpx.Timeout(60, connect=5)


def _headers(api_key: str, traceparent: str) -> dict[str, str]:
    return {
        "authorization": f"Bearer {api_key}",
        "content-type": BATCH_TYPE,
        "traceparent": traceparent,
    }


def _note(batch: Batch, response: httpx.Response, report: PublishReport) -> None:
    """Enter a final answer into the report, or raise `PublishError` where it ends the publish."""
    if response.status_code == httpx.codes.NOT_FOUND:
        raise PublishError(
            f"{response.url} answers 404, so no gateway is there: is the URL right?",
            report=report,
            status=response.status_code,
        )
    if not response.is_success:
        raise PublishError(
            f"the gateway refused: {_reason(response)}", report=report, status=response.status_code
        )
    try:
        batch.note(response, report)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PublishError(
            f"{response.url} does not answer like a gateway ({error!r}): is the URL right?",
            report=report,
            status=response.status_code,
        ) from error


def _reason(response: httpx.Response) -> str:
    """Status, title and detail of a problem document (RFC 9457), as far as there is one."""
    try:
        problem = response.json()
        return f"{response.status_code} {problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{response.status_code} {response.reason_phrase}"


def _give_up(
    url: httpx.URL,
    last: httpx.Response | httpx.TransportError,
    report: PublishReport,
    attempts: int,
) -> PublishError:
    if isinstance(last, httpx.Response):
        return PublishError(
            f"the gateway failed {attempts} times: {_reason(last)}",
            report=report,
            status=last.status_code,
        )
    return PublishError(
        f"no gateway answered at {url} in {attempts} attempts ({type(last).__name__}: {last}): "
        "is it running, is the URL right?",
        report=report,
    )


class Client:
    """Publishes through a gateway; use it in a ``with`` or close it."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        retry: Retry = Retry(),  # noqa: B008 - frozen
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT, transport=transport)
        self._api_key = api_key
        self._retry = retry
        self._sleep = sleep

    def publish(
        self,
        payloads: Iterable[Payload],
        *,
        source: str,
        idempotency: Idempotency = event_key,
        traceparent: str | None = None,
        on_progress: Progress | None = None,
    ) -> PublishReport:
        """Publish in batches, in order, under one trace; again and again has one effect.

        Refused events stand in the report and harm no other. Raises `PublishError`, with the
        report so far, when the gateway stays out of reach or takes nothing from this key.
        """
        traceparent = traceparent or new_traceparent()
        report = PublishReport(trace_id_of(traceparent))
        for batch in batches(payloads, source=source, idempotency=idempotency):
            _note(batch, self._send(batch, traceparent, report), report)
            if on_progress is not None:
                on_progress(batch.payloads)
        return report

    def _send(self, batch: Batch, traceparent: str, report: PublishReport) -> httpx.Response:
        delays = self._retry.delays()
        while True:
            last: httpx.Response | httpx.TransportError
            try:
                last = self._http.post(
                    "/events", content=batch.body, headers=_headers(self._api_key, traceparent)
                )
                if not self._retry.is_due(last):
                    return last
            except httpx.TransportError as error:
                last = error
            delay = next(delays, None)
            if delay is None:
                raise _give_up(self._http.base_url, last, report, self._retry.attempts)
            response = last if isinstance(last, httpx.Response) else None
            self._sleep(self._retry.after(response, delay))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncClient:
    """`Client` for asyncio."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        retry: Retry = Retry(),  # noqa: B008 - frozen
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, transport=transport)
        self._api_key = api_key
        self._retry = retry

    async def publish(
        self,
        payloads: Iterable[Payload],
        *,
        source: str,
        idempotency: Idempotency = event_key,
        traceparent: str | None = None,
        on_progress: Progress | None = None,
    ) -> PublishReport:
        """As `Client.publish`."""
        traceparent = traceparent or new_traceparent()
        report = PublishReport(trace_id_of(traceparent))
        for batch in batches(payloads, source=source, idempotency=idempotency):
            _note(batch, await self._send(batch, traceparent, report), report)
            if on_progress is not None:
                on_progress(batch.payloads)
        return report

    async def _send(self, batch: Batch, traceparent: str, report: PublishReport) -> httpx.Response:
        delays = self._retry.delays()
        while True:
            last: httpx.Response | httpx.TransportError
            try:
                last = await self._http.post(
                    "/events", content=batch.body, headers=_headers(self._api_key, traceparent)
                )
                if not self._retry.is_due(last):
                    return last
            except httpx.TransportError as error:
                last = error
            delay = next(delays, None)
            if delay is None:
                raise _give_up(self._http.base_url, last, report, self._retry.attempts)
            response = last if isinstance(last, httpx.Response) else None
            await asyncio.sleep(self._retry.after(response, delay))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
