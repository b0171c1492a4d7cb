"""What the services' read APIs say at the end: the console, the feedback router, lineage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx

from aidataops.errors import AidataopsError

TIMEOUT_S = 10.0

TOTALS = {
    "regressions_unattributed": "regressions",
    "batches_without_agreement": "batches_released",
    "findings_unrouted": "findings",
}
"""The three numbers that are to be zero, and what each is a part of, as the console calls them."""

NUMBERS = tuple(TOTALS)


class ReadingError(AidataopsError):
    """A service's read API did not answer as it should."""

    code = "reading"

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Readings:
    """Asks the services; `url` gives the HTTP base of one by its name."""

    def __init__(self, url: Callable[[str], str]) -> None:
        """Nothing is asked yet."""
        self._url = url

    async def numbers(self) -> dict[str, int]:
        """The console's three numbers, and the totals that they are parts of."""
        numbers: dict[str, int] = await self._get("console", "/api/numbers")
        return numbers

    async def annotators(self) -> list[dict[str, Any]]:
        """The console's list of annotators with their records on golden items."""
        annotators: list[dict[str, Any]] = await self._get("console", "/api/annotators")
        return annotators

    async def remediations(self) -> list[dict[str, Any]]:
        """The feedback router's remediations and their states."""
        remediations: list[dict[str, Any]] = await self._get("feedback-router", "/remediations")
        return remediations

    async def why(self, model: str) -> dict[str, Any]:
        """What lineage knows to be behind a model; empty while it does not know the model."""
        try:
            why: dict[str, Any] = await self._get("lineage", f"/models/{quote(model)}/why")
        except ReadingError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return {}
            raise
        return why

    async def _get(self, service: str, path: str) -> Any:
        async with httpx.AsyncClient(
            base_url=self._url(service),
            timeout=TIMEOUT_S,
            trust_env=False,
            verify=False,  # noqa: S501 - plain HTTP; loading certificates takes long
        ) as client:
            try:
                response = await client.get(path)
            except httpx.HTTPError as error:
                raise ReadingError(f"{service} does not answer {path}: {error!r}") from error
            if not response.is_success:
                raise ReadingError(
                    f"{service} answers {path} with {response.status_code}: {response.text[:300]}",
                    response.status_code,
                )
            return response.json()
