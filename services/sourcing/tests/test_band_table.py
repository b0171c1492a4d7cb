"""The table of bands, against a dict of sets."""

from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sourcing.domain.band_table import BandTable
from sourcing.domain.resemblance import BANDS

Contents = list[tuple[bytes, list[int]]]


def contents_of(random: Random, count: int, values: int) -> Contents:
    """Contents whose bands are one of so many values: few are shared by many."""
    return [
        (random.randbytes(32), [random.randrange(values) << band for band in range(BANDS)])
        for _ in range(count)
    ]


def add(table: BandTable, contents: Contents) -> None:
    table.add(b"".join(digest for digest, _ in contents), packed(contents))


def packed(contents: Contents) -> bytes:
    return np.array([bands for _, bands in contents], "<u8").tobytes()


@settings(max_examples=20)
@given(
    st.randoms(use_true_random=False),
    st.lists(st.integers(1, 30), max_size=3),
    st.sampled_from([1, 7, 300, 2**40]),
)
def test_finds_what_a_dict_would_find(random: Random, batches: list[int], values: int) -> None:
    table, holders, known = BandTable(), dict[int, set[str]](), dict[str, bytes]()
    for count in batches:
        contents = contents_of(random, count, values)
        asked = contents + contents_of(random, 3, values)
        add(table, contents)
        for digest, bands in contents:
            for band in bands:
                holders.setdefault(band, set()).add(digest.hex())
        known |= {digest.hex(): packed([(digest, bands)]) for digest, bands in contents}
        found = set().union(*(holders.get(band, ()) for _, bands in asked for band in bands))
        assert table.find(packed(asked)) == {digest: known[digest] for digest in found}
    assert len(table) == sum(batches)


def test_growing_loses_nothing_and_takes_less_than_a_tenth_of_datasketch() -> None:
    """Datasketch's index takes 4600 bytes a content."""
    random, table = Random(5), BandTable()
    contents = contents_of(random, 2000, 2**40)
    for start in range(0, 2000, 500):
        add(table, contents[start : start + 500])
    for digest, bands in contents:
        assert table.find(packed([(digest, bands)])).keys() == {digest.hex()}
    assert table.memory / len(table) < 460
