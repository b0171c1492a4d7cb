"""Protected evaluation sets, as hashes of their runs of words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aidataops.events.sourcing import BenchmarkProtected
from sourcing.store.store import Store


class BenchmarkStore(Store):
    """Tables ``benchmarks`` and ``protected_runs``. Their texts are not kept."""

    async def add(self, benchmarks: Sequence[tuple[BenchmarkProtected, set[int]]]) -> None:
        """Protect the runs of these chunks."""
        await self.connection.execute(
            self.queries["add_benchmarks"],
            [benchmark.benchmark_id for benchmark, _ in benchmarks],
            [benchmark.version or "" for benchmark, _ in benchmarks],
            [benchmark.chunk for benchmark, _ in benchmarks],
            [benchmark.name for benchmark, _ in benchmarks],
            [len(benchmark.texts) for benchmark, _ in benchmarks],
        )
        pairs = [(run, one.benchmark_id) for one, runs in benchmarks for run in runs]
        await self.connection.execute(
            self.queries["add_runs"], [run for run, _ in pairs], [name for _, name in pairs]
        )

    async def get_state(self) -> str | None:
        """Something else after every change of what is protected; ``None`` for nothing."""
        state: str | None = await self.connection.fetchval(self.queries["get_state_of_benchmarks"])
        return state

    async def get_runs(self) -> bytes:
        """Every protected run, 8 bytes each (big-endian)."""
        return bytes(await self.connection.fetchval(self.queries["get_runs"]))

    async def find(self, runs: Collection[int]) -> dict[int, str]:
        """Those of the runs that are protected, each with (the first of) its benchmarks."""
        rows = await self.connection.fetch(self.queries["find_runs"], list(runs))
        return {row["run"]: row["benchmark_id"] for row in rows}
