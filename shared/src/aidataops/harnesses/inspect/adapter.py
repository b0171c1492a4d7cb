"""Inspect's logs as events.

Accuracy as Inspect states it rises when samples crash, because they drop out of the denominator,
and a log whose every sample errored says ``success``. Here an errored sample stays one: it is in
the run, without a score, and no failure of the model. Epochs repeat a sample: one cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from aidataops.events import Payload
from aidataops.events.evaluation import FailureCategory, Harness
from aidataops.harnesses.fields import Fields
from aidataops.harnesses.files import only_file
from aidataops.harnesses.inspect.log import Log
from aidataops.harnesses.inspect.scores import Scorer, choose, figures
from aidataops.harnesses.inspect.words import Words
from aidataops.harnesses.notes import Notes
from aidataops.harnesses.options import ReadOptions
from aidataops.harnesses.publication import failure_of, publication
from aidataops.harnesses.run import Run, RunIdentity
from aidataops.harnesses.sample import Sample
from aidataops.harnesses.text import digest_of, pairing_of

_PATTERNS = ("*.eval", "*.json")
_ENDED = ("success", "error", "cancelled")
_DEFAULTS = {"stop=content_filter": FailureCategory.OVER_REFUSAL}


def read(path: Path, options: ReadOptions, notes: Notes | None = None) -> Iterator[Payload]:
    """The events of one log, or of the only one in a directory; see `publication`."""
    yield from publication(
        [_run(_log(path), options)],
        options,
        lambda other: [_run(_log(other), options).identity],
        notes,
    )


def live_failure(log: Log, content: Mapping[str, Any], options: ReadOptions) -> Payload | None:
    """The failure that reading a growing journal to its end will tell of a sample that ended now.

    Only where nothing that is still to come can change it: where the task has one scorer, and that
    says itself what passed. Otherwise, and when the sample did not fail, ``None``.
    """
    configured = log.header.object("eval").objects("scorers")
    sample = Fields.of(content, log.file, "sample")
    names = [scorer.text("name") for scorer in configured]
    scores = sample.object("scores").content
    if len(names) != 1 or list(scores) != names:
        return None
    scorer = Scorer(str(names[0]))
    if isinstance(sample.object("scores").object(scorer.name).content.get("value"), Mapping):
        return None
    run = _run_by(scorer, log, options)
    told = _sample(sample, run.identity, scorer)
    return None if told.passed is None else failure_of(run, told, options)


def _log(path: Path) -> Log:
    return Log(
        only_file(path, ("*.eval", "*.json"), named="log", remedy="give one of Inspect's logs")
    )


def _run(log: Log, options: ReadOptions) -> Run:
    """The run that a log tells of, by the score that decides."""
    return _run_by(choose(log, options.metric, options.pass_at), log, options)


def _run_by(scorer: Scorer, log: Log, options: ReadOptions) -> Run:
    """The run that a log tells of.

    A log that never ended (status ``started``) may still be growing: it is taken only as
    ``interrupted``. What a run that did not succeed never came to is errored.
    """
    header = log.header
    spec, status = header.object("eval"), header.text("status")
    if status not in _ENDED and not options.interrupted:
        raise header.error(
            "status",
            f"is {status!r}: the run has not ended",
            "wait for its end; if it crashed, say so (--interrupted): what never ran is errored",
        )
    identity = _identity(log, scorer, options)

    def samples() -> Iterator[Sample]:
        seen = set[tuple[str, int]]()
        for content in log.samples():
            seen.add((content.needed("id"), content.whole("epoch", 1)))
            yield _sample(content, identity, scorer)
        if status != "success":
            yield from _never_run(spec, identity, seen)

    return Run(
        identity=identity,
        harness=Harness(name="inspect-ai", version=spec.object("packages").text("inspect_ai")),
        metric=scorer.metric,
        completed_at=options.completed_at or _completed_at(header),
        samples=samples,
        metrics=figures(header),
        dataset_version=spec.object("metadata").dataset_version(),
        defaults=_DEFAULTS,
    )


def _identity(log: Log, scorer: Scorer, options: ReadOptions) -> RunIdentity:
    """Of the scorer's view of the run: by another scorer it is another run."""
    spec = log.header.object("eval")
    name = digest_of(spec.needed("run_id"), spec.needed("task_id"), scorer.metric)
    return RunIdentity(
        file=log.file,
        run_id=f"inspect-{name}",
        task=options.task or spec.needed("task", "say it (--task)"),
        model=options.model or spec.needed("model", "say it (--model)"),
        task_version=spec.text("task_version"),
        variant=scorer.metric,
    )


def _completed_at(header: Fields) -> datetime:
    spec = header.object("eval")
    found = header.object("stats").instant("completed_at") or spec.instant("created")
    if found is None:
        raise spec.error("created", "is missing", "say when it ended (--completed-at)")
    return found


def _sample(content: Fields, identity: RunIdentity, scorer: Scorer) -> Sample:
    words = Words.of(content)
    outcome = scorer.outcome(content)
    return Sample(
        pairing=_pairing(identity, content.needed("id")),
        repetition=content.whole("epoch", 1),
        score=outcome.score,
        passed=outcome.passed,
        file=content.file,
        place=f"{content.place}.metadata",
        attributes=content.object("metadata").content,
        signs=words.signs,
        prompt=words.prompt,
        expected=words.expected,
        actual=words.actual,
    )


def _never_run(spec: Fields, identity: RunIdentity, seen: set[tuple[str, int]]) -> Iterator[Sample]:
    names = spec.object("dataset").content.get("sample_ids") or []
    if not isinstance(names, list):
        raise spec.error("dataset.sample_ids", "is no list")
    for epoch in range(1, spec.object("config").whole("epochs", 1) + 1):
        for name in names:
            if (str(name), epoch) not in seen:
                yield Sample(
                    pairing=_pairing(identity, name),
                    repetition=epoch,
                    score=None,
                    file=identity.file,
                )


def _pairing(identity: RunIdentity, name: object) -> str:
    return pairing_of(f"{identity.task}@{identity.task_version}", name)
