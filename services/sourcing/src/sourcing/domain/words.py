"""A text as words, and as hashed runs of words that texts are compared by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from sourcing.domain.content import canonical

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Scripts written without spaces (Thai, Lao, Burmese, Khmer, kana, han): each sign is a word."""

_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_ASCII = "".join(sign.lower() if _WORD.match(sign) else " " for sign in map(chr, range(128)))
"""What each sign of ASCII is to words: itself without case, or a space."""


_BLAKE = blake2b(digest_size=8)


def words_of(text: str) -> list[str]:
    """Words of the canonical text without case and punctuation; a third of the time for ASCII."""
    if text.isascii():
        return text.translate(_ASCII).split()
    return _WORD.findall(canonical(text).casefold())


def runs_of(words: Sequence[str], length: int) -> set[str]:
    """Every run of ``length`` words; a shorter text is one run, a text without words none."""
    if len(words) <= length:
        return {" ".join(words)} if words else set()
    return set(map(" ".join, zip(*(words[start:] for start in range(length)), strict=False)))


def hash_run(run: str) -> int:
    """64 bits of BLAKE2b, signed as Postgres' bigint is."""
    return int.from_bytes(hash_runs([run]), "big", signed=True)


def hash_runs(runs: Iterable[str]) -> bytes:
    """The same 8 bytes (big-endian) of each, one after another; a state is copied, not set up."""
    hashes = []
    for run in runs:
        hashing = _BLAKE.copy()
        hashing.update(run.encode())
        hashes.append(hashing.digest())
    return b"".join(hashes)
