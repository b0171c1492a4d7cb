"""Assessing a batch whose labels are in: a pure function of what is known about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
from qa.domain.agreement import CoincidenceMatrix, Pattern, measure_agreement
from qa.domain.consensus import Consensus, Label, NoConsensus, reach_consensus
from qa.domain.floor import hold_against
from qa.domain.gate import check_agreement, check_golden_accuracy, check_label_coverage, opens


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


@dataclass(frozen=True)
class Batch:
    """Everything that is known about a batch, and the floor that it must hold."""

    project: str
    batch_id: str
    remediation_id: str | None
    floor: float
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Assessment:
    """What qa has to say about a batch; ``patterns`` and ``annotators`` add up over batches.

    ``verdict`` carries revision 1: which one it is depends on what was said before.
    """

    measured: AgreementMeasured
    outcomes: tuple[ConsensusReached | ReviewRequested, ...]
    verdict: BatchReleased | BatchBlocked
    patterns: Mapping[Pattern, int]
    annotators: frozenset[tuple[str, str]]


def assess_batch(batch: Batch) -> Assessment:
    """Measure agreement, weigh every item's labels, then hold the batch against the gate."""
    items = [item for item in batch.items if item.golden is None]
    matrix, annotators = _coincidences(items)
    agreement = measure_agreement(matrix, annotators=len(annotators), seed=batch.batch_id)
    weighed = [(item, reach_consensus(item.trusted, item.overlap)) for item in items]
    decided = [(item, said) for item, said in weighed if isinstance(said, Consensus)]
    right = [
        label.value == item.golden
        for item in batch.items
        if item.golden is not None
        for label in item.trusted
    ]
    checks = (
        check_agreement(agreement, batch.floor),
        check_golden_accuracy(sum(right), len(right)),
        check_label_coverage(len(decided), len(items)),
    )
    return Assessment(
        measured=report_agreement(batch.project, "batch", batch.batch_id, agreement, batch.floor),
        outcomes=tuple(_outcome(batch, item, said) for item, said in weighed),
        verdict=_verdict(batch, agreement, checks, decided),
        patterns=matrix.patterns,
        annotators=annotators,
    )


def report_agreement(
    project: str,
    scope: Scope,
    scope_value: str,
    agreement: Agreement,
    floor: float,
) -> AgreementMeasured:
    """The measurement of one scope, held against its floor."""
    return AgreementMeasured(
        project=project,
        scope=scope,
        scope_value=scope_value,
        batch_id=scope_value if scope == "batch" else None,
        agreement=agreement,
        floor=floor,
        verdict=hold_against(floor, agreement.lower, agreement.upper),
    )


def _coincidences(
    items: Sequence[Item],
) -> tuple[CoincidenceMatrix, frozenset[tuple[str, str]]]:
    matrix = CoincidenceMatrix()
    annotators: set[tuple[str, str]] = set()
    for item in items:
        for label in item.trusted:
            matrix.add(item.item_id, label.value)
        if len(item.trusted) > 1:
            annotators.update((label.vendor, label.annotator) for label in item.trusted)
    return matrix, frozenset(annotators)


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
            label_ids=said.label_ids,
        )
    return ReviewRequested(
        project=batch.project,
        batch_id=batch.batch_id,
        item_id=item.item_id,
        reason=said.reason,
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
