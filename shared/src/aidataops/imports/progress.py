"""How far an import got, in a small file beside the imported one."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from aidataops.imports.errors import ImportFileError


class ImportProgress:
    """Remembers rows that are in, for the same file under the same options.

    It only saves time: sending a row again has no effect. Raises `ImportFileError` where there is
    no file.
    """

    def __init__(self, path: Path, options: str) -> None:
        self._path = path.with_name(f".{path.name}.import.json")
        try:
            stat = path.stat()
        except OSError as error:
            raise ImportFileError(f"{path}: cannot be read: {error.strerror}") from error
        self._of = {"size": stat.st_size, "modified": stat.st_mtime_ns, "options": options}

    def load(self) -> int:
        """The number of the last row that is in; 0 when there is none, or it was another file."""
        try:
            known = json.loads(self._path.read_text("utf-8"))
            return int(known["row"]) if known["of"] == self._of else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def save(self, row: int) -> None:
        """Every row up to this one is in."""
        draft = self._path.with_suffix(".tmp")
        with suppress(OSError):  # a directory that nobody may write to
            draft.write_text(json.dumps({"of": self._of, "row": row}), "utf-8")
            draft.replace(self._path)

    def finish(self) -> None:
        """Every row was read to the end: the next import starts again, with what was refused."""
        self._path.unlink(missing_ok=True)
