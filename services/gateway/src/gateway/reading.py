"""From a request's bytes to the events in it, each checked by itself."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.domain.admission import MAXIMUM_EVENT, Admitted, admit
from gateway.domain.credentials import Credential
from gateway.domain.envelopes import Envelope, Mode, read_binary, read_structured
from gateway.domain.problems import RefusedError
from gateway.domain.structure import Element, split, whole
from gateway.intake import Verdict

MAXIMUM_BATCH = 10_000_000
"""Bytes of a batch."""
MAXIMUM_SINGLE = MAXIMUM_EVENT + 8_192
"""Bytes of one event with its envelope."""


def read_one(
    mode: Mode, attributes: Mapping[str, str], body: bytes, credential: Credential
) -> Admitted:
    """The one event of a request; raises `RefusedError`."""
    element = whole(body)
    if mode == "binary":
        return admit(read_binary(attributes, element), credential)
    return admit(read_structured(element), credential)


def read_batch(body: bytes, credential: Credential) -> list[Admitted | Verdict]:
    """The events of a batch; a bad one becomes its verdict and harms no other."""
    return [_read(element, credential) for element in split(body)]


def _read(element: Element, credential: Credential) -> Admitted | Verdict:
    envelope: Envelope | None = None
    try:
        if len(element.text) > MAXIMUM_SINGLE:
            raise RefusedError.at(
                "too-large", "$", f"has more than {MAXIMUM_SINGLE} bytes", "split the event"
            )
        envelope = read_structured(element)
        return admit(envelope, credential)
    except RefusedError as error:
        event_id = None if envelope is None else envelope.id
        return Verdict(event_id, error.problem.status, problem=error.problem)
