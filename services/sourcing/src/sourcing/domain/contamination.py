"""Benchmark contamination: items that hold a piece of an evaluation set."""

from __future__ import annotations

from collections.abc import Iterable

from sourcing.domain.gates import Hold
from sourcing.domain.words import hash_run, hash_runs, runs_of, words_of

LENGTH = 13
"""Words in a row that an item must not share with a protected text; GPT-3's choice (Brown et al.
2020, appendix C). A protected text of fewer words is one run: an item may not consist of it."""


def protected_runs(texts: Iterable[str]) -> set[int]:
    """The hashes to compare by of protected texts, or of an item."""
    return {hash_run(run) for text in texts for run in runs_of(words_of(text), LENGTH)}


def hash_texts(texts: Iterable[str]) -> bytes:
    """The same hashes as ``protected_runs`` has, 8 bytes each (big-endian)."""
    return hash_runs(run for text in texts for run in runs_of(words_of(text), LENGTH))


def find_overlap(text: str, protected: dict[int, str]) -> Hold | None:
    """The first run of the text that is protected; ``protected`` is hash → benchmark id.

    The evidence gives the run's place, not its words: an item's text does not belong into a topic
    that everybody reads.
    """
    words = words_of(text)
    first: int | None = None
    shared = 0
    benchmark = ""
    for start in range(max(1, len(words) - LENGTH + 1) if words else 0):
        found = protected.get(hash_run(" ".join(words[start : start + LENGTH])))
        if found is not None:
            shared += 1
            if first is None:
                first, benchmark = start, found
    if first is None:
        return None
    return Hold(
        "contamination",
        f"{min(LENGTH, len(words))} words in a row stand in the protected benchmark {benchmark}",
        {"benchmark_id": benchmark, "first_word": str(first), "shared_runs": str(shared)},
    )
