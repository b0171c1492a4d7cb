"""Which of the contents that resemble each other is in the pool.

Contents stand in the order of their first item that passes every other gate (time of its event,
then id). Each is accepted unless an earlier *accepted* one resembles it. Of a chain A ~ B ~ C in
which A and C do not resemble each other, B is held for A, and C is in. That is one fixed set,
whatever the order of arrival.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

ContentKey = tuple[str, str]
"""Project and content hash."""

Pair = tuple[ContentKey, ContentKey]
"""A content, and another that may resemble it."""


@dataclass(frozen=True, slots=True, order=True)
class Rank:
    """A content's place in the order: when its first eligible item was submitted, and its id."""

    submitted_at: datetime
    item_id: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A content's place, and the hash of the accepted content that holds it back.

    Without ``first`` none of its items passes the other gates: it holds nothing back.
    """

    first: Rank | None = None
    held_by: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether an item with this content is in the pool."""
        return self.first is not None and self.held_by is None

    def matters_to(self, other: ContentKey, since: datetime) -> bool:
        """Whether a change of another content from ``since`` on may be about this one."""
        if self.first is None:
            return False
        return self.accepted or self.held_by == other[1] or self.first.submitted_at >= since


Neighbours = Mapping[ContentKey, Collection[ContentKey]]


def settle(
    firsts: Mapping[ContentKey, Rank | None],
    released: Collection[ContentKey],
    known: Mapping[ContentKey, Standing],
    neighbours: Neighbours,
    resemble: Callable[[ContentKey, ContentKey], bool],
) -> dict[ContentKey, Standing]:
    """The standing of every content in ``firsts``, with all others standing as they are known.

    ``released`` ones are accepted whatever they resemble. ``resemble`` is asked only where the
    answer matters: once per content in a flood of near copies.
    """
    settled = {key: Standing() for key, first in firsts.items() if first is None}
    ranked = [(first, key) for key, first in firsts.items() if first is not None]
    for first, key in sorted(ranked):
        earlier: list[tuple[Rank, ContentKey]] = []
        for other in neighbours.get(key, ()) if key not in released else ():
            standing = settled.get(other) if other in firsts else known.get(other)
            if standing is not None and standing.accepted and standing.first is not None:
                earlier.append((standing.first, other))
        holding = next(
            (other for rank, other in sorted(earlier) if rank < first and resemble(key, other)),
            None,
        )
        settled[key] = Standing(first, holding[1] if holding else None)
    return settled


def affected(
    changed: Mapping[ContentKey, tuple[Standing, Standing]],
    known: Mapping[ContentKey, Standing],
    neighbours: Neighbours,
) -> set[ContentKey]:
    """The known contents whose standing may follow from a change (before, after) of another.

    Those that it held, and those that are later than it was or is.
    """
    found: set[ContentKey] = set()
    for key, (before, after) in changed.items():
        ranks = [each.first for each in (before, after) if each.first is not None]
        for other in neighbours.get(key, ()):
            standing = known.get(other)
            if standing is None or standing.first is None or not ranks:
                continue
            if standing.held_by == key[1] or standing.first > min(ranks):
                found.add(other)
    return found
