"""Near duplicates: which texts may resemble each other (MinHash), and how much they do (Jaccard).

Two texts of Jaccard similarity s over their word 5-grams share a band with probability
1 - (1 - s^8)^14: .28 at .50, .65 at .719, .92 at .80 and .9997 at .90. What shares one is held
against the exact figure, so nothing is held back by chance; what shares none escapes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from struct import Struct

from rensa import RMinHash

from sourcing.domain.duplicates import ContentKey
from sourcing.domain.words import runs_of, words_of

BANDS = 14
ROWS = 8
THRESHOLD = 0.719
SHINGLE = 5
"""Words of a shingle; a shorter text is one shingle."""

_SEED = 42
_BYTES = 4 * ROWS
_PARTS = [
    (
        slice(band * _BYTES, (band + 1) * _BYTES),
        blake2b(digest_size=8, salt=band.to_bytes(2, "big")),
    )
    for band in range(BANDS)
]
"""Where each band lies in the bytes of a signature, and its salted hash, made once to be copied."""

_BANDS = Struct(f">{BANDS}q")


def shingles_of(text: str) -> set[str]:
    """The word 5-grams of a text."""
    return runs_of(words_of(text), SHINGLE)


def jaccard(one: set[str], other: set[str]) -> float:
    """Shared shingles over all shingles of both; 0 for texts without words."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def escape_probability(similarity: float) -> float:
    """That two texts of this similarity share no band."""
    return float((1 - similarity**ROWS) ** BANDS)


def sign(texts: Sequence[set[str]]) -> list[list[int]]:
    """The bands of each text's MinHash, from its shingles: 14 hashes of 64 bits, signed.

    None for a text without words. They are stored: another ``SEED``, shape or version of rensa's
    algorithm needs every stored row to be made again (a test pins them).
    """
    filled = [number for number, shingles in enumerate(texts) if shingles]
    matrix = RMinHash.digest_matrix_from_token_sets(
        [texts[number] for number in filled], BANDS * ROWS, _SEED
    )
    bands: list[list[int]] = [[] for _ in texts]
    for number, digest in zip(filled, matrix.to_rows(), strict=True):
        bands[number] = list(_BANDS.unpack(_hash_bands(array("I", digest).tobytes())))
    return bands


def sharing_a_band(
    signed: Mapping[ContentKey, Sequence[int]],
) -> Iterator[tuple[ContentKey, ContentKey]]:
    """Pairs of one project whose bands say that they may resemble each other; some twice."""
    holders: dict[tuple[str, int], list[ContentKey]] = {}
    for key, bands in signed.items():
        for band in bands:
            others = holders.setdefault((key[0], band), [])
            for other in others:
                yield key, other
            others.append(key)


def _hash_bands(signature: bytes) -> bytes:
    hashes = []
    for part, salted in _PARTS:
        hashing = salted.copy()
        hashing.update(signature[part])
        hashes.append(hashing.digest())
    return b"".join(hashes)
