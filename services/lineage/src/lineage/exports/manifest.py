"""What an export says of itself: which version it holds, whole, and how to check it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import quote

from lineage.exports.shapes import Shape


@dataclass(frozen=True, slots=True)
class Manifest:
    """It names nothing but the content, so that the same version exports to the same manifest.

    ``hash`` is the version's, ``sha256`` and ``bytes`` are the file's. ``columns`` hold text or
    conversations; with ``slices``, a further column of that name says the row's slice in each of
    these dimensions. ``rows`` counts records; ``left_out`` counts rows of the version that are in
    none, by reason.
    """

    version_id: str
    hash: str
    items: int
    file: str
    format: str
    shape: Shape
    keep: tuple[str, ...]
    columns: tuple[str, ...]
    slices: tuple[str, ...]
    rows: int
    left_out: Mapping[str, int]
    bytes: int
    sha256: str

    def to_json(self) -> str:
        """The manifest as it stands beside the file."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def file_name(version_id: str, shape: Shape, suffix: str) -> str:
    """The export's name at its target, e.g. ``support@2.chat.jsonl``.

    Characters that are not safe in every store and file system become ``~`` and two digits.
    """
    safe = quote(version_id.replace("~", "%7E"), safe="@%").replace("%", "~")
    return f"{safe}.{shape}.{suffix}"


def manifest_name(file: str) -> str:
    """Where a file's manifest stands; not ``.json``, which loaders of a folder take for data."""
    return f"{file}.manifest"
