"""One sample of a run, in the words of any harness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from aidataops.events import Slices
from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.options import DEFAULT_SLICE_FIELDS
from aidataops.harnesses.text import IDENTIFIER, presentable

_OTHER_SLICES = "slice by other fields (--slice-field)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample's outcome, and what its failure would say.

    ``pairing`` is the same in every run that asks the same; ``repetition`` counts from 1 how often
    one run asked it (epochs). ``score`` is ``None`` when there is none: the sample errored, which
    is no failure of the model. ``passed`` is the harness's own verdict, ``None`` when only the
    score tells. ``attributes`` are what it may be sliced by; ``signs`` are the harness's words on
    why it failed, as ``assertion=is-json``. ``file``, ``line`` and ``place`` (the path to the
    attributes) say where it stands.
    """

    pairing: str
    score: float | None
    file: Path
    line: int | None = None
    place: str = ""
    passed: bool | None = None
    repetition: int = 1
    cluster: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    signs: tuple[str, ...] = ()
    prompt: str | None = None
    expected: str | None = None
    actual: str | None = None

    def slices(self, fields: tuple[str, ...] | None) -> Slices:
        """The values of the fields to slice by, as far as the sample has them."""
        slices: Slices = {}
        for name in DEFAULT_SLICE_FIELDS if fields is None else fields:
            value = self.attributes.get(name)
            if value is None or value == "":
                continue
            if isinstance(value, dict | list):
                raise self._error(name, "holds several values")
            text = presentable(str(value))
            if len(text) > IDENTIFIER:
                raise self._error(name, f"is longer than {IDENTIFIER} characters")
            slices[name] = text
        return slices

    def _error(self, name: str, problem: str) -> HarnessFileError:
        where = f"{self.place}.{name}" if self.place else name
        return HarnessFileError(
            problem, file=self.file, line=self.line, field=where, remedy=_OTHER_SLICES
        )


@dataclass(slots=True)
class Tally:
    """What the samples of a run come to; memory does not grow with them."""

    samples: int = 0
    errored: int = 0
    fields: set[str] = field(default_factory=set)
    graded: Sample | None = None

    @classmethod
    def of(cls, samples: Iterable[Sample], slice_fields: tuple[str, ...] | None) -> Self:
        """Count a run's samples; ``graded`` is the first whose score is no yes or no.

        Reads their slices too: what is wrong with one is to be found before anything is published.
        """
        tally = cls()
        for sample in samples:
            sample.slices(slice_fields)
            tally.samples += 1
            tally.errored += sample.score is None
            tally.fields |= sample.attributes.keys()
            if tally.graded is None and sample.passed is None and sample.score not in {0, 1, None}:
                tally.graded = sample
        return tally
