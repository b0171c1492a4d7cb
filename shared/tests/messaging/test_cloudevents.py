"""Identities and trace contexts as the standards define them."""

from __future__ import annotations

import uuid
from hashlib import sha1

from hypothesis import given
from hypothesis import strategies as st

from aidataops.messaging.cloudevents import derived_id, next_span
from aidataops.messaging.publisher import partition_of
from aidataops.messaging.received import identity_of


@given(st.text(max_size=40), st.text(max_size=40))
def test_derived_id_is_the_uuid5_of_its_cause(cause: str, name: str) -> None:
    namespace = uuid.UUID(bytes=sha1(b"aidataops/qa", usedforsecurity=False).digest()[:16])
    text = f"{cause}/{name}"
    assert derived_id("qa", cause, name) == str(uuid.uuid5(namespace, text))


def test_same_id_of_two_sources_are_two_identities() -> None:
    assert identity_of("/vendors/a", "1") != identity_of("/vendors/b", "1")


@given(st.binary(max_size=80))
def test_garbage_starts_a_new_trace(garbage: bytes) -> None:
    context = next_span(garbage)
    assert len(context.trace_id) == 32
    assert len(context.span_id) == 16
    assert context.parent_span_id is None


def test_trace_goes_on_under_a_new_span() -> None:
    context = next_span(b"00-" + b"ab" * 16 + b"-" + b"cd" * 8 + b"-00")
    assert (context.trace_id, context.parent_span_id) == ("ab" * 16, "cd" * 8)
    assert context.span_id != "cd" * 8
    assert not context.sampled


def test_partition_of_a_key_is_the_one_of_kafkas_java_client() -> None:
    # org.apache.kafka.common.utils.UtilsTest.testMurmur2
    published = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}
    for key, murmur2 in published.items():
        assert partition_of(key, 1000) == (murmur2 & 0x7FFFFFFF) % 1000
