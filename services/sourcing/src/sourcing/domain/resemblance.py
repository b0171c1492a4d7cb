"""Near duplicates: which texts may resemble each other (MinHash), and how much they do (Jaccard).

Two texts of Jaccard similarity s over their word 5-grams share a band with probability
1 - (1 - s^8)^14: .28 at .50, .65 at .719, .92 at .80 and .9997 at .90. What shares one is held
against the exact figure, so nothing is held back by chance; what shares none escapes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

from rensa import RMinHash

from sourcing.domain.duplicates import ContentKey, Pair
from sourcing.domain.words import runs_of, words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

BANDS = 14
ROWS = 8
THRESHOLD = 0.719
SHINGLE = 5
"""Words of a shingle; a shorter text is one shingle."""

SIGNED = 8 * BANDS
"""Bytes of a text's bands."""

_SEED = 42
_SALTS = [
    int.from_bytes(blake2b(place.to_bytes(2, "big"), digest_size=8).digest(), "big") | 1
    for place in range(BANDS * ROWS)
]
"""An odd factor for each row of each band."""


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


def sign(texts: Sequence[set[str]]) -> list[bytes]:
    """The bands of each text's MinHash, from its shingles: 14 hashes of 8 bytes, one after another.

    None for a text without words. They are stored: another seed, shape, hash or version of rensa's
    algorithm needs all of them to be made again (a test pins them; see ``sign_unsigned``).
    """
    import numpy as np

    filled = [number for number, shingles in enumerate(texts) if shingles]
    matrix = RMinHash.digest_matrix_from_token_sets(
        [texts[number] for number in filled], BANDS * ROWS, _SEED
    )
    signatures = array("I")
    for digest in matrix.to_rows():
        signatures.extend(digest)
    rows = np.frombuffer(signatures, np.uint32) * np.tile(_SALTS, len(filled)).astype(np.uint64)
    hashed = _mix(rows.reshape(-1, ROWS).sum(axis=1)).astype("<u8").tobytes()
    bands = [b""] * len(texts)
    for place, number in enumerate(filled):
        bands[number] = hashed[place * SIGNED : (place + 1) * SIGNED]
    return bands


def sharing_a_band(
    signed: Mapping[ContentKey, bytes], others: Mapping[ContentKey, bytes]
) -> Iterator[Pair]:
    """Pairs of one project that may resemble each other, by their bands; some come twice.

    Of ``signed`` among themselves and with ``others``, which may be very many.
    """
    import numpy as np

    keys = [key for key, bands in signed.items() if bands]
    asking = len(keys)
    keys += others
    bands = np.frombuffer(b"".join((*signed.values(), *others.values())), "<u8")
    order = np.argsort(bands, kind="stable")  # of equal bands those of the signed come first
    alike = np.flatnonzero(bands[order[1:]] == bands[order[:-1]])
    holders: dict[tuple[str, int], list[ContentKey]] = {}
    for place in sorted({*alike.tolist(), *(alike + 1).tolist()}):
        entry = int(order[place])
        key = keys[entry // BANDS]
        together = holders.setdefault((key[0], int(bands[entry])), [])
        for holder in together:
            yield holder, key
        if entry // BANDS < asking:
            together.append(key)


def _mix(values: Hashes) -> Hashes:
    """Every bit of a 64-bit number in every bit (MurmurHash3's last step)."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        values ^= values >> 33
        values *= factor
    values ^= values >> 33
    return values
