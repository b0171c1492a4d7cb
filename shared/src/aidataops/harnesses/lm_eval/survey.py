"""What the rows of a samples file hold as a whole: counts, and the metric that decides."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.lm_eval.rows import SampleRow, read_rows


@dataclass(slots=True)
class Survey:
    """What the rows of one filter hold; memory grows with the metrics, not with the rows."""

    file: Path
    rows: int = 0
    scored: Counter[str] = field(default_factory=Counter)
    graded: dict[str, tuple[int, float]] = field(default_factory=dict)
    unscored: set[str] = field(default_factory=set)

    def add(self, row: SampleRow) -> None:
        """Take one more row into account."""
        self.rows += 1
        for metric in row.metrics:
            try:
                score = row.score(metric)
            except TypeError:
                self.unscored.add(metric)
                continue
            self.scored[metric] += 1
            if score not in {0.0, 1.0, None}:
                self.graded.setdefault(metric, (row.line, score))

    def choose(self, order: list[str], wanted: str | None, pass_at: float | None) -> str:
        """The metric that decides whether a sample passed.

        The wanted one, or the first that every row has and that says yes or no; a graded one only
        with ``pass_at``, for nobody else can know from where on it passes.
        """
        whole = [
            metric
            for metric, rows in self.scored.items()
            if rows == self.rows and metric not in self.unscored
        ]
        whole.sort(key=lambda metric: order.index(metric) if metric in order else len(order))
        candidates = whole if wanted is None else [metric for metric in whole if metric == wanted]
        if not candidates:
            named = "" if wanted is None else f"{wanted!r} "
            raise HarnessFileError(
                f"no metric {named}with a score in every row",
                file=self.file,
                field="metrics",
                remedy=f"choose one (--metric) of: {', '.join(whole) or 'none'}",
            )
        if pass_at is not None:
            return candidates[0]
        for metric in candidates:
            if metric not in self.graded:
                return metric
        line, score = self.graded[candidates[0]]
        raise HarnessFileError(
            f"is graded ({score} here), and nothing says from where on a sample passes",
            file=self.file,
            line=line,
            field=candidates[0],
            remedy="say it (--pass-at SCORE)",
        )


def survey(file: Path) -> dict[str, Survey]:
    """Read a file once: its filters, in their order, and what their rows hold."""
    surveys: dict[str, Survey] = {}
    for row in read_rows(file):
        surveys.setdefault(row.filter_name, Survey(file)).add(row)
    return surveys
