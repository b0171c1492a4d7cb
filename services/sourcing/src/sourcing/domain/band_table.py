"""Which contents hold a band: the look-up of near duplicates, in flat arrays.

A hash table with linear probing: ``slots`` name the newest entry with a band, ``previous`` leads
from there to the older ones. An entry is one band of one content. Whole batches are looked up and
put in by a few passes over arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sourcing.domain.resemblance import BANDS

HASH = 32
"""Bytes of a content hash."""

_ROOM = 512
_SLOTS = 1 << 14
_CHUNK = 1 << 16
"""Bands that are moved at once when the table grows: temporary arrays stay in the cache."""

Keys = NDArray[np.uint64]
Entries = NDArray[np.uint32]


class BandTable:
    """Contents in the order in which they came in; number 0 is nobody, so that entry 0 is free."""

    def __init__(self) -> None:
        self._end = 1
        self._hashes = np.empty((_ROOM, HASH), np.uint8)
        self._bands = np.zeros(_ROOM * BANDS, "<u8")
        self._previous = np.zeros(_ROOM * BANDS, np.uint32)
        self._slots = np.zeros(_SLOTS, np.uint32)

    def __len__(self) -> int:
        return self._end - 1

    @property
    def memory(self) -> int:
        """Bytes of the arrays, room to grow included."""
        arrays = (self._hashes, self._bands, self._previous, self._slots)
        return sum(array.nbytes for array in arrays)

    def add(self, hashes: bytes, bands: bytes) -> None:
        """Put contents in: 32 bytes of hash and 14 bands of 8 bytes (little-endian) of each."""
        start = self._end
        self._end += len(hashes) // HASH
        self._make_room()
        self._hashes[start : self._end] = np.frombuffer(hashes, np.uint8).reshape(-1, HASH)
        keys = self._bands[start * BANDS : self._end * BANDS]
        keys[:] = np.frombuffer(bands, "<u8")
        order = np.argsort(keys)
        entries = (order + start * BANDS).astype(np.uint32)
        same = keys[order[1:]] == keys[order[:-1]]
        self._previous[entries] = 0
        self._previous[entries[1:][same]] = entries[:-1][same]
        oldest = np.concatenate(([True], ~same))
        newest = np.concatenate((~same, [True]))
        self._enter(entries[newest], entries[oldest])

    def find(self, bands: bytes) -> dict[str, bytes]:
        """The contents that have one of these bands: hash and bands of each.

        Each once, however many of a batch resemble it: in a flood of near copies the pairs would
        be its square.
        """
        keys = np.frombuffer(bands, "<u8").astype(np.uint64)
        slots, named = self._home(keys), [np.empty(0, np.uint32)]
        while len(keys):
            entries = self._slots[slots]
            hit = (entries != 0) & (self._bands[entries] == keys)
            named.append(entries[hit])
            on = (entries != 0) & ~hit
            keys, slots = keys[on], (slots[on] + 1) & (len(self._slots) - 1)
        entries, found = np.unique(np.concatenate(named)), [np.empty(0, np.uint32)]
        while len(entries):
            found.append(entries // BANDS)
            entries = self._previous[entries]
            entries = entries[entries != 0]
        return {
            self._hashes[content].tobytes().hex(): self._bands[
                content * BANDS : (content + 1) * BANDS
            ].tobytes()
            for content in np.unique(np.concatenate(found)).tolist()
        }

    def _enter(self, newest: Entries, oldest: Entries) -> None:
        """Let slots name entries of different bands; ``oldest`` leads to what a slot named before.

        Of those that want the same free slot all write, and the one that is read afterwards has it.
        """
        slots = self._home(self._bands[newest])
        while len(newest):
            named = self._slots[slots]
            fits = (named == 0) | (self._bands[named] == self._bands[newest])
            self._slots[slots[fits]] = newest[fits]
            done = fits & (self._slots[slots] == newest)
            linked = done & (named != 0)
            self._previous[oldest[linked]] = named[linked]
            slots = np.where(fits, slots, (slots + 1) & (len(self._slots) - 1))[~done]
            newest, oldest = newest[~done], oldest[~done]

    def _make_room(self) -> None:
        if self._end > len(self._hashes):
            contents = max(self._end, 2 * len(self._hashes))
            self._hashes = _longer(self._hashes, contents)
            self._bands = _longer(self._bands, contents * BANDS)
            self._previous = _longer(self._previous, contents * BANDS)
        wanted = len(self._slots)
        while 3 * self._end * BANDS > 2 * wanted:
            wanted *= 2
        if wanted > len(self._slots):
            named = self._slots[self._slots != 0]
            self._slots = np.zeros(wanted, np.uint32)
            for start in range(0, len(named), _CHUNK):
                self._enter(named[start : start + _CHUNK], named[start : start + _CHUNK])

    def _home(self, keys: Keys) -> NDArray[np.intp]:
        return (keys & np.uint64(len(self._slots) - 1)).astype(np.intp)


def _longer(array: NDArray[Any], length: int) -> NDArray[Any]:
    longer = np.empty((length, *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer
