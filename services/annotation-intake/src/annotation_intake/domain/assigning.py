"""Who gets which tasks, of those that are open to them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Requester:
    """Somebody who asks for work, and what their project says of it.

    ``golden_rate`` is ``None`` while the project is not known, ``pool`` where no pool has them.
    """

    request_id: str
    project: str
    vendor: str
    annotator: str
    wants: int
    golden_rate: float | None = None
    pool: str | None = None
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A task that a requester may be given; ``turn`` is its batch's, the oldest first."""

    task_id: str
    batch_id: str
    item_id: str
    golden: bool
    turn: datetime
    places: int


def why_not(requester: Requester) -> str | None:
    """What keeps a requester from any work; ``None`` if nothing does."""
    who = f"{requester.annotator} of {requester.vendor}"
    if requester.golden_rate is None:
        return f"project: {requester.project} is not defined here"
    if requester.pool is None:
        return f"annotator: {who} is a member of no such pool of {requester.project}"
    if requester.suspended:
        return f"annotator: {who} is suspended in {requester.project}"
    return None


@dataclass(frozen=True, slots=True)
class Given:
    """Task ids for each request, and the tasks that have no place left after it."""

    answers: list[list[str]]
    full: set[str]


def assign(requests: Sequence[tuple[Requester, Sequence[Candidate]]]) -> Given:
    """Tasks for each request, in the order of the requests, each with what is open to it.

    No task gets more people than it has places, nobody two tasks of one item. Golden items come at
    the project's rate, as far as there are any of a batch whose turn it is: one of a later batch
    would stand out. When the others are used up the rest follow. Ids are sorted, which tells
    nothing about who is golden.
    """
    taken: Counter[str] = Counter()
    seen: set[tuple[str, str, str, str]] = set()
    answers = []
    full: set[str] = set()
    for requester, candidates in requests:
        chosen: list[str] = []
        free = [
            one
            for one in candidates
            if taken[one.task_id] < one.places
            and (requester.vendor, requester.annotator, one.batch_id, one.item_id) not in seen
        ]
        for one in _draw(requester, free):
            chosen.append(one.task_id)
            taken[one.task_id] += 1
            if taken[one.task_id] == one.places:
                full.add(one.task_id)
            seen.add((requester.vendor, requester.annotator, one.batch_id, one.item_id))
        answers.append(sorted(chosen))
    return Given(answers, full)


def _draw(requester: Requester, free: Sequence[Candidate]) -> Iterator[Candidate]:
    """As many as are wanted, no two of one item."""
    first: dict[tuple[str, str], Candidate] = {}
    for one in free:
        first.setdefault((one.batch_id, one.item_id), one)
    golden = [one for one in first.values() if one.golden]
    others = [one for one in first.values() if not one.golden]
    for slot in range(requester.wants):
        if golden and (not others or _is_golden(requester, slot, golden[0], others[0])):
            yield golden.pop(0)
        elif others:
            yield others.pop(0)


def _is_golden(requester: Requester, slot: int, golden: Candidate, other: Candidate) -> bool:
    """By a hash over what the annotator knows and the golden task, which they do not."""
    if (golden.turn, golden.batch_id) > (other.turn, other.batch_id):
        return False
    drawn = json.dumps([requester.vendor, requester.request_id, slot, golden.task_id])
    share = int.from_bytes(sha256(drawn.encode()).digest()[:8], "big") / 2**64
    return share < (requester.golden_rate or 0.0)
