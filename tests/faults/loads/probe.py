"""The probe: a label in, a row and an answer out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from random import Random
from uuid import UUID

from aidataops.events import Payload
from aidataops.events.annotation import LabelAccepted
from aidataops.events.quality import ConsensusReached
from aidataops.messaging.received import identity_of
from tests.faults.invariants import Expectation
from tests.faults.loads.load import SOURCE, START, Clockwork, Event, Load, Published, in_waves

WAVES = 6
ITEMS = 40
PROJECTS = 5
EFFECTS = "SELECT 'effect/' || label_id, applied_at FROM effects"


def labels(chance: Random) -> Load:
    """Waves of 100 to 200 labels; items, the keys, come again and again."""
    events = _events(chance)
    return _load(in_waves(events, len(events) // WAVES + 1))


def labels_by_another_clock(chance: Random) -> Load:
    """The same where the service's times tell nothing of the order, as its clock goes back."""
    load = labels(chance)
    return replace(
        load,
        effects="SELECT 'effect/' || label_id, NULL::timestamptz FROM effects",
        expectation=replace(load.expectation, ordered_by_time=False),
    )


def repeated(chance: Random) -> Load:
    """The same with events sent up to three times, the repetitions up to 50 events later."""
    events = _events(chance)
    shaken = [(position, event) for position, event in enumerate(events)]
    for position, event in enumerate(events):
        shaken += [
            (position + chance.randint(0, 50), event) for _ in range(chance.choice((0, 0, 1, 2)))
        ]
    shaken.sort(key=lambda pair: pair[0])
    order = [event for _, event in shaken]
    return _load(in_waves(order, len(order) // WAVES + 1))


def swapped(chance: Random) -> Load:
    """The same with neighbours in another order, old ones after newer ones of the same item."""
    events = _events(chance)
    shaken = sorted(
        enumerate(events), key=lambda pair: pair[0] + chance.choice((0, 0, 0, chance.random() * 90))
    )
    order = [event for _, event in shaken]
    return _load(in_waves(order, len(order) // WAVES + 1))


def poisoned(chance: Random) -> Load:
    """The same with every kind of record mixed in that must not harm its neighbours."""
    events = _events(chance)
    for poison in _poison() * 2:
        events.insert(chance.randrange(len(events)), poison)
    return _load(in_waves(events, len(events) // WAVES + 1))


def _load(waves: Callable[[Published], AsyncIterator[Sequence[Event]]]) -> Load:
    return Load(
        service="probe",
        effects=EFFECTS,
        waves=waves,
        expectation=Expectation(ordered_by_cause=True),
        names_of=_names,
    )


def _names(payload: Payload) -> tuple[str, ...]:
    return (f"answer/{payload.label_ids[0]}",) if isinstance(payload, ConsensusReached) else ()


def _events(chance: Random) -> list[Event]:
    clockwork = Clockwork()
    return [
        clockwork.event(
            _label(number, chance.randrange(ITEMS)),
            f"effect/label-{number}",
            answers=(f"answer/label-{number}",),
        )
        for number in range(chance.randint(100, 200) * WAVES)
    ]


def _label(number: int, item: int) -> LabelAccepted:
    """The project follows from the item: what has one key on the way in has one on the way out."""
    return LabelAccepted(
        label_id=f"label-{number}",
        revision=1,
        project=f"project-{item % PROJECTS}",
        task_id=f"task-{number}",
        batch_id="batch-1",
        item_id=f"item-{item}",
        annotator="acme-1",
        vendor="acme",
        pool="default",
        guideline_version="1.0.0",
        cohort="acme/default/1.0.0/batch-1",
        value="correct",
        submitted_at=START,
    )


def _poison() -> list[Event]:
    good = _label(0, 0).model_dump_json().encode()
    headers: dict[str, bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_type": LabelAccepted.type.encode(),
        "ce_source": SOURCE.encode(),
        "content-type": b"application/json",
    }
    wrong_type = json.dumps(json.loads(good) | {"revision": "1"}).encode()
    with_nul = good.replace(b'"value":"correct"', b'"value":"cor\\u0000rect"')
    assert with_nul != good
    corpus: dict[str, tuple[bytes | None, dict[str, bytes | None]]] = {
        "tombstone": (None, {}),
        "no id": (good, {"ce_id": None}),
        "id that is no text": (good, {"ce_id": b"\xff\xfe"}),
        "source with NUL": (good, {"ce_source": b"/tests\x00"}),
        "endless id": (good, {"ce_id": b"x" * 2000}),
        "unknown type": (good, {"ce_type": b"aidataops.annotation.label_acepted.v1"}),
        "no JSON": (b"{", {}),
        "not UTF-8": (b'{"value":"\xff"}', {}),
        "NaN": (good.replace(b'"duration_seconds":null', b'"duration_seconds":NaN'), {}),
        "deep nesting": (b"[" * 5000, {}),
        "long integer": (good.replace(b'"revision":1', b'"revision":' + b"9" * 5000), {}),
        "text for a number": (wrong_type, {}),
        "NUL in a text": (with_nul, {}),
        "oversize": (good + b" " * (1_000_001 - len(good)), {}),
    }
    return [
        _poisonous(name, value, headers | {"ce_id": f"poison-{name}".encode()} | changed)
        for name, (value, changed) in corpus.items()
    ]


def _poisonous(name: str, value: bytes | None, headers: dict[str, bytes | None]) -> Event:
    identity: UUID | None = None
    event_id = headers["ce_id"]
    if event_id == f"poison-{name}".encode() and value is not None and len(value) <= 1_000_000:
        source = (headers["ce_source"] or b"").decode()
        identity = None if "\x00" in source else UUID(identity_of(source, event_id.decode()))
    return Event(
        name=f"poison: {name}",
        topic=LabelAccepted.topic,
        key=b"item-0",
        value=value,
        headers=list(headers.items()),
        identity=identity,
    )
