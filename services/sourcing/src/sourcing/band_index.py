"""What this process has read of the stored bands: where near duplicates are looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sourcing.domain.duplicates import ContentKey
from sourcing.store.bands import BandStore, Segment

if TYPE_CHECKING:
    from sourcing.domain.band_table import BandTable

PAGE = 64
"""Segments read at once: 32 000 contents of full batches, a fifth of a second."""


@dataclass(slots=True)
class _Read:
    """A project's committed bands up to a segment."""

    table: BandTable
    last: Segment


class BandIndex:
    """The bands of the projects that this process has worked on.

    Postgres holds them for good, here they are found quicker. Segments are numbered in the order of
    their commits, under the project's lock, and read up to the newest before every look-up: what
    other members of the group wrote is seen, and what is rolled back never was. If the last one
    read is not there any more (a backup was restored), the project is read anew.
    """

    def __init__(self) -> None:
        self._projects: dict[str, _Read] = {}

    @property
    def memory(self) -> int:
        """Bytes of the tables of all projects."""
        return sum(read.table.memory for read in self._projects.values())

    async def find(
        self, store: BandStore, signed: Mapping[ContentKey, bytes]
    ) -> dict[ContentKey, bytes]:
        """The contents written before that share a band with one of these, and their bands.

        The projects must be locked.
        """
        asked: dict[str, list[bytes]] = {}
        for (project, _), bands in signed.items():
            if bands:
                asked.setdefault(project, []).append(bands)
        found: dict[ContentKey, bytes] = {}
        for project, parts in asked.items():
            own = await self._catch_up(store, project)
            tables = [read.table for read in [self._projects.get(project)] if read]
            tables += [_table_of(own)] if own else []
            for table in tables:
                for digest, others in table.find(b"".join(parts)).items():
                    found[project, digest] = others
        return found

    async def _catch_up(self, store: BandStore, project: str) -> list[Segment]:
        """Read what was committed since; returns what this transaction itself has written.

        That may still be rolled back, and its numbers given to others.
        """
        read = self._projects.get(project)
        last = read.last if read else None
        own: list[Segment] = []
        while True:
            segments = await store.read(project, last, PAGE)
            if last is not None:
                if not segments or segments[0].identity != last.identity:
                    del self._projects[project]
                    return await self._catch_up(store, project)
                segments = segments[1:]
            own += [segment for segment in segments if segment.own]
            self._keep(project, [segment for segment in segments if not segment.own])
            if len(segments) < PAGE:
                return own
            last = segments[-1]

    def _keep(self, project: str, segments: Sequence[Segment]) -> None:
        if not segments:
            return
        if project in self._projects:
            read = self._projects[project]
            _add(read.table, segments)
            read.last = segments[-1].without_content()
        else:
            self._projects[project] = _Read(_table_of(segments), segments[-1].without_content())


def _table_of(segments: Sequence[Segment]) -> BandTable:
    from sourcing.domain.band_table import BandTable  # numpy only where there is a pool

    table = BandTable()
    _add(table, segments)
    return table


def _add(table: BandTable, segments: Sequence[Segment]) -> None:
    hashes = b"".join(segment.hashes for segment in segments)
    table.add(hashes, b"".join(segment.bands for segment in segments))
