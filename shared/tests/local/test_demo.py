"""What the demo makes of what it observes; the story itself is a journey."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console

from aidataops.events import Payload
from aidataops.events.annotation import LabelRejected, LabelSchema, TaskCreated
from aidataops.events.feedback import Attribution, RegressionDetected
from aidataops.events.governance import DecisionRecorded
from aidataops.events.lineage import VersionRegistered
from aidataops.events.quality import (
    Agreement,
    AgreementMeasured,
    BatchBlocked,
    BatchReleased,
    GateCheck,
)
from aidataops.local.demo import people, record, tables
from aidataops.local.demo.command import demo
from aidataops.local.demo.data import CATEGORIES, LEGACY_COHORT, StoryData
from aidataops.local.demo.observer import Observed, Observer, OverdueError
from aidataops.local.demo.outcome import MILESTONES, Outcome, Trace
from aidataops.local.demo.vendors import CARELESS, ROSTER, SPANISH, corrected, crew
from aidataops.local.demo.view import View
from aidataops.local.demo.wording import alpha, probability
from aidataops.messaging.cloudevents import encode

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TRACE = "ab" * 16
DATA = StoryData.load()


def see(observer: Observer, payload: Payload, event_id: str, *, topic: str | None = None) -> None:
    """Have the observer read an event from Kafka."""
    encoded = encode(
        payload,
        event_id=event_id,
        source="/services/feedback-router",
        time=NOW,
        traceparent=f"00-{TRACE}-{'cd' * 8}-01".encode(),
    )
    observer._take(topic or encoded.topic, encoded.headers, encoded.value)


def regression(revision: int, passed_after: int = 3, **slices: str) -> RegressionDetected:
    return RegressionDetected(
        regression_id="g-1",
        revision=revision,
        project="support",
        run_id="run-2",
        baseline_run_id="run-1",
        model="acme/assistant-v2",
        metric="exact_match",
        slices=slices or {"domain": "returns", "language": "es"},
        pairs=25,
        passed_before=24,
        passed_after=passed_after,
        lost=21,
        gained=0,
        p_value=9.5e-7,
        q_value=1.1e-5,
        attribution=Attribution(verdict="data", sentence="Only the data changed."),
        failure_ids=("f-1",),
    )


def task(name: str = "t-1", item: str = "golden-01") -> TaskCreated:
    return TaskCreated(
        task_id=name,
        project="support",
        batch_id="b-1",
        batch_size=1,
        item_id=item,
        text="¿Cuándo?",
        label_schema=LabelSchema(categories=CATEGORIES),
        guideline_version="1.0.0",
        overlap=3,
        remediation_id="m-1",
    )


def rendered(parts: tables.Parts) -> str:
    output = io.StringIO()
    console = Console(file=output, width=100, highlight=False)
    View(console, console, 0).show(parts)
    return output.getvalue()


def test_an_event_read_twice_is_observed_once() -> None:
    observer = Observer("nowhere")
    for _ in range(2):
        see(observer, regression(1), "e-1")
    assert len(observer.all(RegressionDetected)) == 1


def test_the_highest_revision_is_the_last_word_in_whatever_order_it_comes() -> None:
    observer = Observer("nowhere")
    see(observer, regression(2, passed_after=4), "e-2")
    see(observer, regression(1, passed_after=3), "e-1")
    assert [one.passed_after for one in record.regressions(observer)] == [4]


def test_the_events_of_a_trace_are_found() -> None:
    observer = Observer("nowhere")
    see(observer, regression(1), "e-1")
    assert [event.event_id for event in observer.traced(TRACE)] == ["e-1"]
    assert observer.traced("ef" * 16) == []


def test_a_dead_letter_is_told_and_is_no_event() -> None:
    observer = Observer("nowhere")
    see(observer, regression(1), "e-1", topic="feedback.remediations.console.dlq")
    assert observer.all(RegressionDetected) == []
    assert observer.dead_letters[0].startswith("console could not take ")


async def test_what_does_not_happen_in_time_is_named() -> None:
    with pytest.raises(OverdueError, match="in vain for this: qa releases batch b-1"):
        await Observer("nowhere").until("qa releases batch b-1", lambda: None, within_s=0)


async def test_a_condition_that_holds_is_not_waited_for() -> None:
    assert await Observer("nowhere").until("anything", lambda: "it", within_s=0) == "it"


def test_the_last_verdict_on_a_batch_counts() -> None:
    observer = Observer("nowhere")
    agreement = Agreement(value=0.9, lower=0.8, upper=1.0, units=9, labels=27, annotators=3)
    check = GateCheck(name="agreement", verdict="failed", figure=0.2, floor=0.667)
    see(observer, BatchBlocked(project="p", batch_id="b-1", checks=(check,)), "e-1")
    assert isinstance(record.verdict(observer, "b-1"), BatchBlocked)
    released = BatchReleased(
        project="p", batch_id="b-1", revision=2, agreement=agreement, checks=(check,), items=()
    )
    see(observer, released, "e-2")
    assert record.verdict(observer, "b-1") == released
    assert record.verdict(observer, "b-2") is None


def test_golden_items_are_many_and_of_every_category() -> None:
    assert len(DATA.golden) >= 12
    assert {item.truth for item in DATA.golden} == set(CATEGORIES)


def test_what_is_sourced_would_fulfil_the_quota_and_holds_what_a_gate_refuses() -> None:
    texts = Counter(item.text for item in DATA.sourced)
    good = {item.text for item in DATA.sourced if item.source == "desk"}
    assert len(good) >= 22
    assert max(texts.values()) == 2
    assert any(item.source == "forum" for item in DATA.sourced)


def test_nothing_is_known_before_it_is_sourced() -> None:
    before = {item.text for item in (*DATA.seed, *DATA.legacy, *DATA.golden)}
    assert len(before) == len(DATA.seed) + len(DATA.legacy) + len(DATA.golden)
    assert not before & {item.text for item in DATA.sourced}


def test_the_slice_shrank_and_is_mostly_the_legacy_cohort() -> None:
    versions = [one for one in people.register_versions(DATA) if isinstance(one, VersionRegistered)]
    before, after = (
        Counter(row.cohort for row in one.rows if row.slices["domain"] == "returns"
                and row.slices["language"] == "es")
        for one in versions
    )  # fmt: skip
    assert after.total() < before.total()
    assert before[LEGACY_COHORT] == 0
    assert after[LEGACY_COHORT] / after.total() > 0.8


def test_three_of_four_label_a_task_and_the_fourth_steps_in_for_who_is_suspended() -> None:
    first = crew(task(), (), ())
    assert [one.name for one in first] == ["acme-1", "bright-1", "bright-2"]
    again = crew(task(), [one.name for one in first], {CARELESS.name})
    assert [one.name for one in again] == ["acme-2"]
    assert crew(task(), [one.name for one in ROSTER], {CARELESS.name}) == []


def test_an_annotator_answers_the_same_item_always_alike() -> None:
    answers = {CARELESS.answer(task(f"t-{n}"), "correct") for n in range(5)}
    assert len(answers) == 1


def test_only_the_careless_annotator_misses_many_golden_items() -> None:
    for annotator in ROSTER:
        right = sum(
            annotator.answer(task(item=item.item_id), item.truth) == item.truth
            for item in DATA.golden
        )
        assert (right / len(DATA.golden) < 0.7) == (annotator is CARELESS)


def test_a_label_refused_for_its_language_is_sent_again_once() -> None:
    label = ROSTER[1].label(task(), SPANISH["unsafe"], NOW)
    refused = LabelRejected(
        vendor=label.vendor, annotation_id=label.annotation_id, revision=1, task_id=label.task_id,
        annotator=label.annotator, field="value", value=label.value, valid="…", reason="…",
    )  # fmt: skip
    again = corrected(refused, label)
    assert again is not None
    assert (again.revision, again.value) == (2, "unsafe")
    assert corrected(refused, again) is None


def test_decisions_are_made_by_the_accountable() -> None:
    decision = people.publish(1, ["b-1"], NOW)
    assert isinstance(decision, DecisionRecorded)
    assert (decision.made_by, decision.role) == (people.LEAD, "accountable")


def test_a_regression_is_shown_with_its_figures_and_sentence() -> None:
    observer = Observer("nowhere")
    see(observer, regression(1), "e-1")
    text = rendered(tables.regressions(observer))
    for expected in ("returns × es", "25", "24 → 3", "1e-06", "Only the data changed."):
        assert expected in text


def test_names_from_outside_are_no_markup() -> None:
    observer = Observer("nowhere")
    see(observer, regression(1, domain="[red]x[/red]"), "e-1")
    assert "[red]x[/red]" in rendered(tables.regressions(observer))


def test_agreement_is_shown_as_first_measured_and_as_of_now_within_a_hundred_columns() -> None:
    observer, name = Observer("nowhere"), "reannotate_cohort"
    for number, value in enumerate((0.412, 0.892)):
        measured = AgreementMeasured(
            project="support", scope="batch", scope_value=name, batch_id=name, floor=0.667,
            verdict="inconclusive" if number == 0 else "passed",
            agreement=Agreement(value=value, lower=value - 0.2, upper=value + 0.1, units=9,
                                labels=27, annotators=3),
        )  # fmt: skip
        see(observer, measured, f"e-{number}")
    labelled = task().model_copy(update={"batch_id": name})
    observed = Observed(labelled, "e-9", "/services/annotation-intake", "")
    text = rendered(tables.batches(observer, [[observed]]))
    assert ".41 [.21, .51] inconclusive" in text
    assert ".89 [.69, .99]" in text
    assert "…" not in text
    assert all(len(line.rstrip()) <= 100 for line in text.splitlines())


def test_figures_are_written_as_people_read_them() -> None:
    assert (probability(0.0314), probability(9.5e-7)) == ("0.031", "1e-06")
    nothing = Agreement(reason="no_variation", units=3, labels=9, annotators=3)
    assert alpha(nothing) == "no variation"


@pytest.fixture
def outcome() -> Callable[..., Outcome]:
    def make(**changes: Any) -> Outcome:
        numbers = dict.fromkeys(
            ("regressions_unattributed", "batches_without_agreement", "findings_unrouted"), 0
        )
        types = tuple(one.type for one in MILESTONES)
        remediation = {
            "remediation_id": "m-1", "kind": "source_items", "state": "verified", "effect": None,
            "slices": {"language": "es", "domain": "returns"},
        }  # fmt: skip
        return Outcome(**{
            "numbers": numbers, "regressions": [regression(1)], "remediations": [remediation],
            "annotators": [{"annotator": "bright-2", "suspended": True},
                           {"annotator": "acme-1", "suspended": False}],
            "versions": [], "why": {}, "trace": Trace(TRACE, 9, ("qa",), types), **changes,
        })  # fmt: skip

    return make


def test_a_story_that_ended_well_has_no_problems(outcome: Callable[..., Outcome]) -> None:
    document = outcome().as_document(1.23)
    assert (document["ok"], document["problems"], document["seconds"]) == (True, [], 1.2)
    assert document["annotators_suspended"] == ["bright-2"]
    assert document["regressions"][0]["slice"] == "returns × es"
    assert document["remediations"][0]["slice"] == "returns × es"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"regressions": []}, "No regression"),
        ({"remediations": []}, "No remediation"),
        ({"annotators": []}, "bright-2, who is careless, is not suspended"),
        ({"trace": Trace(TRACE, 0, (), ())}, "breaks off: no RegressionDetected"),
        (
            {
                "numbers": {
                    "regressions_unattributed": 0,
                    "batches_without_agreement": 0,
                    "findings_unrouted": 3,
                }
            },
            "findings_unrouted is 3, not 0",
        ),
        (
            {
                "remediations": [
                    {
                        "remediation_id": "m-1",
                        "kind": "source_items",
                        "state": "reopened",
                        "slices": {},
                        "effect": None,
                    }
                ]
            },
            "is reopened, not verified",
        ),
    ],
)
def test_what_did_not_end_well_is_said(
    outcome: Callable[..., Outcome], changes: dict[str, Any], problem: str
) -> None:
    document = outcome(**changes).as_document(1)
    assert document["ok"] is False
    assert problem in " ".join(document["problems"])


def test_what_cannot_begin_is_explained_to_people_and_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "something").touch()
    with pytest.raises(typer.Exit) as stopped:
        demo(as_json=True, directory=tmp_path)
    printed = capsys.readouterr()
    assert stopped.value.exit_code == 1
    assert "not empty" in printed.err.replace("\n", " ")
    assert "not empty" in json.loads(printed.out)["problems"][0]
