"""A recipe keeps the same rows of the same rows, whatever their order."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from aidataops.events.lineage import Mixture, Quota, Recipe, RowFilter, Share
from lineage.domain.recipes import kept
from lineage.domain.versions import Row


def rows(**counts: int) -> list[Row]:
    return [
        Row(f"{language}-{n}", "correct", (f"acme/pool/1.0.0/b-{n % 2}",), {"language": language})
        for language, count in counts.items()
        for n in range(count)
    ]


def languages(chosen: list[Row]) -> Counter[str]:
    return Counter(row.slices["language"] for row in chosen)


def test_filters_keep_what_is_allowed_and_drop_what_is_excluded() -> None:
    chosen = kept(
        rows(es=4, de=4),
        Recipe(
            filters=(
                RowFilter(dimension="language", allowed=("es",)),
                RowFilter(dimension="batch", excluded=("b-1",)),
            )
        ),
    )
    assert sorted(row.item_id for row in chosen) == ["es-0", "es-2"]


def test_row_without_the_dimension_is_not_allowed_but_not_excluded_either() -> None:
    row = Row("i", "correct", ("imported",), {})
    only = RowFilter(dimension="vendor", allowed=("acme",))
    without = RowFilter(dimension="vendor", excluded=("acme",))
    assert kept([row], Recipe(filters=(only,))) == []
    assert kept([row], Recipe(filters=(without,))) == [row]


def test_quota_cuts_its_slice_alone() -> None:
    quota = Quota(slices={"language": "es"}, maximum=3)
    assert languages(kept(rows(es=10, de=10), Recipe(quotas=(quota,)))) == {"es": 3, "de": 10}


def test_mixture_is_as_large_as_the_scarcest_value_allows() -> None:
    shares = (Share(value="es", weight=3), Share(value="de", weight=1))
    mixture = Mixture(attribute="language", shares=shares)
    chosen = kept(rows(es=100, de=20, fr=50), Recipe(mixture=mixture))
    assert languages(chosen) == {"es": 60, "de": 20}
    small = mixture.model_copy(update={"maximum": 8})
    assert languages(kept(rows(es=100, de=20), Recipe(mixture=small))) == {"es": 6, "de": 2}


def test_another_seed_draws_other_rows() -> None:
    quota = Quota(slices={"language": "es"}, maximum=10)
    chosen = [
        {row.item_id for row in kept(rows(es=100), Recipe(quotas=(quota,), seed=seed))}
        for seed in ("", "1")
    ]
    assert chosen[0] != chosen[1]


@given(data=st.data(), es=st.integers(0, 12), de=st.integers(0, 12), most=st.integers(0, 12))
def test_order_of_rows_does_not_change_what_is_kept(
    data: st.DataObject, es: int, de: int, most: int
) -> None:
    recipe = Recipe(
        quotas=(Quota(slices={"language": "es"}, maximum=most),),
        mixture=Mixture(
            attribute="language", shares=(Share(value="es", weight=2), Share(value="de", weight=1))
        ),
    )
    told = rows(es=es, de=de)
    shuffled = data.draw(st.permutations(told))
    names = {row.item_id for row in kept(shuffled, recipe)}
    assert names == {row.item_id for row in kept(told, recipe)}
