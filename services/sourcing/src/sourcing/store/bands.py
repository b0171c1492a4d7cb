"""The bands of contents as they are stored, a segment for each batch that brought new ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sourcing.domain.duplicates import ContentKey
from sourcing.store.store import Store, columns


@dataclass(frozen=True, slots=True)
class Segment:
    """Contents that came in together: of each 32 bytes of hash, and 14 bands of 8 bytes.

    ``number`` counts a project's segments in the order of their commits, ``written_in`` is the
    transaction; ``own``: it has not ended.
    """

    number: int
    written_in: str
    own: bool
    hashes: bytes
    bands: bytes

    @property
    def identity(self) -> tuple[int, str]:
        """What tells it from another of the same number."""
        return self.number, self.written_in

    def without_content(self) -> Segment:
        """The segment as a place in the order."""
        return replace(self, hashes=b"", bands=b"")


@dataclass(frozen=True, slots=True)
class Packed:
    """Contents to write: the place of each in its project's segment, and the segments as columns.

    The columns are projects, hashes and bands.
    """

    places: list[int]
    segments: tuple[list[str], list[bytes], list[bytes]]


def pack(signed: Mapping[ContentKey, bytes]) -> Packed:
    """One segment for each project; place -1 for a content without bands."""
    together: dict[str, list[ContentKey]] = {}
    places: list[int] = []
    for key, bands in signed.items():
        others = together.setdefault(key[0], []) if bands else None
        places.append(-1 if others is None else len(others))
        if others is not None:
            others.append(key)
    hashes = [bytes.fromhex("".join(digest for _, digest in keys)) for keys in together.values()]
    bands_of = [b"".join(signed[key] for key in keys) for keys in together.values()]
    return Packed(places, (list(together), hashes, bands_of))


class BandStore(Store):
    """Table ``band_segments``, which only grows, and where in it contents are."""

    async def read(self, project: str, last: Segment | None, size: int) -> list[Segment]:
        """``last`` itself (without content) if it is still there, and the first ones after it."""
        number = last.number if last else 0
        rows = await self.connection.fetch(
            self.queries["read_segments"], project, number, size + (last is not None)
        )
        return [Segment(*row) for row in rows]

    async def find_unsigned(self) -> str | None:
        """A project that has contents without bands, of which there are only old ones."""
        name: str | None = await self.connection.fetchval(self.queries["find_unsigned"])
        return name

    async def list_unsigned(self, project: str, size: int) -> list[ContentKey]:
        """Contents whose bands have to be made."""
        rows = await self.connection.fetch(self.queries["list_unsigned"], project, size)
        return [(row["project"], row["content_hash"]) for row in rows]

    async def sign(self, bands: Mapping[ContentKey, bytes]) -> None:
        """Write down the bands of contents that are there."""
        packed = pack(bands)
        await self.connection.execute(
            self.queries["sign_contents"], *columns(bands), packed.places, *packed.segments
        )

    async def get(self, contents: Collection[ContentKey]) -> dict[ContentKey, bytes]:
        """The bands of these contents, where they have any."""
        rows = await self.connection.fetch(self.queries["get_bands"], *columns(contents))
        return {(row["project"], row["content_hash"]): row["bands"] for row in rows}
