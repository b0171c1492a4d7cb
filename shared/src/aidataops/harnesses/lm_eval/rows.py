"""The rows of lm-evaluation-harness's ``samples_<task>_<date>.jsonl``.

One row is one document under one filter: a task with two filters has two rows per document.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.json_lines import json_lines
from aidataops.harnesses.text import text_of

_WORDS = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One line of a samples file."""

    file: Path
    line: int
    content: Mapping[str, Any]
    filter_name: str
    doc_hash: str
    metrics: tuple[str, ...]

    @property
    def document(self) -> Mapping[str, Any]:
        """The document asked about; some tasks have none with named fields."""
        document = self.content.get("doc")
        return document if isinstance(document, dict) else {}

    def score(self, metric: str) -> float | None:
        """A metric of this row: ``None`` when it could not be computed (null or not a number).

        Metrics are top-level keys of the row. NumPy's scalars are written as strings. Raises
        ``TypeError`` for a part of a corpus metric (a list), which is no score of one sample.
        """
        value = self.content.get(metric)
        if isinstance(value, str):
            word = _WORDS.get(value.lower())
            try:
                value = float(value) if word is None else word
            except ValueError as error:
                raise TypeError(f"{value!r} is no number") from error
        if value is None:
            return None
        if not isinstance(value, int | float):
            raise TypeError(f"a {type(value).__name__} is no score of one sample")
        return float(value) if math.isfinite(value) else None

    @property
    def prompt(self) -> str | None:
        """The first request's context: a string, or the messages of a chat."""
        arguments = self.content.get("arguments")
        first = arguments.get("gen_args_0") if isinstance(arguments, dict) else None
        return text_of(first.get("arg_0")) if isinstance(first, dict) else None

    @property
    def expected(self) -> str | None:
        """The target."""
        return text_of(self.content.get("target"))

    @property
    def actual(self) -> str | None:
        """What the model answered, after the filter.

        A multiple choice has a loglikelihood, written as a string, per choice: the answer is the
        index of the highest, as the target is an index.
        """
        answers = self.content.get("filtered_resps")
        if not isinstance(answers, list) or not answers:
            return None
        if len(answers) == 1:
            return text_of(answers[0])
        try:
            likelihoods = [float(answer[0]) for answer in answers]
        except (TypeError, ValueError, IndexError, KeyError):
            return text_of(answers)
        return str(likelihoods.index(max(likelihoods)))


def read_rows(file: Path) -> Iterator[SampleRow]:
    """The rows of a file, one at a time; raises `HarnessFileError` at the first that is none."""
    for number, content in json_lines(file):
        yield _row(file, number, content)


def _row(file: Path, number: int, content: Mapping[str, Any]) -> SampleRow:
    doc_hash, metrics = content.get("doc_hash"), content.get("metrics")
    if not isinstance(doc_hash, str) or not doc_hash:
        raise HarnessFileError(
            "is missing, and samples are paired by it",
            file=file,
            line=number,
            field="doc_hash",
            remedy="run the evaluation with lm-evaluation-harness 0.4.3 or newer",
        )
    if not isinstance(metrics, list) or not metrics:
        raise HarnessFileError(
            "names no metric, so nothing says whether the sample passed",
            file=file,
            line=number,
            field="metrics",
            remedy="run the evaluation with a metric and without --predict_only",
        )
    names = tuple(str(metric) for metric in metrics)
    return SampleRow(file, number, content, str(content.get("filter", "none")), doc_hash, names)
