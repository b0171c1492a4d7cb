"""What this process knows of protected benchmarks: enough to ask for next to nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sourcing.domain.contamination import hash_texts
from sourcing.store.benchmarks import BenchmarkStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ProtectedRuns:
    """The hashes of all protected runs, sorted: 8 bytes each.

    A batch of 500 texts has some 34 000 runs, of which none or a few are protected: only those are
    looked up. Read anew when anything was protected since; the caller holds the lock on rules.
    """

    def __init__(self) -> None:
        self._state: str | None = None
        self._runs: NDArray[np.int64] | None = None

    async def find(self, store: BenchmarkStore, texts: Iterable[str]) -> dict[int, str]:
        """The runs of these texts that are protected, each with (the first of) its benchmarks."""
        state = await store.get_state()
        if state is None:
            return {}
        import numpy as np

        if state != self._state or self._runs is None:
            stored = np.frombuffer(await store.get_runs(), ">i8")
            self._runs, self._state = np.sort(stored.astype(np.int64)), state
        asked = np.frombuffer(hash_texts(texts), ">i8").astype(np.int64)
        places = np.searchsorted(self._runs, asked)
        near = self._runs[np.minimum(places, len(self._runs) - 1)]
        hits = set(asked[near == asked].tolist())
        return await store.find(hits) if hits else {}
