"""DeepEval's test runs as events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from aidataops.events import Payload
from aidataops.events.evaluation import FailureCategory as Category
from aidataops.events.evaluation import Harness
from aidataops.harnesses.deepeval.test_run import TestRunFile
from aidataops.harnesses.errors import HarnessFileError
from aidataops.harnesses.notes import Notes
from aidataops.harnesses.options import ReadOptions
from aidataops.harnesses.publication import publication
from aidataops.harnesses.run import Run, RunIdentity
from aidataops.harnesses.sample import Sample
from aidataops.harnesses.text import digest_of

_METRICS = {
    Category.HALLUCINATION: ("Hallucination", "Faithfulness", "Turn Faithfulness"),
    Category.BIAS: ("Bias",),
    Category.SAFETY: ("Toxicity", "Misuse", "Non-Advice"),
    Category.PRIVACY: ("PII Leakage",),
    Category.TOOL_USE: ("Tool Correctness", "Argument Correctness", "Tool Use", "MCP Use"),
    Category.FORMAT: ("Json Correctness", "Pattern Match"),
    Category.INSTRUCTION_FOLLOWING: (
        "Prompt Alignment", "Answer Relevancy", "Turn Relevancy", "Role Adherence",
        "Role Violation", "Topic Adherence",
    ),
    Category.REASONING: ("Plan Quality", "Plan Adherence", "Goal Accuracy"),
}  # fmt: skip
_DEFAULTS = {f"metric={name}": each for each, names in _METRICS.items() for name in names}


def read(path: Path, options: ReadOptions, notes: Notes | None = None) -> Iterator[Payload]:
    """The events of one test run or evaluation result; see `publication`.

    By its only metric, or by DeepEval's verdict over all where there are several; ``metric``
    chooses one.
    """
    yield from publication(
        [_run(path, options)], options, lambda other: [_run(other, options).identity], notes
    )


def _run(path: Path, options: ReadOptions) -> Run:
    found = TestRunFile.find(path)
    metric = _metric(found, options.metric)
    completed_at = options.completed_at or found.completed_at()
    identity = _identity(found, metric, completed_at, options)

    def samples() -> Iterator[Sample]:
        for case in found.cases():
            yield case.sample(identity.task, metric)

    return Run(
        identity=identity,
        harness=Harness(name="deepeval"),
        metric=metric or "success",
        completed_at=completed_at,
        samples=samples,
        dataset_version=found.header.object("hyperparameters").dataset_version(),
        defaults=_DEFAULTS,
    )


def _metric(found: TestRunFile, wanted: str | None) -> str | None:
    names = dict.fromkeys(
        metric.needed("name") for case in found.cases() for metric in case.metrics()
    )
    if not names or (wanted is not None and wanted not in names):
        raise HarnessFileError(
            f"has no metric {wanted!r}" if names else "has no metric, so nothing says what passed",
            file=found.file,
            field="metricsData",
            remedy=f"choose one (--metric) of: {', '.join(names) or 'none'}",
        )
    return wanted or (next(iter(names)) if len(names) == 1 else None)


def _identity(
    found: TestRunFile, metric: str | None, completed_at: datetime, options: ReadOptions
) -> RunIdentity:
    """By what the file holds and when it ended: two runs may well have equal results."""
    header = found.header
    model = options.model or header.object("hyperparameters").text("model")
    if model is None:
        raise header.error(
            "hyperparameters.model", "is missing", "log it in DeepEval, or say it (--model)"
        )
    return RunIdentity(
        file=found.file,
        run_id=f"deepeval-{digest_of(found.content_id, completed_at.isoformat(), metric)}",
        task=options.task or header.needed("identifier", "say which task it was (--task)"),
        model=model,
        variant=metric or "success",
    )
