"""Near duplicates: signatures, bands, and how many escape."""

from math import sqrt
from random import Random
from struct import unpack

import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st
from rensa import RMinHash

from sourcing.domain.resemblance import (
    BANDS,
    THRESHOLD,
    escape_probability,
    jaccard,
    sharing_a_band,
    shingles_of,
    sign,
)
from sourcing.domain.words import runs_of, words_of


def test_case_punctuation_and_spaces_make_no_difference() -> None:
    one = shingles_of("Where is my order, please? I want it.")
    assert one == shingles_of("where is  my ORDER please\ni want it")


def test_scripts_without_spaces_are_compared_by_sign() -> None:
    assert words_of("返品したい yes") == ["返", "品", "し", "た", "い", "yes"]
    assert len(shingles_of("返品したいです")) == 3


@given(st.text(st.characters(codec="ascii"), max_size=60))
def test_ascii_has_the_words_that_it_has_among_other_scripts(text: str) -> None:
    assert words_of(text) == words_of(f"{text} ñ")[:-1]


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=12), st.integers(1, 7))
def test_runs_are_the_stretches_of_that_many_words(words: list[str], length: int) -> None:
    stretches = {
        tuple(words[start : start + length])
        for start in range(len(words))
        if start == 0 or start + length <= len(words)
    }
    assert {tuple(run.split()) for run in runs_of(words, length)} == stretches


def test_short_text_is_one_shingle_and_empty_text_none() -> None:
    assert shingles_of("Where is it?") == {"where is it"}
    assert shingles_of("?!") == set()
    assert sign([set(), {"where is it"}])[0] == b""


def test_jaccard_is_exact() -> None:
    assert jaccard({"a", "b", "c"}, {"b", "c", "d"}) == 0.5
    assert jaccard(set(), set()) == 0.0


def test_signature_is_the_one_that_is_stored() -> None:
    """A version of rensa that signs otherwise would not find what is in the index any more."""
    (signed,) = sign([shingles_of("the quick brown fox jumps over the lazy dog")])
    assert len(set(bands_of(signed))) == BANDS
    assert bands_of(signed)[:2] == (1138946005396472437, 13837651107861299070)
    assert [signed] == sign([shingles_of("the quick brown fox jumps over the lazy dog")])


@given(st.lists(st.text("abc ", max_size=40), max_size=6), st.randoms(use_true_random=False))
def test_signature_depends_on_the_text_alone(texts: list[str], random: Random) -> None:
    shingles = [shingles_of(text) for text in texts]
    alone = [sign([each])[0] for each in shingles]
    assert sign(shingles) == alone


def bands_of(signed: bytes) -> tuple[int, ...]:
    return unpack(f"<{BANDS}Q", signed)


def similar_pair(random: Random, shared: int, apart: int) -> tuple[set[str], set[str]]:
    """Two sets of shingles of Jaccard similarity shared / (shared + 2 apart)."""
    common = {f"{random.getrandbits(64):x}" for _ in range(shared)}
    own = [{f"{random.getrandbits(64):x}" for _ in range(apart)} for _ in range(2)]
    return common | own[0], common | own[1]


@pytest.mark.parametrize(
    ("shared", "apart"), [(20, 40), (40, 30), (60, 20), (64, 12), (80, 10), (90, 5)]
)
def test_near_duplicates_escape_no_more_often_than_the_banding_allows(
    shared: int, apart: int
) -> None:
    """Within three standard errors of (1 - s^8)^14, from s = .2 to s = .9: both ways."""
    random, pairs = Random(shared), 1500
    sets = [similar_pair(random, shared, apart) for _ in range(pairs)]
    bands = sign([one for pair in sets for one in pair])
    escaped = sum(
        not set(bands_of(bands[2 * number])) & set(bands_of(bands[2 * number + 1]))
        for number in range(pairs)
    )
    expected = escape_probability(shared / (shared + 2 * apart))
    error = sqrt(max(expected * (1 - expected), 1e-3) / pairs)
    assert abs(escaped / pairs - expected) < 3 * error


def test_estimate_is_as_good_as_that_of_datasketch() -> None:
    """The share of equal rows estimates Jaccard; datasketch's does on the same pairs."""
    random, rows = Random(7), 112
    ours, theirs = [], []
    for _ in range(200):
        one, other = similar_pair(random, 60, 20)
        digests = RMinHash.digests_from_token_sets([list(one), list(other)], rows, 42)
        ours.append(sum(a == b for a, b in zip(*digests, strict=True)) / rows - 0.6)
        hashes = [MinHash(rows, seed=42) for _ in range(2)]
        for signature, shingles in zip(hashes, (one, other), strict=True):
            signature.update_batch([each.encode() for each in shingles])
        theirs.append(hashes[0].jaccard(hashes[1]) - 0.6)
    spread = [sqrt(sum(each**2 for each in errors) / 200) for errors in (ours, theirs)]
    assert spread[0] < 1.2 * spread[1]
    assert abs(sum(ours) / 200) < 3 * spread[0] / sqrt(200)


def test_threshold_is_where_the_bands_are_steep() -> None:
    assert pytest.approx((1 / BANDS) ** (1 / 8), abs=1e-3) == THRESHOLD


def test_pairs_are_of_one_project_and_with_others_only_of_what_is_asked() -> None:
    """Look-alikes a, b and c, of which c lies in another project; d and e, not asked about."""
    bands = sign([shingles_of("one two three four five six")] * 5)
    a, b, c, d, e = (("p", "a"), ("p", "b"), ("q", "c"), ("p", "d"), ("p", "e"))
    signed = {a: bands[0], b: bands[1], c: bands[2], ("p", "empty"): b""}
    others = {d: bands[3], e: bands[4]}
    pairs = set(sharing_a_band(signed, others))
    assert {frozenset(pair) for pair in pairs} == {
        frozenset(pair) for pair in [(a, b), (a, d), (a, e), (b, d), (b, e)]
    }
    assert {key for key, _ in pairs} <= signed.keys()
