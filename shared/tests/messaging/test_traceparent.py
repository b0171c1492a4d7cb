"""The trace goes on from record to record, whatever the header holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidataops.messaging.traceparent import (
    follow,
    hand_on,
    is_sampled,
    names_trace,
    span_id_of,
    trace_id_of,
)

TRACE, SPAN = b"ab" * 16, b"cd" * 8
SENT = b"00-%b-%b-00" % (TRACE, SPAN)


@given(st.binary(max_size=80) | st.none())
def test_garbage_starts_a_new_sampled_trace(garbage: bytes | None) -> None:
    for header in (follow(garbage), hand_on(garbage)):
        assert re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-01", header)
        assert is_sampled(header)


@pytest.mark.parametrize(
    "header",
    [
        b"00-%b-%b-01" % (b"0" * 32, SPAN),
        b"00-%b-%b-01" % (TRACE, b"0" * 16),
        b"01-%b-%b-01" % (TRACE, SPAN),
        SENT.upper(),
        SENT + b"\n",
    ],
)
def test_header_that_the_standard_forbids_names_no_trace(header: bytes) -> None:
    assert not names_trace(header)
    assert trace_id_of(follow(header)) != TRACE.decode()


def test_trace_goes_on_under_a_new_span() -> None:
    header = follow(SENT)
    assert trace_id_of(header) == TRACE.decode()
    assert span_id_of(header) != SPAN.decode()
    assert not is_sampled(header)


def test_record_without_a_span_of_its_own_hands_the_producers_on() -> None:
    assert hand_on(SENT) == SENT
