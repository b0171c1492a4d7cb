"""`aidataops demo` as a person starts it: a process of its own, on the embedded broker."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DEADLINE_S = 240
COMMAND = Path(sys.executable).with_name("aidataops")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the demo says about itself, once it has ended well."""
    directory = tmp_path_factory.mktemp("demo")
    ended = subprocess.run(
        [COMMAND, "demo", "--json", "--directory", directory],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    shutil.rmtree(directory, ignore_errors=True)
    document: dict[str, Any] = json.loads(ended.stdout)
    return document


@pytest.mark.slow
def test_all_three_numbers_are_zero(played: dict[str, Any]) -> None:
    assert played["three_numbers"] == {
        "regressions_unattributed": 0,
        "batches_without_agreement": 0,
        "findings_unrouted": 0,
    }


@pytest.mark.slow
def test_the_slice_that_lost_its_data_is_the_regression(played: dict[str, Any]) -> None:
    (regression,) = played["regressions"]
    assert regression["slice"] == "returns × es"
    assert regression["verdict"] == "regression"
    assert regression["attribution"] == "data"
    assert "brightlabel/legacy/0.9.0/import" in regression["sentence"]
    # Of 25 pairs 21 were lost and none gained: McNemar's exact p is 2 / 2 ** 21.
    assert regression["p_value"] == pytest.approx(2 / 2**21)
    assert regression["q_value"] == pytest.approx(12 * regression["p_value"])


@pytest.mark.slow
def test_both_remediations_are_verified_by_a_measured_effect(played: dict[str, Any]) -> None:
    remediations = {one["kind"]: one for one in played["remediations"]}
    assert set(remediations) == {"source_items", "reannotate_cohort"}
    for one in remediations.values():
        assert (one["slice"], one["state"]) == ("returns × es", "verified")
        assert one["effect"]["before"] == pytest.approx(3 / 25)
        assert one["effect"]["after"] == pytest.approx(24 / 25)
        assert 0 < one["effect"]["lower"] < one["effect"]["difference"] < one["effect"]["upper"]


@pytest.mark.slow
def test_only_the_careless_annotator_is_suspended(played: dict[str, Any]) -> None:
    assert played["annotators_suspended"] == ["bright-2"]


@pytest.mark.slow
def test_the_fix_is_in_a_version_with_its_own_hash(played: dict[str, Any]) -> None:
    versions = {(one["name"], one["version"]): one for one in played["dataset_versions"]}
    assert set(versions) == {("support-seed", 1), ("support", 1), ("support", 2)}
    assert all(re.fullmatch(r"[0-9a-f]{64}", one["hash"]) for one in versions.values())
    assert len({one["hash"] for one in versions.values()}) == 3
    assert versions["support", 2]["items"] > versions["support", 1]["items"]


@pytest.mark.slow
def test_one_trace_spans_the_story(played: dict[str, Any]) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", played["trace_id"])
    assert played["ok"], played["problems"]
