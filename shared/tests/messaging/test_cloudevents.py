"""Identities and partitions as the standards and Kafka define them."""

from __future__ import annotations

import uuid
from hashlib import sha1

from hypothesis import given
from hypothesis import strategies as st

from aidataops.messaging.cloudevents import derived_id
from aidataops.messaging.publisher import partition_of
from aidataops.messaging.received import identity_of


@given(st.text(max_size=40), st.text(max_size=40))
def test_derived_id_is_the_uuid5_of_its_cause(cause: str, name: str) -> None:
    namespace = uuid.UUID(bytes=sha1(b"aidataops/qa", usedforsecurity=False).digest()[:16])
    text = f"{cause}/{name}"
    assert derived_id("qa", text) == str(uuid.uuid5(namespace, text))


def test_same_id_of_two_sources_are_two_identities() -> None:
    assert identity_of("/vendors/a", "1") != identity_of("/vendors/b", "1")


def test_partition_of_a_key_is_the_one_of_kafkas_java_client() -> None:
    # org.apache.kafka.common.utils.UtilsTest.testMurmur2
    published = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}
    for key, murmur2 in published.items():
        assert partition_of(key, 1000) == (murmur2 & 0x7FFFFFFF) % 1000
