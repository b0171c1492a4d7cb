"""What makes two dataset versions the same."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lineage.domain.versions import Row, overlay

ROW = Row("i-1", "correct", ("a/b/1.0.0/c",), {"language": "es", "domain": "returns"})


def test_row_hash_is_that_of_its_canonical_json() -> None:
    canonical = (
        '{"cohorts":["a/b/1.0.0/c"],"item_id":"i-1",'
        '"slices":{"domain":"returns","language":"es"},"value":"correct"}'
    )
    assert ROW.hash() == hashlib.sha256(canonical.encode()).digest()


def test_every_part_of_a_row_changes_its_hash() -> None:
    others = [
        replace(ROW, item_id="i-2"),
        replace(ROW, value="incorrect"),
        replace(ROW, cohorts=("a/b/1.0.0/d",)),
        replace(ROW, slices={"language": "es"}),
    ]
    assert len({row.hash() for row in [ROW, *others]}) == 5


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(slices=st.dictionaries(TEXT, TEXT), data=st.data())
def test_order_of_slices_does_not_change_the_hash(
    slices: dict[str, str], data: st.DataObject
) -> None:
    shuffled = dict(data.draw(st.permutations(list(slices.items()))))
    assert replace(ROW, slices=shuffled).hash() == replace(ROW, slices=slices).hash()


def test_item_in_two_batches_takes_the_label_of_the_one_named_last() -> None:
    relabelled = replace(ROW, value="incorrect")
    assert overlay([[ROW], [relabelled]]) == [relabelled]
