"""What must hold of a service, whatever was done to it: one checker for every row.

accepted = effects + dead letters + pending, each exactly once. It knows nothing of the runtime: it
takes what was sent and what can be read from Postgres and Kafka, and says in words what is wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

EXAMPLES = 5
"""How many names a violation gives."""


class Partition(NamedTuple):
    """A partition of a topic; the topic is without a deployment's prefix."""

    topic: str
    number: int


class Place(NamedTuple):
    """Where a record stands."""

    partition: Partition
    offset: int

    def __str__(self) -> str:
        return f"{self.partition.topic}/{self.partition.number}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Input:
    """One event that was sent, once or several times, or a record that is no event.

    ``accepted``: Kafka acknowledged it, or the gateway answered 2xx. Without that it may have come
    in or not, and both are right.
    """

    name: str
    key: str
    places: tuple[Place, ...] = ()
    event_id: str | None = None
    identity: UUID | None = None
    """What the inbox calls it; ``None`` for a record that is no event."""
    effect: str | None = None
    """The row that it becomes; ``None`` for what has to become a dead letter."""
    answers: tuple[str, ...] = ()
    """Derived events that are committed together with its effect."""
    accepted: bool = True

    @property
    def position(self) -> Place | None:
        """Where it first stood."""
        return min(self.places, default=None)


class Effect(NamedTuple):
    """A row of the service's own; ``moment`` is when it was written, where the row tells."""

    name: str
    moment: datetime | None = None


class Letter(NamedTuple):
    """A dead letter: which record it is of."""

    identity: UUID | None
    place: Place


@dataclass(frozen=True, slots=True)
class Derived:
    """An event that the service emitted; ``place`` is ``None`` while it is in the outbox."""

    source: str
    event_id: str
    key: str
    cause: str | None
    moment: datetime
    digest: bytes
    """Stands for its content, headers included."""
    names: tuple[str, ...] = ()
    """What it announces; nothing where the number of events depends on how others are batched."""
    place: Place | None = None

    @property
    def identity(self) -> tuple[str, str]:
        """What makes a CloudEvent unique."""
        return self.source, self.event_id


@dataclass(frozen=True, slots=True)
class Expectation:
    """What has to come of a whole load, beside what has to come of each input."""

    results: frozenset[str] = frozenset()
    """Rows that several inputs make together."""
    announcements: frozenset[str] = frozenset()
    """Derived events that several inputs cause together."""
    ordered_by_cause: bool = False
    """Effects and derived events of one key follow the order of their causes."""
    ordered_by_time: bool = True
    """Derived events of one key follow the order of their transactions: not with two members."""
    unasked: str | None = None
    """How the causes begin that the service makes up itself, for what it says by the clock."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What can be read of a service at one moment.

    To be consistent while something still moves, it has to be read in this order: offsets, topics,
    then everything in the database in one snapshot. ``settled`` says that the time is up in which
    everything has to have come to its end; ``seconds`` is that time.
    """

    settled: bool
    seconds: float = 0.0
    effects: Sequence[Effect] = ()
    inbox: Collection[UUID] = ()
    letters: Sequence[Letter] = ()
    letter_records: Sequence[Place] = ()
    """Of which records there is a dead letter on Kafka, or on its way in the outbox."""
    derived: Sequence[Derived] = ()
    outbox: Sequence[Derived] = ()
    outbox_rows: int = 0
    committed: Mapping[Partition, int] = field(default_factory=dict)
    ends: Mapping[Partition, int] = field(default_factory=dict)


def check(inputs: Sequence[Input], expectation: Expectation, observation: Observation) -> list[str]:
    """Every violation as a sentence that begins with its kind; none when all invariants hold."""
    ledger = _Ledger(inputs, observation)
    return [
        *_account_state(ledger, expectation, observation),
        *_account_letters(ledger, observation),
        *_account_inbox(ledger, observation),
        *_account_derived(ledger, expectation, observation),
        *_trace_causes(ledger, expectation, observation),
        *_hold_order(ledger, expectation, observation),
        *_hold_drain(observation),
    ]


class _Ledger:
    """Inputs beside what became of each."""

    def __init__(self, inputs: Sequence[Input], observation: Observation) -> None:
        self.inputs = inputs
        self.effects = Counter(effect.name for effect in observation.effects)
        by_identity = {one.identity: one for one in inputs if one.identity is not None}
        by_place = {place: one for one in inputs for place in one.places}
        self.letters: Counter[str] = Counter()
        self.foreign_letters: list[Letter] = []
        for letter in observation.letters:
            known = by_place.get(letter.place)
            if letter.identity is not None:
                known = by_identity.get(letter.identity, known)
            if known is None:
                self.foreign_letters.append(letter)
            else:
                self.letters[known.name] += 1
        self.by_event_id = {one.event_id: one for one in inputs if one.event_id is not None}
        self.by_place = by_place
        self._committed = observation.committed

    def took_effect(self, one: Input) -> int:
        """How often."""
        return self.effects[one.effect] if one.effect is not None else 0

    def is_pending(self, one: Input) -> bool:
        """Whether Kafka still holds it for the group."""
        return any(place.offset >= self._committed.get(place.partition, 0) for place in one.places)


def _account_state(
    ledger: _Ledger, expectation: Expectation, observation: Observation
) -> Iterator[str]:
    settled = observation.settled
    checks: list[tuple[str, Callable[[Input, int, int], bool]]] = [
        ("doubled: took effect more than once", lambda _, effects, __: effects > 1),
        ("doubled: took effect and is a dead letter", lambda _, e, letters: e > 0 and letters > 0),
        (
            "lost: no effect, no dead letter, and the offset is committed",
            lambda one, e, letters: one.accepted and not e + letters and not ledger.is_pending(one),
        ),
        (
            f"unfinished: still pending after {observation.seconds:.0f} s",
            lambda one, e, letters: settled and not e + letters and ledger.is_pending(one),
        ),
        (
            "misjudged: a good event is a dead letter",
            lambda one, _, letters: letters > 0 and one.effect is not None,
        ),
    ]
    for what, holds in checks:
        yield from _say(
            what,
            (
                one.name
                for one in ledger.inputs
                if holds(one, ledger.took_effect(one), ledger.letters[one.name])
            ),
        )
    expected = {one.effect for one in ledger.inputs} | expectation.results
    yield from _say("invented: rows that no input makes", ledger.effects.keys() - expected)
    yield from _say(
        "doubled: rows that are there more than once",
        (name for name in expectation.results if ledger.effects[name] > 1),
    )
    if settled:
        yield from _say(
            "missing: rows that the inputs make together",
            (name for name in expectation.results if not ledger.effects[name]),
        )


def _account_letters(ledger: _Ledger, observation: Observation) -> Iterator[str]:
    """Every dead letter once in the database and once on Kafka."""
    yield from _say(
        "doubled: more than one dead letter of one input",
        (name for name, count in ledger.letters.items() if count > 1),
    )
    yield from _say(
        "invented: dead letters of nothing that was sent", map(str, ledger.foreign_letters)
    )
    published = {
        ledger.by_place[place].name if place in ledger.by_place else str(place)
        for place in observation.letter_records
    }
    yield from _say(
        "lost: dead letters in the database but not on Kafka", ledger.letters.keys() - published
    )
    yield from _say(
        "uncommitted: dead letters on Kafka but not in the database",
        published - ledger.letters.keys(),
    )


def _account_inbox(ledger: _Ledger, observation: Observation) -> Iterator[str]:
    """The inbox knows what took effect, and nothing else."""
    inbox = set(observation.inbox)
    if not any(one.identity for one in ledger.inputs):
        return
    yield from _say(
        "unfenced: took effect without a row in the inbox",
        (
            one.name
            for one in ledger.inputs
            if one.identity and one.identity not in inbox and ledger.took_effect(one)
        ),
    )
    yield from _say(
        "lost: claimed in the inbox, but without effect",
        (
            one.name
            for one in ledger.inputs
            if one.identity in inbox and not ledger.took_effect(one)
        ),
    )
    yield from _say(
        "invented: inbox rows of nothing that was sent",
        map(str, inbox - {one.identity for one in ledger.inputs}),
    )


def _account_derived(
    ledger: _Ledger, expectation: Expectation, observation: Observation
) -> Iterator[str]:
    """Derived events, after dropping what has the same (source, id)."""
    events: dict[tuple[str, str], Derived] = {}
    changed: set[str] = set()
    for one in (*observation.derived, *observation.outbox):
        if events.setdefault(one.identity, one).digest != one.digest:
            changed.add(one.event_id)
    yield from _say("ambiguous: one event id with two contents", changed)
    told = Counter(name for one in events.values() for name in one.names)
    answers = {name for one in ledger.inputs for name in one.answers}
    due = {name for one in ledger.inputs if ledger.took_effect(one) for name in one.answers}
    if observation.settled:
        due |= expectation.announcements
    yield from _say("lost: derived events that are nowhere", due - told.keys())
    yield from _say(
        "doubled: announced under more than one event id",
        (name for name, count in told.items() if count > 1),
    )
    yield from _say(
        "invented: derived events that no input causes",
        told.keys() - answers - expectation.announcements,
    )


def _trace_causes(
    ledger: _Ledger, expectation: Expectation, observation: Observation
) -> Iterator[str]:
    """What is on Kafka has a cause that was sent and whose effect is committed.

    An event that came in over HTTP has no cause: it is what was sent.
    """
    orphans: set[str] = set()
    early: set[str] = set()
    for one in observation.derived:
        if _is_unasked(one, expectation):
            continue
        cause = ledger.by_event_id.get(one.cause or one.event_id)
        if cause is None:
            orphans.add(f"{one.event_id} of {one.cause}")
        elif not ledger.took_effect(cause):
            early.add(one.event_id)
    yield from _say("orphaned: derived events whose cause was never sent", orphans)
    yield from _say("uncommitted: derived events whose cause has had no effect", early)


def _hold_order(
    ledger: _Ledger, expectation: Expectation, observation: Observation
) -> Iterator[str]:
    first: dict[tuple[str, str], Derived] = {}
    by_place = [(one.place, one) for one in observation.derived if one.place is not None]
    for _, one in sorted(by_place, key=lambda pair: pair[0]):
        first.setdefault(one.identity, one)
    if expectation.ordered_by_time:
        by_key: dict[object, list[Derived]] = defaultdict(list)
        for one in first.values():
            assert one.place is not None
            # what is said by the clock has transactions of its own, beside those of the handlers
            by_key[one.place.partition, one.key, _is_unasked(one, expectation)].append(one)
        yield from _say(
            "disordered: derived events of one key overtook earlier transactions",
            (
                f"{later.event_id} at {later.place} before it {earlier.event_id}"
                for events in by_key.values()
                for earlier, later in pairwise(events)
                if later.moment < earlier.moment
            ),
        )
    if expectation.ordered_by_cause:
        yield from _hold_order_of_causes(ledger, first.values(), observation)


def _is_unasked(one: Derived, expectation: Expectation) -> bool:
    return expectation.unasked is not None and (one.cause or "").startswith(expectation.unasked)


def _hold_order_of_causes(
    ledger: _Ledger, derived: Iterable[Derived], observation: Observation
) -> Iterator[str]:
    by_keys: dict[object, list[tuple[Place, str]]] = defaultdict(list)
    for one in derived:
        cause = ledger.by_event_id.get(one.cause or one.event_id)
        if cause is not None and cause.position is not None and one.place is not None:
            keys = (cause.key, one.place.partition, one.key)
            by_keys[keys].append((cause.position, one.event_id))
    yield from _say(
        "disordered: derived events of one key overtook those of earlier inputs",
        (
            f"{later[1]} of {later[0]} after that of {earlier[0]}"
            for events in by_keys.values()
            for earlier, later in pairwise(events)
            if later[0] < earlier[0]
        ),
    )
    moments = {effect.name: effect.moment for effect in observation.effects}
    by_key: dict[str, list[tuple[Place, str, datetime]]] = defaultdict(list)
    for one_input in ledger.inputs:
        moment = moments.get(one_input.effect or "")
        if moment is not None and one_input.position is not None:
            by_key[one_input.key].append((one_input.position, one_input.name, moment))
    yield from _say(
        "disordered: effects of one key were written before those of earlier inputs",
        (
            later[1]
            for effects in by_key.values()
            for earlier, later in pairwise(sorted(effects))
            if later[2] < earlier[2]
        ),
    )


def _hold_drain(observation: Observation) -> Iterator[str]:
    if not observation.settled:
        return
    after = f"after {observation.seconds:.0f} s"
    if observation.outbox_rows:
        yield f"undrained: {observation.outbox_rows} rows of the outbox {after}"
    for partition, end in sorted(observation.ends.items()):
        lag = end - observation.committed.get(partition, 0)
        if lag:
            yield f"undrained: a lag of {lag} on {partition.topic}/{partition.number} {after}"


def _say(what: str, names: Iterable[str | None]) -> Iterator[str]:
    found = sorted({str(name) for name in names})
    if found:
        more = f", and {len(found) - EXAMPLES} more" if len(found) > EXAMPLES else ""
        yield f"{what} ({len(found)}): {', '.join(found[:EXAMPLES])}{more}"
