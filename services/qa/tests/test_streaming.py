"""What streams: agreement by scope, overlap, flags, the way back, drift."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any

import krippendorff
import pytest

from aidataops.events.annotation import GuidelineProposed, GuidelineSection, LabelSchema
from aidataops.events.base import Payload
from aidataops.events.quality import (
    AgreementMeasured,
    AnnotatorFlagged,
    AnnotatorReinstated,
    AnnotatorSuspended,
    BatchBlocked,
    BatchReleased,
    ConfusionMeasured,
    ConsensusMethodRecommended,
    ConsensusReached,
    DriftDetected,
    ReviewRequested,
)
from aidataops.testing.harness import ServiceHarness, payload_of
from qa.measurer import measure_all

from .conftest import CAREFUL
from .emitted import those


async def measured(qa: ServiceHarness) -> list[Payload]:
    """What measuring everything that is due emits."""
    before = len(qa.published)
    await measure_all(qa.application)
    return [one for one in map(payload_of, qa.published[before:]) if one is not None]


def slips(labels: list[Any], annotator: str, share: float, seed: int = 1) -> list[Any]:
    """Labels in which one person says something else now and then."""
    random = Random(seed)
    return [
        one.model_copy(update={"value": "unclear"})
        if one.annotator == annotator and "item" in one.item_id and random.random() < share
        else one
        for one in labels
    ]


async def test_agreement_streams_by_scope_before_the_batch_is_complete(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    labels = slips(support.labels("b1", items, CAREFUL), "acme-2", 0.3)
    await qa.deliver(
        support.defined(), support.golden_items(), *support.tasks("b1", items), *labels[:-1]
    )
    found = {(m.scope, m.scope_value): m for m in those(AgreementMeasured, await measured(qa))}
    pair = '[["acme-labels","acme-1"],["acme-labels","acme-2"]]'
    assert set(found) == {
        ("project", "support"),
        ("slice", "domain=returns"),
        ("slice", "language=es"),
        ("cohort", "acme-labels/default/1.0.0/b1"),
        ("guideline_version", "1.0.0"),
        ("annotator_pair", pair),
        ("annotator_pair", '[["acme-labels","acme-1"],["brightlabel","bright-1"]]'),
        ("annotator_pair", '[["acme-labels","acme-2"],["brightlabel","bright-1"]]'),
    }
    project = found["project", "support"]
    table = [
        [
            next((["correct", "incorrect", "unsafe", "unclear"].index(one.value)
                  for one in labels[:-1]
                  if (one.item_id, one.annotator) == (item, who)), None)
            for item in items if item.startswith("item")
        ]
        for who in CAREFUL
    ]  # fmt: skip
    expected = krippendorff.alpha(
        reliability_data=[[float("nan") if v is None else v for v in row] for row in table],
        level_of_measurement="nominal",
    )
    assert project.agreement.value == pytest.approx(expected, abs=1e-12)
    assert (project.agreement.units, project.agreement.annotators) == (24, 3)
    assert found["annotator_pair", pair].agreement.annotators == 2
    assert {one.coefficient for one in found["annotator_pair", pair].further} >= {
        "cohen_kappa",
        "gwet_ac1",
        "percent_agreement",
    }
    assert await measured(qa) == []


async def test_what_is_withdrawn_leaves_every_scope(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    labels = support.labels("b1", items, CAREFUL)
    await qa.deliver(support.defined(), *support.tasks("b1", items), *labels)
    await measured(qa)
    gone = [one.model_copy(update={"revision": 2, "withdrawn": True}) for one in labels]
    await qa.deliver(*gone)
    await measured(qa)
    for table in ("tallies", "measured_units", "due"):
        assert await qa.fetch(f"SELECT * FROM {table}") == [], table
    rows = await qa.fetch("SELECT scope FROM findings WHERE kind = 'agreement'")
    assert {row["scope"] for row in rows} == {"batch"}


async def test_the_guidelines_confusions_are_reported(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    labels = slips(support.labels("b1", items, CAREFUL), "acme-2", 0.3)
    await qa.deliver(support.defined(), *support.tasks("b1", items), *labels)
    (confused,) = those(ConfusionMeasured, await measured(qa))
    assert confused.guideline_version == "1.0.0"
    assert all("unclear" in one.values for one in confused.confusions)
    assert sum(one.share for one in confused.confusions) == pytest.approx(1)
    assert {one.section for one in confused.confusions} == {None}


async def test_confusions_are_reported_against_the_section_that_should_prevent_them(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    labels = slips(support.labels("b1", items, CAREFUL), "acme-2", 0.3)
    await qa.deliver(support.defined(), *support.tasks("b1", items), *labels)
    await measured(qa)
    sections = (
        GuidelineSection(
            section="3.1", title="When in doubt", confusions=(("unclear", "correct"),)
        ),
        GuidelineSection(section="4", title="Tone", confusions=(("rude", "correct"),)),
    )
    draft = GuidelineProposed(
        project="support", guideline_version="1.0.0", proposed_by="sme", sections=sections
    )
    other = draft.model_copy(update={"guideline_version": "2.0.0"})
    await qa.deliver(draft, other)
    (confused,) = those(ConfusionMeasured, await measured(qa))
    told = {one.values: one.section for one in confused.confusions}
    assert told.pop(("correct", "unclear")) == "3.1"
    assert set(told.values()) <= {None}


async def test_a_cohort_whose_interval_straddles_the_floor_asks_for_more_overlap(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    labels = slips(support.labels("b1", items, CAREFUL), "acme-2", 0.2)
    emitted = await qa.deliver(support.defined(), *support.tasks("b1", items), *labels)
    asked = [one for one in those(ReviewRequested, emitted) if one.reason == "more_overlap"]
    assert asked
    assert asked[0].excluded_annotators == CAREFUL
    streamed = those(AgreementMeasured, await measured(qa))
    (cohort,) = [one for one in streamed if one.scope == "cohort"]
    assert cohort.verdict == "inconclusive"
    assert cohort.agreement.lower is not None
    assert cohort.agreement.upper is not None
    assert cohort.agreement.lower < cohort.floor < cohort.agreement.upper
    corrected = [
        one.model_copy(update={"revision": 2, "value": items[one.item_id]})
        for one in labels
        if one.value == "unclear"
    ]
    await qa.deliver(*corrected)
    assert not await qa.fetch("SELECT * FROM findings WHERE kind = 'overlap'")


async def test_a_cohort_that_is_clear_asks_for_nothing(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    emitted = await qa.deliver(
        support.defined(), *support.tasks("b1", items), *support.labels("b1", items, CAREFUL)
    )
    assert not those(ReviewRequested, emitted)


SPANS = ['[{"start":0,"end":5,"label":"X"}]', '[{"start":7,"end":9,"label":"X"}]', "[]"]


@pytest.mark.parametrize(
    ("kind", "categories", "values", "coefficient"),
    [
        ("ordinal", ("1", "2", "3"), ("1", "2", "3"), "krippendorff_alpha_ordinal"),
        ("pairwise", ("A", "B"), ("A", "B", "tie"), "krippendorff_alpha_preference"),
        ("multi_label", ("x", "y"), ('["x"]', '["x","y"]', '["y"]'), "krippendorff_alpha_masi"),
        ("ranking", ("x", "y"), ('["x","y"]', '["y","x"]'), "krippendorff_alpha_kendall"),
        ("spans", ("X",), SPANS, "span_f1_exact"),
        ("text", (), ("one", "two"), "krippendorff_alpha_nominal"),
    ],
)
async def test_every_type_of_label_is_measured_and_released(
    qa: ServiceHarness,
    support: Any,
    kind: str,
    categories: tuple[str, ...],
    values: Sequence[str],
    coefficient: str,
) -> None:
    work = {f"item-{n}": values[n % len(values)] for n in range(18)}
    schema = LabelSchema(kind=kind, categories=categories)
    emitted = await qa.deliver(
        support.defined(schema=schema),
        *support.tasks("b1", work),
        *support.labels("b1", work, CAREFUL),
    )
    (released,) = those(BatchReleased, emitted)
    assert released.agreement.coefficient == coefficient
    assert released.agreement.value == pytest.approx(1)
    assert {one.item_id: one.value for one in released.items} == work
    streamed = those(AgreementMeasured, await measured(qa))
    assert {one.agreement.coefficient for one in streamed} == {coefficient}


async def test_a_reviewers_label_decides_and_is_no_part_of_agreement(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    labels = support.labels("b1", items, CAREFUL)
    for n, value in enumerate(("correct", "unsafe", "unclear")):
        labels[n] = labels[n].model_copy(update={"value": value})
    before = await qa.deliver(support.defined(), *support.tasks("b1", items), *labels)
    assert [one.item_id for one in those(ReviewRequested, before) if one.reason == "tie"] == [
        "item-00"
    ]
    (first,) = those(BatchReleased, before)
    (task,) = support.tasks("b1", {"item-00": "correct"}, overlap=1)
    task = task.model_copy(update={"task_id": "review", "tier": "tier2"})
    review = support.label("b1", "item-00", "sme", "unsafe", tier="tier2").model_copy(
        update={"task_id": "review"}
    )
    after = await qa.deliver(review, task)
    (reached,) = those(ConsensusReached, after)
    assert (reached.value, reached.method, reached.confidence) == ("unsafe", "reviewed", 1)
    (second,) = those(BatchReleased, after)
    assert second.agreement == first.agreement
    assert len(second.items) == len(first.items) + 1
    streamed = [m for m in those(AgreementMeasured, await measured(qa)) if m.scope == "project"]
    assert [m.agreement.labels for m in streamed] == [90]


async def test_calibration_brings_back_the_annotator_but_not_their_old_labels(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    emitted = await qa.deliver(
        support.defined(),
        support.golden_items(),
        *support.tasks("b1", items),
        *support.labels("b1", items, ("acme-1", "acme-2", "bright-2")),
    )
    assert [one.annotator for one in those(AnnotatorSuspended, emitted)] == ["bright-2"]
    calibration = {f"calibration-{n:02}": "correct" for n in range(40)}
    right = [
        support.label("b2", item, "bright-2", "correct", minute=100 + n)
        for n, item in enumerate(calibration)
    ]
    await qa.deliver(support.golden_items(calibration))
    assert not those(AnnotatorReinstated, await qa.deliver(*right[:30]))
    (back,) = those(AnnotatorReinstated, await qa.deliver(*right[30:]))
    assert "calibration" in back.reason
    assert back.trusted_after is not None
    assert right[30].submitted_at <= back.trusted_after <= right[-1].submitted_at
    later = await qa.deliver(
        *support.tasks("b3", items),
        *(
            one.model_copy(update={"submitted_at": back.trusted_after.replace(year=2027)})
            for one in support.labels("b3", items, ("acme-1", "acme-2", "bright-2"))
        ),
    )
    released = [one for one in those(BatchReleased, later) if one.batch_id == "b3"]
    blocked = [one for one in those(BatchBlocked, later) if one.batch_id == "b3"]
    (verdict,) = released + blocked
    assert verdict.agreement is not None
    assert verdict.agreement.annotators == 3
    rows = await qa.fetch(
        "SELECT payload->'agreement'->>'annotators' AS n FROM findings"
        " WHERE kind = 'batch' AND scope = 'b1'"
    )
    assert rows[0]["n"] == "2"


def crowd_of(support: Any, batch: str, number: int, seed: int = 1) -> tuple[list[Any], list[Any]]:
    """Three careful people and two who answer alike, whatever is true."""
    random = Random(seed)
    values = ("correct", "incorrect", "unsafe")
    truths = {f"{batch}-{n:03}": random.choice(values) for n in range(number)}
    labels = []
    for item, truth in truths.items():
        shared = random.choice(values)
        for who in ("c1", "c2", "c3"):
            value = truth if random.random() < 0.9 else random.choice(values)
            labels.append(support.label(batch, item, who, value))
        labels += [support.label(batch, item, who, shared) for who in ("x1", "x2")]
    return support.tasks(batch, truths, overlap=5), labels


async def test_both_who_answer_alike_are_flagged_until_their_labels_are_gone(
    qa: ServiceHarness, support: Any
) -> None:
    tasks, labels = crowd_of(support, "b1", 60)
    await qa.deliver(support.defined(), *tasks, *labels)
    flags = those(AnnotatorFlagged, await measured(qa))
    assert {(one.annotator, one.flag, one.with_annotator) for one in flags} == {
        ("x1", "collusion", "x2"),
        ("x2", "collusion", "x1"),
    }
    assert flags[0].evidence["shared"] >= 10
    gone = [
        one.model_copy(update={"revision": 2, "withdrawn": True})
        for one in labels
        if one.annotator == "x2"
    ]
    await qa.deliver(*gone)
    cleared = those(AnnotatorFlagged, await measured(qa))
    assert {(one.annotator, one.cleared) for one in cleared if one.flag == "collusion"} == {
        ("x1", True),
        ("x2", True),
    }


async def test_golden_items_answered_in_no_time_are_flagged(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    random = Random(5)
    labels = [
        support.label(
            "b1",
            item,
            "acme-1",
            value,
            duration_seconds=random.uniform(1, 3) if "gold" in item else random.uniform(20, 60),
        )
        for item, value in items.items()
    ]
    await qa.deliver(
        support.defined(), support.golden_items(), *support.tasks("b1", items), *labels
    )
    (flag,) = those(AnnotatorFlagged, await measured(qa))
    assert (flag.annotator, flag.flag) == ("acme-1", "leak_fast")
    slower = {"duration_seconds": 30.0, "revision": 2}
    await qa.deliver(*(one.model_copy(update=slower) for one in labels))
    (cleared,) = those(AnnotatorFlagged, await measured(qa))
    assert (cleared.flag, cleared.cleared) == ("leak_fast", True)


async def test_a_method_is_recommended_from_the_projects_own_golden_items(
    qa: ServiceHarness, support: Any
) -> None:
    tasks, labels = crowd_of(support, "b1", 60)
    truths = {
        one.item_id: one.value for one in labels if one.annotator == "c1" and one.item_id < "b1-030"
    }
    await qa.deliver(support.defined(), support.golden_items(truths), *tasks, *labels)
    (recommended,) = those(ConsensusMethodRecommended, await measured(qa))
    assert recommended.method == recommended.accuracies[0].method
    assert {one.total for one in recommended.accuracies} == {30}
    await qa.deliver(support.defined(schema=LabelSchema(kind="text"), revision=2))
    await measured(qa)
    assert not await qa.fetch("SELECT * FROM findings WHERE kind = 'consensus'")
    await qa.deliver(support.defined(revision=3))
    assert those(ConsensusMethodRecommended, await measured(qa)) == [recommended]
    gone = [one for one in labels if one.item_id < "b1-015"]
    await qa.deliver(*(one.model_copy(update={"revision": 2, "withdrawn": True}) for one in gone))
    await measured(qa)
    assert not await qa.fetch("SELECT * FROM findings WHERE kind = 'consensus'")


async def test_labels_of_a_type_that_the_project_once_had_stop_nothing(
    qa: ServiceHarness, support: Any, items: dict[str, str]
) -> None:
    labels = support.labels("b1", items, CAREFUL)
    await qa.deliver(support.defined(), *support.tasks("b1", items), *labels)
    await measured(qa)
    spans = LabelSchema(kind="spans", categories=("X",))
    (blocked,) = those(BatchBlocked, await qa.deliver(support.defined(schema=spans, revision=2)))
    assert blocked.agreement is not None
    assert blocked.agreement.reason == "unreadable_values"
    streamed = those(AgreementMeasured, await measured(qa))
    assert {one.agreement.reason for one in streamed} == {"unreadable_values"}
    assert not await qa.dead_letters()


async def test_drift_of_an_annotator_is_detected_and_named(
    qa: ServiceHarness, support: Any
) -> None:
    random = Random(9)
    await qa.deliver(support.defined(floor=0.1))
    for number in range(16):
        batch = f"b{number:02}"
        work = {f"{batch}-item-{n}": random.choice(("correct", "unsafe")) for n in range(24)}
        labels = support.labels(batch, work, CAREFUL)
        labels = slips(labels, "bright-1", 0.7 if number >= 12 else 0.05, seed=number)
        minutes = {"submitted_at": labels[0].submitted_at.replace(day=number + 1)}
        await qa.deliver(
            *support.tasks(batch, work), *(one.model_copy(update=minutes) for one in labels)
        )
    found = those(DriftDetected, await measured(qa))
    assert {one.scope for one in found} >= {"annotator", "cohort", "slice", "project"}
    for one in found:
        assert (one.vendor, one.annotator) == ("brightlabel", "bright-1")
        assert one.cohort == "brightlabel/default/1.0.0"
        assert one.slices == {"domain": "returns", "language": "es"}
        assert one.batch_id is not None
        assert one.batch_id >= "b12"
    assert json.loads(next(one.scope_value for one in found if one.scope == "annotator") or "") == [
        "brightlabel",
        "bright-1",
    ]
    assert await measured(qa) == []
