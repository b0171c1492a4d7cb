"""Measuring a scope from its tallies: what is said of it, whoever added them up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorFlagged,
    Confusion,
    ConfusionMeasured,
    DriftDetected,
    Scope,
)
from qa.domain.agreement.coincidences import CoincidenceMatrix
from qa.domain.agreement.confusion import costliest_confusions
from qa.domain.agreement.measure import Measurement, Schema, measure
from qa.domain.batch import report_agreement
from qa.domain.drift import LIMIT, Drift
from qa.domain.flags import Flag, flag_annotator, flag_pair
from qa.domain.gate import Standard
from qa.domain.units import read_pattern

Tallies = Mapping[tuple[str, str], int]
"""(Kind, content) → units."""

MEASURED: frozenset[str] = frozenset(get_args(Scope)) - {"batch"}
"""Scopes whose agreement streams; a batch is measured when it is complete."""
UNCONFUSED = frozenset({"text", "spans"})
"""Types of label without pairs of values to confuse."""


@dataclass(frozen=True)
class Program:
    """What a project labels, and the floor that it is held to."""

    project: str
    schema: Schema
    floor: Standard
    sections: Mapping[tuple[str, str, str], str]
    """(Guideline version, value, other value) → the section that tells the two apart."""


def measure_scope(
    program: Program, scope: Scope, value: str, tallies: Tallies
) -> list[AgreementMeasured | ConfusionMeasured]:
    """The agreement of a scope, and of a guideline version what it confuses; nothing if nobody
    labelled anything beside somebody else.
    """
    matrix, table = _coincidences(tallies)
    if not matrix.units:
        return []
    measurement = measure(
        matrix,
        program.schema,
        annotators=2 if scope == "annotator_pair" else _count_annotators(tallies),
        seed=f"{program.project}/{scope}/{value}",
        table=table if scope == "annotator_pair" else None,
    )
    report = report_agreement(program.project, scope, value, measurement, program.floor)
    found: list[AgreementMeasured | ConfusionMeasured] = [report]
    if scope == "guideline_version" and value and program.schema.kind not in UNCONFUSED:
        found += _confused(program, value, matrix, measurement)
    return found


def _coincidences(
    tallies: Tallies,
) -> tuple[CoincidenceMatrix, Mapping[tuple[str, str], int]]:
    """Patterns of a scope, or the pairs of two people as patterns and as a table."""
    matrix = CoincidenceMatrix()
    table: Counter[tuple[str, str]] = Counter()
    for (kind, content), units in sorted(tallies.items()):
        if kind == "pattern":
            matrix.add_units(read_pattern(content), units)
        elif kind == "pair":
            _, first, second = json.loads(content)
            table[first, second] += units
    for pair, units in sorted(table.items()):
        matrix.add_units(tuple(sorted(Counter(pair).items())), units)
    return matrix, table


def _count_annotators(tallies: Tallies) -> int:
    return sum(kind == "annotator" for kind, _ in tallies)


def _confused(
    program: Program, version: str, matrix: CoincidenceMatrix, measurement: Measurement
) -> Iterable[ConfusionMeasured]:
    if measurement.agreement.reason is None:
        yield ConfusionMeasured(
            project=program.project,
            guideline_version=version,
            agreement=measurement.agreement,
            confusions=tuple(
                Confusion(
                    values=one.values,
                    share=min(1.0, one.share),
                    cost=one.cost,
                    section=program.sections.get((version, *one.values)),
                )
                for one in costliest_confusions(matrix, program.schema.scale)
            ),
        )


def suspect_annotator(
    project: str,
    value: str,
    tallies: Tallies,
    golden_seconds: Sequence[float],
    other_seconds: Sequence[float],
) -> list[AnnotatorFlagged]:
    """What the answers of one annotator (JSON: [vendor, annotator]) give reason to suspect."""
    vendor, annotator = json.loads(value)
    answers = {
        (source, truth, said): units
        for (kind, content), units in tallies.items()
        if kind == "answer"
        for source, truth, said in [json.loads(content)]
    }
    return [
        _flagged(project, (vendor, annotator), flag)
        for flag in flag_annotator(answers, golden_seconds, other_seconds)
    ]


def suspect_pair(project: str, value: str, tallies: Tallies) -> list[AnnotatorFlagged]:
    """Both of two annotators (JSON: two [vendor, annotator]) when they err together."""
    first, second = (tuple(who) for who in json.loads(value))
    answers: Counter[tuple[str | None, str, str]] = Counter()
    for (_, content), units in tallies.items():
        truth, one, other = json.loads(content)
        answers[truth, one, other] += units
    flag = flag_pair(answers)
    if flag is None:
        return []
    return [_flagged(project, first, flag, second), _flagged(project, second, flag, first)]


def _flagged(
    project: str, who: Sequence[str], flag: Flag, other: Sequence[str | None] = (None, None)
) -> AnnotatorFlagged:
    return AnnotatorFlagged(
        project=project,
        vendor=who[0],
        annotator=who[1],
        flag=flag.name,
        with_vendor=other[0],
        with_annotator=other[1],
        evidence=dict(flag.evidence),
        detail=flag.detail,
    )


def report_drift(project: str, drift: Drift) -> DriftDetected:
    """An alarm in the words of the contract."""
    return DriftDetected(
        project=project,
        chart="cusum",
        annotator=drift.annotator,
        vendor=drift.vendor,
        cohort=drift.line,
        slices=dict(drift.slices),
        statistic=drift.statistic,
        limit=LIMIT,
        scope=drift.scope,
        scope_value=drift.scope_value or project,
        batch_id=drift.batch_id,
        batches_since_change=drift.batches_since_change,
        mean_before=drift.mean_before,
        mean_since=drift.mean_since,
    )
