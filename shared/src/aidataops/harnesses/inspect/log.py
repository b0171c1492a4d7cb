"""Inspect's logs, ``.json`` and ``.eval``, and our journal: a header and samples, in one order.

An ``.eval`` is a ZIP compressed with zstd (method 93), which ``zipfile`` of Python before 3.14
cannot read. Its samples stand in the order in which they ended; those of a ``.json`` are sorted.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.fields import Fields
from aidataops.harnesses.inspect.journal import (
    journal_header,
    journal_samples,
    sample_order,
)
from aidataops.harnesses.json_stream import read_rows

if TYPE_CHECKING:
    from zipfile import ZipFile

_MEMBER = re.compile(r"samples/(?P<id>.+)_epoch_(?P<epoch>\d+)\.json", re.DOTALL)
_START = "_journal/start.json"
_HEADER = "header.json"
_ROWS = [("samples",), ("reductions",)]
_FIRST = {"status", "eval", "results", "stats"}
"""What Inspect writes before the samples: there, reading the header may stop."""

_CUT_OFF = "it may be cut off: copy it again, or recover it with `inspect log recover`"


@dataclass(frozen=True)
class Log:
    """One log file. Not in memory: every reading opens it."""

    file: Path

    @cached_property
    def header(self) -> Fields:
        """Everything but the samples; the log of a run that never ended has only its beginning."""
        if self.file.suffix == ".eval":
            content = self._read_eval()
        elif self.file.suffix == ".jsonl":
            content = journal_header(self.file)
        else:
            content = self._read_json()
        return Fields(content, self.file)

    def samples(self) -> Iterator[Fields]:
        """The samples by epoch and id, each whole in memory."""
        if self.file.suffix == ".eval":
            yield from self._eval_samples()
            return
        if self.file.suffix == ".jsonl":
            for line, sample in journal_samples(self.file):
                yield Fields.of(sample, self.file, "sample", line)
            return
        number = 0
        with self.file.open("rb") as opened:
            for steps, value in read_rows(self.file, opened, _ROWS):
                if steps == ("samples",):
                    yield Fields.of(value, self.file, f"samples[{number}]")
                    number += 1

    def _read_json(self) -> dict[str, Any]:
        header: dict[str, Any] = {}
        with self.file.open("rb") as opened:
            for steps, value in read_rows(self.file, opened, _ROWS):
                if steps in _ROWS and header.keys() >= _FIRST:
                    break
                if steps not in _ROWS:
                    header[steps[0]] = value
        return header

    def _read_eval(self) -> dict[str, Any]:
        with self._opened() as archive:
            names = set(archive.namelist())
            if _HEADER in names:
                return dict(Fields.of(self._member(archive, _HEADER), self.file, _HEADER).content)
            if _START in names:
                start = Fields.of(self._member(archive, _START), self.file, _START)
                return {"status": "started", **start.content}
        raise HarnessFileError(
            "has neither header.json nor a beginning", file=self.file, remedy=_CUT_OFF
        )

    def _eval_samples(self) -> Iterator[Fields]:
        with self._opened() as archive:
            members = {name: _MEMBER.fullmatch(name) for name in archive.namelist()}
            found = [(_order(match), name) for name, match in members.items() if match]
            for _, name in sorted(found):
                yield Fields.of(self._member(archive, name), self.file, name)

    def _member(self, archive: ZipFile, name: str) -> Any:
        with self._explained(name):
            return json.loads(archive.read(name))

    @contextmanager
    def _opened(self) -> Iterator[ZipFile]:
        opened: IO[bytes]
        with self.file.open("rb") as opened:
            with self._explained(None):
                archive = _zip_file(opened)
            with archive:
                yield archive

    @contextmanager
    def _explained(self, member: str | None) -> Iterator[None]:
        """Decompressors and the ZIP reader raise whatever they meet."""
        try:
            yield
        except HarnessFileError:
            raise
        except Exception as error:
            kind = "JSON" if isinstance(error, ValueError | RecursionError) else "ZIP"
            raise HarnessFileError(
                f"is no {kind} that can be read ({type(error).__name__}: {error})",
                file=self.file,
                field=member,
                remedy=_CUT_OFF,
            ) from error


def _order(match: re.Match[str]) -> tuple[int, str]:
    return int(match["epoch"]), sample_order(match["id"])


def _zip_file(opened: IO[bytes]) -> ZipFile:
    if sys.version_info >= (3, 14):
        import zipfile
    else:
        from backports.zstd import zipfile
    return cast("ZipFile", zipfile.ZipFile(opened))
