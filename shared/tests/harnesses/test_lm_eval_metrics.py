"""Which metric of lm-evaluation-harness decides, and from where on a sample passes."""

from __future__ import annotations

import pytest

from aidataops.harnesses import HarnessFileError

from .conftest import Write, read, row
from .telling import chunks


def test_graded_metric_passes_from_where_the_user_says(write: Write) -> None:
    rows = [row(n, metrics=["rouge"], rouge=n / 4) for n in range(5)]
    path = write({"a": rows})
    with pytest.raises(HarnessFileError, match=r"jsonl:2: rouge: is graded \(0\.25 .*--pass-at"):
        read(path)
    assert [s.passed for s in chunks(read(path, pass_at=0.5))[0].samples] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_lower_is_better_where_the_harness_says_so(write: Write) -> None:
    rows = [row(n, metrics=["wer"], wer=n / 4) for n in range(3)]
    path = write({"a": rows}, higher_is_better={"a": {"wer": False}})
    passed = [s.passed for s in chunks(read(path, pass_at=0.25))[0].samples]
    assert passed == [True, True, False]


def test_first_metric_that_says_yes_or_no_decides(write: Write) -> None:
    metrics = ["f1", "bleu", "acc_norm", "acc"]
    rows = [row(n, metrics=metrics, f1=0.3, bleu=[1, 2], acc_norm=1.0, acc=0.0) for n in range(2)]
    configs = {"a": {"metric_list": [{"metric": "bleu"}, {"metric": "acc"}]}}
    path = write({"a": rows}, configs=configs)
    assert chunks(read(path))[0].metric == "acc,none"
    assert chunks(read(path, metric="acc_norm"))[0].metric == "acc_norm,none"
    with pytest.raises(HarnessFileError, match=r"'bleu'.*choose one \(--metric\) of: acc, f1"):
        read(path, metric="bleu")
