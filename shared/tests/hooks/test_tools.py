"""The hooks inside the real tools. Opt-in: ``AIDATAOPS_TEST_TOOLS=<directory>`` with

- ``inspect/``: a venv with inspect-ai and aidataops, ``deepeval/``: one with deepeval and aidataops
- ``promptfoo/``: ``npm install promptfoo``
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aidataops.client import event_key
from aidataops.client.command import app
from aidataops.harnesses import ADAPTERS, ReadOptions

from .conftest import Gateway

TOOLS = Path(os.environ.get("AIDATAOPS_TEST_TOOLS", "/nowhere"))


def tool(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        not (TOOLS / name).is_dir(), reason=f"opt-in: AIDATAOPS_TEST_TOOLS with {name}/"
    )


def run(directory: Path, *command: str | Path, **environment: str) -> str:
    ended = subprocess.run(
        [str(part) for part in command],
        cwd=directory, env=os.environ | environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    return ended.stdout + ended.stderr


INSPECT = """
import asyncio, os, pathlib, time
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match
from inspect_ai.solver import generate, solver

def answer():
    output = ModelOutput.from_content("mockllm/model", "yes")
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output

@solver
def trouble():
    async def solve(state, generate):
        if state.sample_id == "q2":
            raise RuntimeError("provider gave up")
        if state.sample_id == "q4":
            until = time.monotonic() + 20
            while not list(pathlib.Path("outbox").glob("*.sent")) and time.monotonic() < until:
                await asyncio.sleep(0.02)
            if KILL:
                os.kill(os.getpid(), 9)
        return state
    return solve

samples = [Sample(id=f"q{i}", input="long " * 50 * (i == 1) + f"is {i} even?",
                  target="yes" if i % 2 == 0 else "no") for i in range(6)]
eval(Task(name="six", dataset=MemoryDataset(samples), solver=[trouble(), generate()],
          scorer=match(), version=1),
     model=get_model("mockllm/model", custom_outputs=[answer() for _ in range(20)]),
     epochs=1 if KILL else 2, fail_on_error=False, log_dir="logs", display="none", max_samples=1)
"""


@tool("inspect")
def test_inspect_publishes_what_its_log_says(gateway: Gateway, tmp_path: Path) -> None:
    said = run(tmp_path, TOOLS / "inspect/bin/python", "-c", "KILL = False\n" + INSPECT)
    events = list(ADAPTERS["inspect"](tmp_path / "logs", ReadOptions(project="support")))
    told = {event["id"]: event["data"] for event in gateway.events}
    assert len(told) == len(gateway.events), "nothing is sent twice"
    assert told == {
        event_key(one): json.loads(one.model_dump_json(exclude_none=True)) for one in events
    }, said
    first = [event["data"]["sample_id"] for event in gateway.events[:4]]
    assert first == ["six@1/q1", "six@1/q3", "six@1/q5", "six@1/q1#2"]
    assert gateway.of("run_completed")[0]["errored"] == 2


@tool("inspect")
def test_inspect_killed_leaves_all_samples_that_ended(gateway: Gateway, tmp_path: Path) -> None:
    run(tmp_path, TOOLS / "inspect/bin/python", "-c", "KILL = True\n" + INSPECT)
    assert gateway.of("run_completed") == []
    assert gateway.of("failure"), "a failure is sent while the run goes on"
    assert CliRunner().invoke(app, ["outbox", str(tmp_path / "outbox")]).exit_code == 0
    [told] = gateway.of("run_completed")
    assert (told["samples"], told["errored"]) == (6, 3)
    assert len(gateway.of("failure")) == 2
    assert len({event["id"] for event in gateway.events}) == len(gateway.events)


@tool("deepeval")
def test_deepeval_publishes_at_the_end(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "test_model.py").write_text(
        "import pytest\n"
        "from deepeval import assert_test\n"
        "from deepeval.metrics import ExactMatchMetric\n"
        "from deepeval.test_case import LLMTestCase\n"
        "from aidataops.hooks.deepeval import publish_on_end\n"
        "publish_on_end(model='acme/m', task='toy')\n"
        "@pytest.mark.parametrize('n', [1, 2, 3])\n"
        "def test_it(n):\n"
        "    case = LLMTestCase(name=f'c{n}', input='?', actual_output=str(n % 2),"
        " expected_output='1')\n"
        "    assert_test(case, [ExactMatchMetric()])\n"
    )
    quiet = {"DEEPEVAL_TELEMETRY_OPT_OUT": "YES"}
    said = run(tmp_path, TOOLS / "deepeval/bin/deepeval", "test", "run", "test_model.py", **quiet)
    assert [run["samples"] for run in gateway.of("run_completed")] == [3], said
    assert [failure["sample_id"] for failure in gateway.of("failure")] == ["toy/c2"]


PROMPTFOO = """
description: six
prompts: ["is {{n}} even?"]
providers: [{id: file://provider.cjs, label: toy}]
extensions: ["file://aidataops.cjs:afterAll"]
tests:
  - {vars: {n: 2}, assert: [{type: equals, value: "yes"}]}
  - {vars: {n: 3}, assert: [{type: equals, value: "no"}]}
  - {vars: {n: 9}, assert: [{type: equals, value: "no"}]}
"""
PROVIDER = """
module.exports = class {
  id() { return 'toy'; }
  async callApi(prompt) {
    return prompt.includes('9') ? { error: '529 overloaded' } : { output: 'yes' };
  }
};
"""


@tool("promptfoo")
@pytest.mark.parametrize("reachable", [True, False])
def test_promptfoo_publishes_at_the_end(
    gateway: Gateway, tmp_path: Path, reachable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "promptfooconfig.yaml").write_text(PROMPTFOO)
    (tmp_path / "provider.cjs").write_text(PROVIDER)
    extension = CliRunner().invoke(app, ["promptfoo-extension"]).stdout
    (tmp_path / "aidataops.cjs").write_text(extension)
    said = run(
        tmp_path,
        *(TOOLS / "promptfoo/node_modules/.bin/promptfoo", "eval", "--no-cache"),
        AIDATAOPS_COMMAND=str(Path(sys.executable).with_name("aidataops")),
        AIDATAOPS_DATASET_VERSION="s@3",
        AIDATAOPS_GATEWAY_URL=gateway.url if reachable else "",
        PROMPTFOO_CONFIG_DIR=str(tmp_path / "config"),
        PROMPTFOO_DISABLE_TELEMETRY="1",
        PROMPTFOO_DISABLE_UPDATE="1",
    )
    assert "1 passed" in said
    if not reachable:
        assert gateway.events == []
        monkeypatch.delenv("AIDATAOPS_DATASET_VERSION", raising=False)
        assert CliRunner().invoke(app, ["outbox", str(tmp_path / "outbox")]).exit_code == 0
    [told] = gateway.of("run_completed")
    assert (told["samples"], told["errored"]) == (3, 1), said
    assert told["dataset_version"] == {"dataset": "s", "version": 3}
    assert len(gateway.of("failure")) == 1
    assert list((tmp_path / "outbox").iterdir()) == []
