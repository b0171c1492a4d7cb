"""Inspect's logs, as 0.3.285 wrote them, and the traps of the format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest

from aidataops.events import Payload
from aidataops.events.evaluation import DatasetReference
from aidataops.harnesses import ADAPTERS, HarnessFileError, ReadOptions
from aidataops.harnesses.inspect.log import Log

from .telling import FIXTURES, chunks, failures, runs, samples

LOGS = FIXTURES / "inspect"


def read(path: Path, **options: Any) -> list[Payload]:
    return list(ADAPTERS["inspect"](path, ReadOptions(**({"project": "p"} | options))))


def changed(directory: Path, **changes: Any) -> Path:
    """``six.json`` with members replaced."""
    content = json.loads((LOGS / "six.json").read_bytes()) | changes
    path = directory / "six.json"
    path.write_text(json.dumps(content))
    return path


def scored(directory: Path, *values: Any) -> Path:
    """``six.json`` whose first samples have these values as their score."""
    content = json.loads((LOGS / "six.json").read_bytes())
    for sample, value in zip(content["samples"], values, strict=False):
        sample["scores"]["match"]["value"] = value
    return changed(directory, samples=content["samples"])


def test_log_compressed_with_zstd_tells_what_the_json_of_the_same_run_tells() -> None:
    assert read(LOGS / "six.eval") == read(LOGS / "six.json")


def test_real_runs_pair_whatever_their_format() -> None:
    before, now = (
        read(LOGS / "assistant-v1.eval"),
        read(LOGS / "assistant-v2.json", baseline=str(LOGS / "assistant-v1.eval")),
    )
    ids = [
        {s.sample_id for chunk in chunks(events) for s in chunk.samples} for events in (before, now)
    ]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 80
    [run] = runs(now)
    assert run.baseline_run_id == runs(before)[0].run_id
    assert run.model == "mockllm/assistant-v2"
    assert run.dataset_version == DatasetReference(dataset="support-sft", version=2)
    assert len(failures(now)) == round(80 * (1 - run.metrics["match/accuracy"]))


def test_errored_samples_stay_in_the_run_although_accuracy_forgets_them() -> None:
    events = read(LOGS / "six-epochs.eval")
    [run] = runs(events)
    assert (run.samples, run.errored) == (18, 6)
    assert run.metrics["match/accuracy"] == 0.5
    assert len(failures(events)) == 6
    assert {f.sample_id.split("#")[0] for f in failures(events)} == {"six@1/q3", "six@1/q5"}


def test_log_whose_every_sample_errored_says_success_and_is_no_pass() -> None:
    log = LOGS / "six-all-errored.eval"
    assert Log(log).header.text("status") == "success"
    events = read(log)
    [run] = runs(events)
    assert run.samples == run.errored == 6
    assert failures(events) == []
    assert not any(sample.passed for sample in samples(events))


def test_epochs_of_a_sample_are_one_cluster() -> None:
    told = samples(read(LOGS / "six-epochs.eval"))
    assert len({sample.sample_id for sample in told}) == 18
    clusters = {sample.cluster or sample.sample_id for sample in told}
    assert clusters == {f"six@1/q{number}" for number in range(6)}


def test_what_a_stopped_run_never_came_to_is_errored() -> None:
    events = read(LOGS / "six-stopped.eval")
    [run] = runs(events)
    assert Log(LOGS / "six-stopped.eval").header.text("status") == "error"
    assert (run.samples, run.errored) == (6, 3)
    assert sorted(s.sample_id for s in samples(events) if s.errored) == [
        "six@1/q3",
        "six@1/q4",
        "six@1/q5",
    ]


def test_log_of_a_run_that_crashed_is_taken_when_somebody_says_so(tmp_path: Path) -> None:
    """A killed run leaves an ``.eval`` without header.json."""
    crashed = tmp_path / "crashed.eval"
    source = Log(LOGS / "six.eval")
    header = source.header.content
    with ZipFile(crashed, "w", ZIP_STORED) as archive:
        start = {"version": 2, "eval": header["eval"], "plan": header["plan"]}
        archive.writestr("_journal/start.json", json.dumps(start))
        for sample in list(source.samples())[:2]:
            archive.writestr(sample.place, json.dumps(sample.content))
    with pytest.raises(HarnessFileError, match=r"'started': the run has not ended.*--interrupted"):
        read(crashed)
    [run] = runs(read(crashed, interrupted=True))
    assert (run.samples, run.errored) == (6, 4)


def test_score_may_be_an_object_and_one_of_its_keys_decides() -> None:
    log = LOGS / "six-epochs.eval"
    assert runs(read(log))[0].run_id != runs(read(log, metric="rubric/facts"))[0].run_id
    facts = read(log, metric="rubric/facts")
    assert failures(facts) == []
    with pytest.raises(HarnessFileError, match=r"rubric/tone: is graded \(0\.5 .*--pass-at"):
        read(log, metric="rubric/tone")
    tone = read(log, metric="rubric/tone", pass_at=0.5)
    assert {f.score for f in failures(tone)} == {0.25}
    with pytest.raises(HarnessFileError, match=r"no score 'tone'.*: match, rubric/tone"):
        read(log, metric="tone")


def test_score_may_be_a_letter_a_number_or_a_truth_value(tmp_path: Path) -> None:
    path = scored(tmp_path, "C", "P", "N", 1, False, float("nan"))
    [chunk] = chunks(read(path))
    told = [(sample.score, sample.passed, sample.errored) for sample in chunk.samples]
    assert told == [
        (1.0, True, False),
        (0.5, False, False),
        (0.0, False, False),
        (1.0, True, False),
        (0.0, False, False),
        (0.0, False, True),
    ]
    [chunk] = chunks(read(path, pass_at=0.5))
    assert [sample.passed for sample in chunk.samples][:3] == [True, True, False]
    with pytest.raises(HarnessFileError, match=r"samples\[1\]\.scores\.match: .*|value: is 'good'"):
        read(scored(tmp_path, "C", "good"))


def test_texts_kept_as_attachments_are_told_whole(tmp_path: Path) -> None:
    content = json.loads((LOGS / "six.json").read_bytes())
    name = "0123456789abcdef" * 2
    content["samples"][1]["input"] = f"attachment://{name}"
    content["samples"][1]["attachments"] = {name: "long text " * 30}
    [first, *_] = failures(read(changed(tmp_path, samples=content["samples"])))
    assert (first.prompt, first.expected) == ("long text " * 30, "no")


def test_sample_that_errored_is_errored_although_it_was_scored(tmp_path: Path) -> None:
    """Inspect's ``score_on_error`` gives it a score."""
    content = json.loads((LOGS / "six.json").read_bytes())
    content["samples"][1]["error"] = {"message": "429"}
    events = read(changed(tmp_path, samples=content["samples"]))
    assert [s.sample_id for s in samples(events) if s.errored] == ["six@1/q1"]
    assert len(failures(events)) == 2


def test_samples_come_in_the_order_of_a_json_log_whatever_the_archive_has() -> None:
    names = [sample.needed("id") for sample in Log(LOGS / "assistant-v1.eval").samples()]
    assert names == sorted(names)
    assert names == [each.needed("id") for each in Log(LOGS / "assistant-v2.json").samples()]


def test_hint_of_a_dataset_version_that_is_none_is_an_error_and_no_guess(tmp_path: Path) -> None:
    content = json.loads((LOGS / "six.json").read_bytes())
    spec = content["eval"] | {"metadata": {"dataset_version": "latest"}}
    with pytest.raises(HarnessFileError, match=r"eval\.metadata\.dataset_version: 'latest' is not"):
        read(changed(tmp_path, eval=spec))


def test_directory_with_several_logs_leaves_the_choice_to_its_user() -> None:
    with pytest.raises(HarnessFileError, match=r"holds \d log files; name one of them: "):
        read(LOGS)
