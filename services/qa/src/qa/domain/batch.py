"""Assessing a batch whose labels are in: a pure function of what is known about it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from aidataops.events.quality import (
    Agreement,
    AgreementMeasured,
    BatchBlocked,
    BatchReleased,
    ConsensusReached,
    GateCheck,
    ReleasedItem,
    ReviewRequested,
    Scope,
)
from qa.domain.agreement.coincidences import CoincidenceMatrix
from qa.domain.agreement.measure import Measurement, Schema, measure
from qa.domain.consensus.methods import CLOSED, Anchor, Ballot, weigh
from qa.domain.consensus.votes import Consensus, Label, NoConsensus
from qa.domain.drift import Score
from qa.domain.floor import hold_against
from qa.domain.gate import (
    Standard,
    Terms,
    check_agreement,
    check_golden_accuracy,
    check_label_coverage,
    check_sourcing,
    opens,
    waive,
)

OVERLAP_AT_MOST = 20
"""Items of a cohort for which more labels are asked at a time."""


@dataclass(frozen=True)
class Item:
    """An item of a batch with all its labels that stand; ``golden`` is its known answer."""

    item_id: str
    overlap: int
    slices: Mapping[str, str]
    golden: str | None
    labels: tuple[Label, ...]

    @property
    def trusted(self) -> tuple[Label, ...]:
        """The labels that count."""
        return tuple(label for label in self.labels if label.trusted)

    @property
    def votes(self) -> tuple[Label, ...]:
        """The labels given independently of each other: agreement is theirs."""
        return tuple(label for label in self.trusted if label.tier == "tier1")


@dataclass(frozen=True)
class Batch:
    """Everything that is known about a batch, and what it is held to."""

    project: str
    batch_id: str
    remediation_id: str | None
    schema: Schema
    method: str
    terms: Terms
    ended_at: datetime
    items: tuple[Item, ...]
    anchors: tuple[Anchor, ...] = ()

    @property
    def ordinary(self) -> list[Item]:
        """The items whose value is to be found."""
        return [item for item in self.items if item.golden is None]


@dataclass(frozen=True)
class Assessment:
    """What qa has to say about a batch; ``scores`` are what drift is watched by.

    ``verdict`` carries revision 1: which one it is depends on what was said before. ``overlap`` are
    items of cohorts whose agreement cannot be told yet.
    """

    measured: AgreementMeasured
    outcomes: tuple[ConsensusReached | ReviewRequested, ...]
    overlap: tuple[ReviewRequested, ...]
    verdict: BatchReleased | BatchBlocked
    scores: tuple[Score, ...]
    ended_at: datetime


def assess_batch(batch: Batch) -> Assessment:
    """Measure agreement, weigh every item's labels, then hold the batch against the gate."""
    items = batch.ordinary
    measured = _measure(batch, items, batch.batch_id)
    said = weigh(
        [Ballot(item.item_id, item.overlap, item.trusted) for item in items],
        batch.method if batch.schema.kind in CLOSED else "majority",
        batch.anchors,
        batch.schema.categories,
    )
    weighed = list(zip(items, said, strict=True))
    decided = [(item, one) for item, one in weighed if isinstance(one, Consensus)]
    right = [
        label.value == item.golden
        for item in batch.items
        if item.golden is not None
        for label in item.trusted
    ]
    terms = batch.terms
    checks = (
        check_agreement(measured.agreement, terms.agreement_floor),
        check_golden_accuracy(sum(right), len(right), terms.golden_accuracy),
        check_label_coverage(len(decided), len(items)),
        *check_sourcing(terms),
    )
    checks = waive(checks, measured.agreement, terms.waivers)
    settled = {item.item_id for item, one in weighed if isinstance(one, NoConsensus)}
    return Assessment(
        measured=report_agreement(
            batch.project, "batch", batch.batch_id, measured, terms.agreement_floor
        ),
        outcomes=tuple(_outcome(batch, item, one) for item, one in weighed),
        overlap=tuple(_request_overlap(batch, settled)),
        verdict=_verdict(batch, measured.agreement, checks, decided),
        scores=tuple(_scores(batch)),
        ended_at=batch.ended_at,
    )


def report_agreement(
    project: str,
    scope: Scope,
    scope_value: str,
    measurement: Measurement,
    floor: Standard,
) -> AgreementMeasured:
    """The measurement of one scope, held against its floor."""
    agreement = measurement.agreement
    return AgreementMeasured(
        project=project,
        scope=scope,
        scope_value=scope_value,
        batch_id=scope_value if scope == "batch" else None,
        agreement=agreement,
        floor=floor.value,
        verdict=hold_against(floor.value, agreement.lower, agreement.upper),
        further=measurement.further,
        warnings=measurement.warnings,
        standard=floor.decision_id,
    )


def _measure(
    batch: Batch, items: Sequence[Item], seed: str, cohort: str | None = None
) -> Measurement:
    matrix = CoincidenceMatrix()
    people: set[tuple[str, str]] = set()
    for item in items:
        votes = [vote for vote in item.votes if cohort in (None, vote.cohort)]
        for vote in votes:
            matrix.add(item.item_id, vote.value)
        if len(votes) > 1:
            people.update(vote.who for vote in votes)
    return measure(matrix, batch.schema, annotators=len(people), seed=seed)


def _request_overlap(batch: Batch, reviewed: set[str]) -> list[ReviewRequested]:
    """Items of cohorts whose interval straddles the floor: another label each would narrow it.

    As many as the interval is too wide by, those on which the cohort disagrees first. Items that
    are reviewed anyway are left out.
    """
    wanted: dict[str, ReviewRequested] = {}
    items = batch.ordinary
    floor = batch.terms.agreement_floor.value
    for cohort in sorted({vote.cohort for item in items for vote in item.votes}):
        agreement = _measure(batch, items, cohort, cohort).agreement
        if agreement.value is None:
            continue
        if hold_against(floor, agreement.lower, agreement.upper) != "inconclusive":
            continue
        shown = [
            (item, {vote.value for vote in item.votes if vote.cohort == cohort}) for item in items
        ]
        ordered = sorted(shown, key=lambda entry: (-len(entry[1]), entry[0].item_id))
        number = _further_units(agreement, floor)
        open_items = [item for item, values in ordered if values and item.item_id not in reviewed]
        for item in open_items[:number]:
            wanted[item.item_id] = _review(batch, item, "more_overlap")
    return list(wanted.values())


def _further_units(agreement: Agreement, floor: float) -> int:
    """How many units more would bring the nearer bound to the floor, at the rate of 1/√n."""
    if agreement.lower is None or agreement.upper is None or agreement.value is None:
        return OVERLAP_AT_MOST
    half = (agreement.upper - agreement.lower) / 2
    distance = max(abs(agreement.value - floor), half / 4)
    return min(OVERLAP_AT_MOST, max(1, ceil(agreement.units * ((half / distance) ** 2 - 1))))


def _outcome(
    batch: Batch, item: Item, said: Consensus | NoConsensus
) -> ConsensusReached | ReviewRequested:
    if isinstance(said, Consensus):
        return ConsensusReached(
            project=batch.project,
            batch_id=batch.batch_id,
            item_id=item.item_id,
            value=said.value,
            confidence=said.confidence,
            method=said.method,
            label_ids=said.label_ids,
        )
    return _review(batch, item, said.reason)


def _review(batch: Batch, item: Item, reason: str) -> ReviewRequested:
    return ReviewRequested(
        project=batch.project,
        batch_id=batch.batch_id,
        item_id=item.item_id,
        reason=reason,
        excluded_annotators=tuple(sorted({label.annotator for label in item.labels})),
    )


def _verdict(
    batch: Batch,
    agreement: Agreement,
    checks: tuple[GateCheck, ...],
    decided: Sequence[tuple[Item, Consensus]],
) -> BatchReleased | BatchBlocked:
    if not opens(checks):
        return BatchBlocked(
            project=batch.project,
            batch_id=batch.batch_id,
            remediation_id=batch.remediation_id,
            agreement=agreement,
            checks=checks,
        )
    return BatchReleased(
        project=batch.project,
        batch_id=batch.batch_id,
        remediation_id=batch.remediation_id,
        agreement=agreement,
        checks=checks,
        items=tuple(
            ReleasedItem(
                item_id=item.item_id,
                value=said.value,
                confidence=said.confidence,
                label_ids=said.label_ids,
                cohorts=said.cohorts,
                slices=dict(item.slices),
            )
            for item, said in decided
        ),
    )


def _scores(batch: Batch) -> list[Score]:
    """How far each annotator is right, by annotator, cohort and slices."""
    right: defaultdict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    for item in batch.items:
        slices = json.dumps(dict(item.slices), sort_keys=True, ensure_ascii=False)
        truth = item.golden
        if truth is None:
            truth = _majority([vote.value for vote in item.votes])
        for label in item.labels:
            others = [vote.value for vote in item.votes if vote.who != label.who]
            believed = others if truth is None else [truth]
            if label.tier == "tier1" and believed:
                line = label.cohort.removesuffix(f"/{batch.batch_id}")
                share = believed.count(label.value) / len(believed)
                right[*label.who, line, slices].append(share)
    return [
        Score(batch.batch_id, *cell, sum(shares), len(shares))
        for cell, shares in sorted(right.items())
    ]


def _majority(values: Sequence[str]) -> str | None:
    """The value of more than half of two or more; what one dissenter says is then theirs alone."""
    if len(values) < 2:
        return None
    value, number = Counter(values).most_common(1)[0]
    return value if 2 * number > len(values) else None
