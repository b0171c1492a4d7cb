"""Which labels of a task are taken."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidataops.events.annotation import LabelSchema
from annotation_intake.domain.judgement import (
    Annotation,
    Judgement,
    Submission,
    Task,
    judge_task,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
SCHEMA = LabelSchema(categories=("yes", "no"))
TASK = Task("t", "support", "b", "i", SCHEMA, "1.0.0", 2, {})


def submission(annotator: str, minutes: float = 0, **more: Any) -> Submission:
    facts: dict[str, Any] = {
        "label_id": f"label of {annotator}",
        "revision": 1,
        "vendor": "acme",
        "annotation_id": f"annotation of {annotator}",
        "task_id": "t",
        "pool": "default",
        "value": "yes",
        "guideline_version": "1.0.0",
        "duration_seconds": None,
        "withdrawn": False,
        "digest": "d",
    }
    submitted_at = START + timedelta(minutes=minutes)
    return Submission(annotator=annotator, submitted_at=submitted_at, **facts | more)


def statuses(judgement: Judgement) -> dict[str, str]:
    return {name.removeprefix("label of "): one.status for name, one in judgement.labels.items()}


def codes(judgement: Judgement) -> dict[tuple[str, int], str]:
    return {
        (label_id.removeprefix("label of "), revision): rejection.code
        for (label_id, revision), rejection in judgement.rejections.items()
    }


def judge(*annotations: Annotation) -> Judgement:
    return judge_task(TASK, annotations)


def test_labels_of_an_unknown_task_wait() -> None:
    assert statuses(judge_task(None, [[submission("ann")]])) == {"ann": "waiting"}


@pytest.mark.parametrize(
    ("wrong", "code", "valid"),
    [
        ({"value": "perhaps"}, "value", "yes, no"),
        ({"guideline_version": "0.9.0"}, "guideline_version", "1.0.0"),
    ],
)
def test_rejection_names_field_value_and_what_is_valid(
    wrong: dict[str, Any], code: str, valid: str
) -> None:
    judgement = judge([submission("ann", **wrong)])
    (rejection,) = judgement.rejections.values()
    assert (rejection.code, rejection.field, rejection.value) == (code, *next(iter(wrong.items())))
    assert rejection.valid == valid
    assert statuses(judgement) == {"ann": "rejected"}


def test_first_submitted_get_the_places() -> None:
    judgement = judge([submission("late", 3)], [submission("first", 1)], [submission("second", 2)])
    assert statuses(judgement) == {"late": "rejected", "first": "accepted", "second": "accepted"}
    assert codes(judgement) == {("late", 1): "surplus"}
    assert judgement.trusted == 2


def test_annotator_counts_once_whatever_the_annotation_id() -> None:
    again = submission("ann", 5, label_id="label of again")
    judgement = judge([again], [submission("ann", 4)], [submission("bob", 6)])
    assert statuses(judgement) == {"ann": "accepted", "again": "rejected", "bob": "accepted"}
    assert "annotation of ann" in judgement.rejections["label of again", 1].reason


def test_same_name_at_another_vendor_is_another_annotator() -> None:
    other = submission("ann", 1, vendor="bright", label_id="label of other")
    assert set(statuses(judge([submission("ann")], [other])).values()) == {"accepted"}


def test_highest_revision_counts() -> None:
    first = submission("ann")
    judgement = judge([first, submission("ann", 9, revision=3, value="no")])
    counted = judgement.labels["label of ann"].submission
    assert counted is not None
    assert (counted.revision, counted.value) == (3, "no")


def test_wrong_correction_leaves_the_label_as_it_was() -> None:
    judgement = judge([submission("ann"), submission("ann", 9, revision=2, value="perhaps")])
    counted = judgement.labels["label of ann"].submission
    assert counted is not None
    assert (counted.revision, codes(judgement)) == (1, {("ann", 2): "value"})


def test_correction_keeps_its_place() -> None:
    corrected = [submission("ann", 1), submission("ann", 9, revision=2)]
    judgement = judge(corrected, [submission("bob", 2)], [submission("cid", 3)])
    assert statuses(judgement) == {"ann": "accepted", "bob": "accepted", "cid": "rejected"}


def test_withdrawal_frees_the_place() -> None:
    withdrawn = [submission("ann", 1), submission("ann", 9, revision=2, withdrawn=True)]
    judgement = judge(withdrawn, [submission("bob", 2)], [submission("cid", 3)])
    assert statuses(judgement) == {"ann": "withdrawn", "bob": "accepted", "cid": "accepted"}


def test_withdrawal_needs_no_valid_content() -> None:
    gone = submission("ann", revision=2, withdrawn=True, value="", guideline_version="?")
    assert statuses(judge([submission("ann"), gone])) == {"ann": "withdrawn"}


def test_annotation_stays_with_its_task() -> None:
    moved = submission("ann", 1, revision=2, task_id="other")
    judgement = judge([submission("ann"), moved])
    assert statuses(judgement) == {"ann": "accepted"}
    assert codes(judgement) == {("ann", 2): "moved"}


def test_label_after_the_suspension_is_rejected_and_one_before_stays_without_a_place() -> None:
    since = START + timedelta(minutes=5)
    judgement = judge(
        [submission("careless", 1, suspended_at=since)],
        [submission("bob", 2)],
        [submission("cid", 3)],
        [submission("worse", 6, suspended_at=since)],
    )
    assert statuses(judgement) == {
        "careless": "accepted",
        "bob": "accepted",
        "cid": "accepted",
        "worse": "rejected",
    }
    assert codes(judgement) == {("worse", 1): "suspended"}
    assert judgement.trusted == 2


def test_surplus_label_of_a_suspended_annotator_is_not_taken_for_that() -> None:
    since = START + timedelta(minutes=9)
    judgement = judge(
        [submission("ann", 1)], [submission("bob", 2)], [submission("c", 3, suspended_at=since)]
    )
    assert codes(judgement) == {("c", 1): "surplus"}


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),  # annotator
            st.sampled_from("uvwxyz"),  # annotation
            st.integers(1, 3),  # revision
            st.integers(0, 9),  # minutes
            st.sampled_from(["yes", "no", "perhaps"]),
            st.booleans(),  # withdrawn
        ),
        max_size=12,
        unique_by=lambda drawn: (drawn[1], drawn[2]),
    ),
    st.sets(st.sampled_from("abcd"), max_size=2),
    st.randoms(use_true_random=False),
)
def test_judgement_depends_on_the_set_and_keeps_its_promises(
    drawn: list[tuple[str, str, int, int, str, bool]], careless: set[str], random: Random
) -> None:
    since = START + timedelta(minutes=5)
    annotations: dict[str, list[Submission]] = {}
    for annotator, annotation, revision, minutes, value, withdrawn in sorted(
        drawn, key=lambda one: one[2]
    ):
        annotations.setdefault(annotation, []).append(
            submission(
                annotator,
                minutes,
                label_id=annotation,
                revision=revision,
                value=value,
                withdrawn=withdrawn,
                suspended_at=since if annotator in careless else None,
            )
        )
    judgement = judge(*annotations.values())
    shuffled = list(annotations.values())
    random.shuffle(shuffled)
    assert judge(*shuffled) == judgement
    taken = [one.submission for one in judgement.labels.values() if one.status == "accepted"]
    people = [one.annotator for one in taken if one is not None]
    trusted = [one for one in people if one not in careless]
    assert len(people) == len(set(people))
    assert len(trusted) == judgement.trusted <= TASK.overlap
    assert all(one is not None and one.value != "perhaps" for one in taken)
    assert set(judgement.labels) == set(annotations)
