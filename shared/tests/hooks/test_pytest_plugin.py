"""The pytest plugin in a pytest of its own, alone and under xdist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Gateway

TESTS = """
import pytest

@pytest.fixture
def broken():
    raise OSError("no database")

@pytest.mark.evaluation(domain="returns", language="es", severity="high", category="safety")
@pytest.mark.parametrize("n", [1, 2])
def test_answer(n, record_property):
    record_property("prompt", "how many?")
    record_property("actual", n)
    assert n == 1

@pytest.mark.evaluation(domain="billing")
def test_provider_is_away():
    raise ConnectionError

@pytest.mark.evaluation
def test_fixture_is_broken(broken):
    pass

@pytest.mark.evaluation
@pytest.mark.skip
def test_skipped():
    pass

def test_of_the_code():
    assert False
"""


def run(directory: Path, *arguments: str, tests: str = TESTS) -> subprocess.CompletedProcess[str]:
    (directory / "test_model.py").write_text(tests)
    (directory / "pytest.ini").write_text(
        "[pytest]\nasyncio_default_fixture_loop_scope = function\naddopts = --strict-markers\n"
    )
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=directory, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


ON = ("--aidataops", "--aidataops-model", "acme/m", "--aidataops-task", "suite")


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_marked_tests_are_one_run(gateway: Gateway, tmp_path: Path, more: tuple[str, ...]) -> None:
    ended = run(tmp_path, *ON, *more)
    assert "3 failed, 1 passed, 1 skipped, 1 error" in ended.stdout
    [told] = gateway.of("run_completed")
    assert (told["project"], told["model"], told["task"]) == ("support", "acme/m", "suite")
    assert (told["samples"], told["errored"]) == (4, 2)
    [failure] = gateway.of("failure")
    assert failure["sample_id"].endswith("test_model.py::test_answer[2]")
    assert failure["slices"] == {"domain": "returns", "language": "es"}
    assert (failure["category"], failure["severity"]) == ("safety", "high")
    assert (failure["prompt"], failure["actual"]) == ("how many?", "2")
    assert list((tmp_path / "outbox").iterdir()) == []


def test_nothing_is_published_unasked_and_the_mark_is_known(
    gateway: Gateway, tmp_path: Path
) -> None:
    assert "1 passed" in run(tmp_path).stdout
    assert gateway.events == []


def test_gateway_out_of_reach_leaves_the_results_and_the_outcome_alone(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIDATAOPS_GATEWAY_URL", "http://127.0.0.1:9")
    ended = run(tmp_path, *ON)
    assert ended.returncode == 1
    assert len(list((tmp_path / "outbox").iterdir())) == 2


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        ("@pytest.mark.evaluation(category='madness')", "it is one of hallucination"),
        ("@pytest.mark.evaluation(severity='huge')", "it is one of low"),
        ("@pytest.mark.evaluation('returns')", "takes names only"),
    ],
)
def test_mark_that_no_event_could_carry_is_refused_before_any_test_runs(
    gateway: Gateway, tmp_path: Path, tests: str, words: str
) -> None:
    ended = run(tmp_path, *ON, tests=f"import pytest\n{tests}\ndef test_a(): pass\n")
    assert ended.returncode == 4
    assert words in ended.stdout + ended.stderr


def test_model_has_to_be_named(gateway: Gateway, tmp_path: Path) -> None:
    ended = run(tmp_path, "--aidataops")
    assert ended.returncode == 4
    assert "--aidataops-model" in ended.stderr
