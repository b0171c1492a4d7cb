"""The table of flags, and what is wrong behind versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aidataops.database import Connection, Queries
from lineage.domain.flags import FlagCause, Suspicion, superseded
from lineage.store.questions import QuestionStore, Touching
from lineage.store.shelf import Shelf

_QUERIES = Queries.load("lineage")

_TOUCHING = {
    FlagCause.SOURCE_SUSPENDED: Touching.SOURCE,
    FlagCause.ANNOTATOR_SUSPENDED: Touching.ANNOTATOR,
    FlagCause.GUIDELINE_SUPERSEDED: Touching.GUIDELINE,
}


class FlagStore:
    """Finds what is suspect, counts what it touches, and keeps what was told of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def suspicions(self, about: Sequence[str] | None = None) -> list[Suspicion]:
        """Everything that is wrong, or that was and is flagged still; or as far as it concerns
        these sources, annotators, projects (for guidelines), vendors (for labels) or subjects.
        """
        rows = await self._connection.fetch(_QUERIES["suspicions"], about)
        found = [Suspicion(FlagCause(row["cause"]), row["about"], row["active"]) for row in rows]
        published = await self._connection.fetch(_QUERIES["guidelines_of_projects"], about)
        guidelines: dict[str, list[str]] = defaultdict(list)
        for row in published:
            project, _, version = row["id"].rpartition("/")
            guidelines[project].append(version)
        return found + [
            Suspicion(FlagCause.GUIDELINE_SUPERSEDED, f"{project}/{version}", old)
            for project, versions in sorted(guidelines.items())
            for version, old in sorted(superseded(versions).items())
        ]

    async def touched(self, suspicion: Suspicion) -> Mapping[str, int]:
        """How many rows of which versions rest on it."""
        if not suspicion.active:
            return {}
        if suspicion.cause in _TOUCHING:
            questions = QuestionStore(self._connection, Shelf())
            return await questions.held(_TOUCHING[suspicion.cause], suspicion.about)
        query = "rows_erased" if suspicion.cause is FlagCause.ERASURE else "rows_withdrawn"
        rows = await self._connection.fetch(_QUERIES[query], suspicion.about)
        return {row["version_id"]: row["items"] for row in rows}

    async def tell(self, suspicion: Suspicion, counts: Mapping[str, int]) -> list[Any]:
        """Keep what is told; returns the versions for which that is news, each with its count."""
        return list(
            await self._connection.fetch(
                _QUERIES["tell_flags"], suspicion.cause.value, suspicion.about,
                list(counts), list(counts.values()),
            )
        )  # fmt: skip

    async def models(self, version_ids: Iterable[str]) -> dict[str, dict[str, set[str]]]:
        """The training runs and the models of these versions."""
        rows = await self._connection.fetch(_QUERIES["trained_on"], sorted(version_ids))
        found: dict[str, dict[str, set[str]]] = defaultdict(
            lambda: {"runs": set(), "models": set()}
        )
        for row in rows:
            found[row["version_id"]]["runs"] |= {row["training_run_id"]} - {None}
            found[row["version_id"]]["models"] |= {row["model"]} - {None}
        return found

    async def raised(self, dataset: str | None = None) -> list[dict[str, Any]]:
        """The flags that stand, by version."""
        rows = await self._connection.fetch(_QUERIES["raised_flags"], dataset)
        return [dict(row) for row in rows]

    async def lock_standing(self, names: Iterable[str], *, shared: bool) -> None:
        """Whoever lets these sources or annotators reach items, and whoever judges them, wait for
        each other, so that the second sees what the first one did.
        """
        mode = "shared" if shared else "alone"
        await self._connection.execute(_QUERIES[f"lock_standing_{mode}"], sorted(set(names)))
