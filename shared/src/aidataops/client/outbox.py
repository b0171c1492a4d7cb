"""A harness's files and how to read them, kept until a gateway has taken their events.

An entry is two files: what the harness wrote, and beside it ``<name>.entry.json``; a third,
``<name>.sent``, names what a gateway has taken before the end, which is not sent again. Delivering
one twice is harmless all the same: the same file gives the same events under the same ids.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from aidataops.client.identity import event_key
from aidataops.events import Payload
from aidataops.harnesses import ADAPTERS, HarnessFileError, Notes, ReadOptions

DEFAULT = Path(".aidataops") / "outbox"

_SUFFIX = ".entry.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file to publish: ``tool`` names its adapter, ``file`` lies beside the entry."""

    tool: str
    file: Path
    options: ReadOptions

    @property
    def source(self) -> str:
        """The CloudEvents source that it is published under."""
        return f"/harnesses/{self.tool}"

    @property
    def path(self) -> Path:
        """Where the entry itself is."""
        return self.file.with_name(self.file.name + _SUFFIX)

    def events(self, notes: Notes | None = None) -> Iterator[Payload]:
        """What the file says and is not in yet; raises `HarnessFileError`."""
        sent = self._sent_keys()
        for event in ADAPTERS[self.tool](self.file, self.options, notes):
            if not sent or event_key(event) not in sent:
                yield event

    def keep(self) -> None:
        """Write the entry, whole or not at all."""
        content = {"tool": self.tool, "options": _OPTIONS.dump_python(self.options, mode="json")}
        unfinished = self.path.with_suffix(".unfinished")
        with unfinished.open("w") as opened:
            json.dump(content, opened)
            opened.flush()
            os.fsync(opened.fileno())
        unfinished.replace(self.path)

    def note_sent(self, payloads: Iterable[Payload]) -> None:
        """Remember that a gateway has taken these."""
        with self._sent.open("a") as opened:
            opened.writelines(f"{event_key(one)}\n" for one in payloads)
            opened.flush()
            os.fsync(opened.fileno())

    @property
    def _sent(self) -> Path:
        return self.file.with_name(self.file.name + ".sent")

    def _sent_keys(self) -> set[str]:
        """A line that a crash cut off is no key, and what it stood for is sent again."""
        return set(self._sent.read_text().split()) if self._sent.exists() else set()

    def remove(self) -> None:
        """Forget it: its events are in."""
        self._sent.unlink(missing_ok=True)
        self.file.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read an entry; raises `HarnessFileError`."""
        try:
            content: Any = json.loads(path.read_bytes())
            tool = content["tool"]
            if tool not in ADAPTERS:
                raise ValueError(f"no harness is called {tool!r}")
            options = _OPTIONS.validate_python(content["options"])
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            raise HarnessFileError(
                f"is no entry of an outbox ({error})",
                file=path,
                remedy="publish the file beside it by hand (aidataops publish --help)",
            ) from error
        return cls(tool, path.with_name(path.name.removesuffix(_SUFFIX)), options)


def entries(directory: Path) -> list[Path]:
    """The entries of an outbox, oldest name first."""
    return sorted(directory.glob(f"*{_SUFFIX}"))


_OPTIONS = TypeAdapter(ReadOptions)
