"""JSON that wants to be read in two ways, or to cost more than it weighs."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents import canonical, parse
from gateway.domain.problems import Problem, RefusedError
from gateway.domain.structure import MAXIMUM_DEPTH, split, whole

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXT, children, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_honest_json_is_read_as_it_is(value: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert parse(whole(text)) == value
    assert json.loads(canonical(value)) == value


@given(st.lists(VALUES, max_size=6), st.booleans())
def test_batch_is_split_where_its_events_begin(values: list[Any], ascii_only: bool) -> None:
    text = json.dumps(values, ensure_ascii=ascii_only).encode()
    assert [parse(element) for element in split(text)] == values


@given(
    st.binary(max_size=200) | st.text(alphabet='[]{}",:\\u0dD8 1eE+-', max_size=60).map(str.encode)
)
def test_no_bytes_whatsoever_do_more_than_be_refused(body: bytes) -> None:
    for read in (read_one, read_all):
        problem: Problem | None = None
        try:
            canonical(read(body))
        except RefusedError as error:
            problem = error.problem
        if problem is not None:
            json.dumps(problem.document()).encode()
            assert problem.status in {400, 413}


@given(VALUES, VALUES)
def test_order_of_members_does_not_change_the_canonical_form(one: Any, two: Any) -> None:
    assert canonical({"a": one, "b": two}) == canonical({"b": two, "a": one})


@pytest.mark.parametrize(
    ("body", "path", "words"),
    [
        (b'{"a": {"b": 1, "b": 2}}', "$.a.b", "twice"),
        (b'[0, {"a b": 1, "a b": 1}]', '$[1]["a b"]', "twice"),
        (b'{"a": [NaN]}', "$.a[0]", "NaN"),
        (b'{"a": -Infinity}', "$.a", "-Infinity"),
        (b'{"a": 1e999}', "$.a", "too large"),
        (b'{"a": ' + b"9" * 400 + b".0}", "$.a", "too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "$.a", "5000 digits"),
        (b'{"a": -9223372036854775808}', "$.a", "19 digits"),
        (b'{"a": "x\\u0000y"}', "$.a", "NUL"),
        (b'{"x\\u0000": 1}', '$["x\\u0000"]', "NUL"),
        (b'{"a": "\\ud800"}', "$.a", "surrogate"),
        (b'{"a": "\\uDFFF\\uD800"}', "$.a", "surrogate"),
        (b"[" * 5000, "$", "5000 levels"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "$", "5000 levels"),
        (b"[" * 65 + b"]" * 65, "$", "65 levels"),
        (b"\xef\xbb\xbf{}", "$", "byte order mark"),
        ('{"a": "é"}'.encode("utf-16"), "$", "byte order mark"),
        (b'{"a": "\xff"}', "$", "UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "$", "UTF-8"),
        (b"[\x00", "$", "character"),
        (b'{"a": "\x01"}', "$", "control character"),
        (b"", "$", "Expecting value"),
        (b'{"a": 1} {"a": 2}', "$", "Extra data"),
        (b"{'a': 1}", "$", "property name"),
        (b'{"a": 01}', "$", "delimiter"),
    ],
)
def test_hostile_json_is_refused_by_its_path(body: bytes, path: str, words: str) -> None:
    with pytest.raises(RefusedError) as refused:
        parse(whole(body))
    error = refused.value.problem.errors[0]
    assert error.path == path
    assert words in error.detail
    assert error.remedy


def test_all_flaws_of_an_event_are_named() -> None:
    with pytest.raises(RefusedError) as refused:
        parse(whole(b'{"a": NaN, "b": "\\u0000", "c": {"d": 1, "d": 2}}'))
    assert [error.path for error in refused.value.problem.errors] == ["$.a", "$.b", "$.c.d"]


def test_pair_of_surrogates_and_deepest_allowed_nesting_are_fine() -> None:
    assert parse(whole(b'"\\ud83d\\ude00"')) == "\U0001f600"
    parse(whole(b"[" * MAXIMUM_DEPTH + b"]" * MAXIMUM_DEPTH))


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[1", b"[1]]", b'["a]', b"[{]}]", b'[{"a": [}]', b"17", b"", b"[1] [2]"],
)
def test_batch_without_clear_bounds_is_refused_whole(body: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        read_all(body)
    assert refused.value.problem.status == 400


def test_brackets_and_commas_within_strings_bound_nothing() -> None:
    elements = split(b'[{"a": "],[{\\"\\\\"}, "}{", 1 , [2,3]]')
    assert [parse(element) for element in elements] == [{"a": '],[{"\\'}, "}{", 1, [2, 3]]


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b'"' * 2_000_000 + b"]",
        b"[" + b'\\"' * 1_000_000 + b"]",
        b'["' + b"\\" * 2_000_001 + b'"]',
        b"[" * 2_000_000,
        b"[" + b'{"a":' * 1_000_000,
        b"[{" + b",".join(b'"k%d":1' % n for n in range(150_000)) + b',"k149999":2}]',
    ],
)
def test_work_is_proportional_to_the_body(body: bytes) -> None:
    started = time.process_time()
    with pytest.raises(RefusedError):
        read_all(body)
    assert time.process_time() - started < 5


def read_all(body: bytes) -> list[Any]:
    return [parse(element) for element in split(body)]


def read_one(body: bytes) -> Any:
    return parse(whole(body))
