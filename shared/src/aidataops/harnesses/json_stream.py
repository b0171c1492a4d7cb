"""A JSON document read row by row, however large it is.

Own code, because the libraries that stream JSON refuse the ``NaN`` that harnesses write.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

from aidataops.harnesses.errors import HarnessFileError

Steps = tuple[str, ...]
"""The keys that lead to a value."""

_READ = 1 << 16
_LARGEST = 1 << 28
"""Characters of one value: beyond it, this is no row but a broken file."""

_SPACE = " \t\n\r"
_DELIMITERS = tuple(",:]}" + _SPACE)
"""What may follow a value: without it, a number may go on where the read ended."""

_CUT = 16
"""A parser that stops this close to the end of what was read may only lack the rest."""


def read_rows(
    file: Path, opened: IO[bytes], rows: Collection[Steps]
) -> Iterator[tuple[Steps, Any]]:
    """Every value of an object, and one by one the elements of the arrays named by ``rows``.

    ``rows`` of ``[("results", "results")]`` gives ``(("results", "version"), 3)``, … and then
    ``(("results", "results"), element)`` for each element. Raises `HarnessFileError` where the text
    stops being JSON.
    """
    text = _Text(file, opened)
    yield from _members(text, (), rows)
    if text.peek():
        raise text.error("goes on behind its end")


def _members(text: _Text, at: Steps, rows: Collection[Steps]) -> Iterator[tuple[Steps, Any]]:
    text.take("{")
    if text.skip("}"):
        return
    while True:
        key = text.value()
        if not isinstance(key, str):
            raise text.error("has a key that is no string")
        text.take(":")
        steps = (*at, key)
        if steps in rows and text.peek() == "[":
            yield from _elements(text, steps)
        elif text.peek() == "{" and any(row[: len(steps)] == steps for row in rows):
            yield from _members(text, steps, rows)
        else:
            yield steps, text.value()
        if text.skip("}"):
            return
        text.take(",")


def _elements(text: _Text, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    text.take("[")
    if text.skip("]"):
        return
    while True:
        yield steps, text.value()
        if text.skip("]"):
            return
        text.take(",")


class _Text:
    """The text from where the reader stands; what is behind is forgotten."""

    def __init__(self, file: Path, opened: IO[bytes]) -> None:
        self._file = file
        self._opened = opened
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder()
        self._ahead = ""
        self._at = 0
        self._behind = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._ahead):
                if self._ahead[self._at] not in _SPACE:
                    return self._ahead[self._at]
                self._at += 1
            if not self._more(_READ):
                return ""

    def skip(self, character: str) -> bool:
        """Go over a character if it is the next."""
        if self.peek() != character:
            return False
        self._at += 1
        return True

    def take(self, character: str) -> None:
        """Go over a character that has to be there."""
        if not self.skip(character):
            found = self.peek()
            raise self.error(
                f"has {found!r} where {character!r} has to be" if found else "ends too early"
            )

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        size = _READ
        while True:
            try:
                value, end = self._json.raw_decode(self._ahead, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated") or (
                    error.pos >= len(self._ahead) - _CUT
                )
                size *= 2
                if is_cut and len(self._ahead) < _LARGEST and self._more(size):
                    continue
                raise self.error(error.msg if not self._ended else "ends too early") from error
            except (ValueError, RecursionError) as error:
                raise self.error(f"holds a value that cannot be read ({error})") from error
            is_whole = self._ahead[end : end + 1] in _DELIMITERS
            if not is_whole and self._more(_READ):
                continue
            self._at = end
            return value

    def error(self, problem: str) -> HarnessFileError:
        """What is wrong where the reader stands."""
        place = self._behind + self._at
        return HarnessFileError(
            f"is no JSON from character {place} on ({problem})",
            file=self._file,
            remedy="it may be cut off: take the file as its harness wrote it, or run again",
        )

    def _more(self, size: int) -> bool:
        if self._ended:
            return False
        read = self._opened.read(size)
        try:
            text = self._decoder.decode(read, final=not read)
        except UnicodeDecodeError as error:
            self._ended = True
            raise self.error(f"is no UTF-8: {error.reason}") from error
        self._ended = not read
        self._behind += self._at
        self._ahead, self._at = self._ahead[self._at :] + text, 0
        return bool(read)
