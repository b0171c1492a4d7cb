"""What a JSON text holds, found out without building it.

Works on the bytes with one pass over strings and brackets, so that depth, size and the bounds of a
batch's events are known before anything is parsed, and an event too deep or too large costs its
neighbours nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.domain.problems import RefusedError

MAXIMUM_DEPTH = 64
MAXIMUM_EVENTS = 1000

_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},"]', re.DOTALL)
_OPENING = frozenset(b"[{")
_CLOSING = {ord("]"): ord("["), ord("}"): ord("{")}
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Element:
    """One JSON text within the body and how deep it nests."""

    text: bytes
    depth: int


def whole(body: bytes) -> Element:
    """The body as one event."""
    check_encoding(body)
    if body.count(b"[") + body.count(b"{") <= MAXIMUM_DEPTH:
        return Element(body, 1)
    depth = deepest = 0
    for match in _TOKENS.finditer(body):
        token = body[match.start()]
        if token in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif token in _CLOSING:
            depth -= 1
    return Element(body, deepest)


def split(body: bytes) -> list[Element]:
    """The events of a batch.

    Raises `RefusedError` when the body is no array, its brackets do not match, a string does not
    end, or it holds more than `MAXIMUM_EVENTS`: then nothing says where an event begins.
    """
    check_encoding(body)
    stripped = body.strip(b" \t\r\n")
    if not stripped.startswith(b"[") or not stripped.endswith(b"]"):
        raise RefusedError.at(
            "malformed", "$", "a batch is a JSON array of events", "put the events between [ and ]"
        )
    inner = stripped[1:-1]
    elements: list[Element] = []
    stack: list[int] = []
    start = deepest = 0
    for match in _TOKENS.finditer(inner):
        token = inner[match.start()]
        if token in _OPENING:
            stack.append(token)
            deepest = max(deepest, len(stack))
        elif token in _CLOSING:
            if not stack or stack.pop() != _CLOSING[token]:
                raise _broken(match.start() + 1, "a closing bracket without its opening one")
        elif token == ord(",") and not stack:
            elements.append(Element(inner[start : match.start()], deepest))
            start, deepest = match.end(), 0
            if len(elements) >= MAXIMUM_EVENTS:
                raise RefusedError.at(
                    "too-large", "$", f"more than {MAXIMUM_EVENTS} events", "send smaller batches"
                )
        elif token == ord('"') and match.end() - match.start() == 1:
            raise _broken(match.start() + 1, "a string that does not end")
    if stack:
        raise _broken(len(stripped), "an opening bracket without its closing one")
    if elements or inner.strip(b" \t\r\n"):
        elements.append(Element(inner[start:], deepest))
    return elements


def check_encoding(body: bytes) -> None:
    """Refuse what is no UTF-8 or begins with a byte order mark."""
    if body.startswith(_BOMS):
        raise RefusedError.at(
            "malformed", "$", "the body begins with a byte order mark", "send UTF-8 without BOM"
        )
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise RefusedError.at(
            "malformed", "$", f"byte {error.start} is no UTF-8", "send UTF-8"
        ) from error


def _broken(position: int, what: str) -> RefusedError:
    return RefusedError.at(
        "malformed", "$", f"{what} at byte {position}", "nothing of this batch was taken; mend it"
    )
