"""The W3C ``traceparent`` header, handed from record to record.

It stays the header's bytes: nobody takes it apart before a span is exported.
"""

from __future__ import annotations

import random
import re
from typing import TypeGuard

_VALID = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}").fullmatch

_ODD = b"13579bdf"


def follow(parent: bytes | None) -> bytes:
    """The next span of a trace; of a new one when there is none to follow, or it is garbage."""
    if parent is not None and _VALID(parent):
        return b"%b%016x%b" % (parent[:36], random.getrandbits(64) or 1, parent[52:])
    return b"00-%032x-%016x-01" % (random.getrandbits(128) or 1, random.getrandbits(64) or 1)


def hand_on(parent: bytes | None) -> bytes:
    """What is caused by a record that gets no span of its own: the same span, or a new trace."""
    return parent if parent is not None and _VALID(parent) else follow(None)


def names_trace(header: bytes | None) -> TypeGuard[bytes]:
    """Whether the header is valid."""
    return header is not None and _VALID(header) is not None


def trace_id_of(header: bytes) -> str:
    """The 32 hexadecimal digits of the trace of a valid header."""
    return header[3:35].decode()


def span_id_of(header: bytes) -> str:
    """The 16 hexadecimal digits of the span of a valid header."""
    return header[36:52].decode()


def is_sampled(header: bytes) -> bool:
    """Whether the producer records this trace."""
    return header[54] in _ODD
