"""What each stage has brought, as tables; every figure is from an event observed on Kafka."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from aidataops.events.annotation import LabelAccepted, LabelRejected
from aidataops.events.evaluation import EvaluationFailure, EvaluationRunCompleted, SamplesScored
from aidataops.events.feedback import (
    RemediationApproved,
    RemediationReopened,
    RemediationVerified,
)
from aidataops.events.lineage import VersionPublished, VersionRegistered
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorSuspended,
    BatchReleased,
    GoldenScored,
)
from aidataops.events.sourcing import BriefFulfilled, BriefOpened, ItemAccepted, ItemQuarantined
from aidataops.local.demo import record
from aidataops.local.demo.labelling import Tasks
from aidataops.local.demo.observer import Observer
from aidataops.local.demo.wording import (
    alpha,
    coefficient,
    interval,
    percent,
    probability,
    short,
    slice_name,
    words,
)

Parts = Iterable[RenderableType]


def versions(observer: Observer, names: Iterable[tuple[str, int]]) -> Parts:
    """Some dataset versions, by dataset and number."""
    table = _table("dataset version", "rows*", "from", "batches*", "hash")
    for event in (record.version(observer, *name) for name in names):
        if event is not None:
            one = event.payload
            parents = " + ".join(f"{each.dataset}@{each.version}" for each in one.parents)
            name = f"{one.dataset}@{one.version}"
            cells = (str(one.items), parents or "–", str(len(one.batch_ids)), short(one.hash))
            table.add_row(name, *cells)
    yield table


def changes(observer: Observer, version: VersionPublished) -> Parts:
    """What the batches of a version did to its parent's rows, where these were imported."""
    batches = observer.latest(BatchReleased, lambda one: one.batch_id)
    new = {
        item.item_id: item.value
        for name in version.batch_ids
        for item in batches[name].payload.items
    }
    old = {
        row.item_id: row.value
        for event in observer.all(VersionRegistered)
        for parent in version.parents
        if (event.payload.dataset, event.payload.version) == (parent.dataset, parent.version)
        for row in event.payload.rows
    }
    added = new.keys() - old.keys()
    relabelled = sum(old[name] != new[name] for name in new.keys() & old.keys())
    yield (
        f"[dim]{len(new) - len(added)} rows labelled again, {relabelled} of them with another "
        f"label now; {len(added)} rows added[/dim]"
    )


def evaluations(observer: Observer) -> Parts:
    """Runs, and what became of their failures."""
    failed = observer.latest(EvaluationFailure, lambda one: one.failure_id).values()
    failures = Counter(event.payload.run_id for event in failed)
    regressed: Counter[str] = Counter()
    for one in record.regressions(observer):
        regressed[one.run_id] += len(one.failure_ids)
    passed: Counter[str] = Counter()
    for scored in (event.payload for event in observer.all(SamplesScored)):
        passed[scored.run_id] += sum(one.passed for one in scored.samples)
    dismissed = {
        run_id: len(one.failure_ids) for run_id, one in record.dismissals(observer).items()
    }
    table = _table("model", "samples*", "passed*", "failures*", "dismissed*", "in regressions*")
    for run in (event.payload for event in observer.all(EvaluationRunCompleted)):
        name = run.run_id
        counts = (run.samples, passed[name], failures[name], dismissed.get(name, 0))
        table.add_row(run.model, *map(str, counts), str(regressed[name]))
    yield table


def regressions(observer: Observer) -> Parts:
    """Slices that got worse, and to what that is attributed."""
    table = _table("regression", "n*", "before → after*", "p (McNemar)*", "q (BH)*", "attribution")
    for one in record.regressions(observer):
        table.add_row(
            f"[red]{escape(slice_name(one.slices))}[/red]",
            str(one.pairs),
            f"{one.passed_before} → {one.passed_after}",
            probability(one.p_value),
            probability(one.q_value),
            one.attribution.verdict,
        )
    yield table
    for one in record.regressions(observer):
        yield f"[dim]{escape(one.attribution.sentence)}[/dim]"


def remediations(observer: Observer) -> Parts:
    """Data work asked for and approved."""
    approved = observer.latest(RemediationApproved, lambda one: one.remediation_id)
    table = _table("remediation", "slice", "items*", "priority*", "has to reach*", "approved by")
    for one in (event.payload for event in record.requested(observer)):
        decision = approved.get(one.remediation_id)
        table.add_row(
            words(one.kind),
            escape(slice_name(one.slices)),
            str(one.quota or len(one.item_ids)),
            f"{one.priority:.1f}",
            percent(one.acceptance.minimum_rate) if one.acceptance else "–",
            escape(decision.payload.approved_by) if decision else "–",
        )
    yield table


def items(observer: Observer) -> Parts:
    """What came in for a brief, and what the gates held back."""
    table = _table("brief", "wanted*", "accepted*", "quarantined*", "chosen*")
    fulfilled = observer.latest(BriefFulfilled, lambda one: one.brief_id)
    held = [event.payload for event in observer.all(ItemQuarantined)]
    for brief in (event.payload for event in observer.all(BriefOpened)):
        accepted = [
            event
            for event in observer.latest(ItemAccepted, lambda one: one.item_id).values()
            if event.payload.brief_id == brief.brief_id
        ]
        chosen = fulfilled.get(brief.brief_id)
        table.add_row(
            escape(slice_name(brief.slices)),
            str(brief.quota),
            str(len(accepted)),
            str(sum(one.brief_id == brief.brief_id for one in held)),
            str(len(chosen.payload.item_ids) if chosen else 0),
        )
    yield table
    for gate, number in Counter(one.gate for one in held).items():
        reason = next(one.reason for one in held if one.gate == gate).partition(" (")[0]
        yield f"[dim]{number} held back by gate {words(gate)}: {escape(reason)}[/dim]"


def labels(observer: Observer) -> Parts:
    """Who labelled how much, and how they did on golden items."""
    accepted: Counter[tuple[str, str]] = Counter()
    for event in observer.latest(LabelAccepted, lambda one: one.label_id).values():
        accepted[event.payload.vendor, event.payload.annotator] += not event.payload.withdrawn
    refused = [event.payload for event in observer.all(LabelRejected)]
    rejected = Counter((one.vendor, one.annotator) for one in refused)
    golden: dict[tuple[str, str], GoldenScored] = {}
    for scored in (event.payload for event in observer.all(GoldenScored)):
        key = (scored.vendor, scored.annotator)
        if key not in golden or scored.golden_total >= golden[key].golden_total:
            golden[key] = scored
    suspended = {
        (event.payload.vendor, event.payload.annotator)
        for event in observer.all(AnnotatorSuspended)
    }
    table = _table("vendor", "annotator", "labels*", "rejected*", "golden items", "standing")
    for key in sorted(accepted | rejected):
        record = golden.get(key)
        table.add_row(
            *map(escape, key),
            str(accepted[key]),
            str(rejected[key]),
            f"{record.golden_correct} of {record.golden_total} "
            f"{escape(interval(record.wilson_lower, record.wilson_upper))}"
            if record
            else "–",
            "[red]suspended[/red]" if key in suspended else "",
        )
    yield table
    for said in (event.payload for event in observer.all(AnnotatorSuspended)):
        yield f"[dim]{escape(said.annotator)} suspended: {escape(said.reason)}[/dim]"
    for one in refused:
        yield (
            f"[dim]rejected {escape(one.field)} {escape(one.value)!r} of {escape(one.annotator)}, "
            f"valid: {escape(one.valid)}[/dim]"
        )


def batches(observer: Observer, labelled: Iterable[Tasks]) -> Parts:
    """Agreement when first measured and now, and QA's verdict."""
    kinds = {
        event.payload.remediation_id: event.payload.kind for event in record.requested(observer)
    }
    table = _table("batch of", "tasks*", "α at first", "α now", "floor*", "verdict")
    measured = record.measurements(observer)
    for tasks in labelled:
        task = tasks[0].payload
        first, last = measured[task.batch_id][0], measured[task.batch_id][-1]
        said = record.verdict(observer, task.batch_id)
        table.add_row(
            words(kinds.get(task.remediation_id or "", task.batch_id)),
            str(task.batch_size),
            _at_first(first),
            escape(alpha(last.agreement)),
            coefficient(last.floor),
            "[green]released[/green]" if isinstance(said, BatchReleased) else "[red]blocked[/red]",
        )
    yield table


def verifications(observer: Observer) -> Parts:
    """What the later evaluation shows."""
    table = _table("remediation", "slice", "before → after*", "effect (95 %)*", "p*", "outcome")
    verified = observer.latest(RemediationVerified, lambda one: one.remediation_id)
    reopened = observer.latest(RemediationReopened, lambda one: one.remediation_id)
    for one in (event.payload for event in record.requested(observer)):
        outcome = verified.get(one.remediation_id) or reopened.get(one.remediation_id)
        if outcome is None:
            continue
        effect = outcome.payload.effect
        table.add_row(
            words(one.kind),
            escape(slice_name(one.slices)),
            f"{percent(effect.before)} → {percent(effect.after)}",
            f"{effect.difference:+.0%} {escape(interval(effect.lower, effect.upper))}",
            probability(effect.p_value),
            "[green]verified[/green]" if one.remediation_id in verified else "[red]reopened[/red]",
        )
    yield table


def _at_first(measured: AgreementMeasured) -> str:
    """Alpha and how it stood against the floor."""
    colour = {"passed": "green", "failed": "red", "inconclusive": "yellow"}[measured.verdict]
    return f"[{colour}]{escape(alpha(measured.agreement))} {measured.verdict}[/{colour}]"


def _table(*columns: str) -> Table:
    """Columns whose names end in `*` are figures."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    for name in columns:
        right = name.endswith("*")
        table.add_column(name.removesuffix("*"), justify="right" if right else "left", no_wrap=True)
    return table
