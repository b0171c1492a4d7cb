"""Row 32 on a real Label Studio server: tasks go out, people label, webhooks come in.

Only where it is asked for, as the server is large: ``AIDATAOPS_TEST_LABEL_STUDIO=1`` installs it
from PyPI into an environment that is thrown away; the path of an environment that has it is taken
as it is.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from aidataops.events.annotation import LabelAccepted, LabelSubmitted
from aidataops.local.ports import free_port
from aidataops.vendors import ADAPTERS, LabelMapping, reconcile

from .hearing import begin, hear
from .world import World, eventually

WHERE = os.environ.get("AIDATAOPS_TEST_LABEL_STUDIO", "")
ROOT = Path(__file__).parents[2]
PUSH = """
import json, sys
from annotation_intake.label_studio import create_projects
print(json.dumps(create_projects(*sys.argv[1:4], json.load(sys.stdin))))
"""
MAPPING = LabelMapping(vendor="acme-labels", vendor_project="server")

pytestmark = pytest.mark.skipif(not WHERE, reason="AIDATAOPS_TEST_LABEL_STUDIO is not set")


@dataclass(frozen=True, slots=True)
class LabelStudio:
    """A running server and the Python that its SDK is installed for."""

    url: str
    token: str
    python: Path

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """The server's answer."""
        headers = {"Authorization": f"Token {self.token}"}
        answer = httpx.request(
            method, self.url + path, json=body, headers=headers, timeout=60, trust_env=False
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def push(self, project: str, tasks: Any) -> int:
        """Make a project of tasks, as ``aidataops labels export --push`` does; its number."""
        path = [ROOT / "shared" / "src", ROOT / "services" / "annotation-intake" / "src"]
        done = subprocess.run(
            [self.python, "-c", PUSH, self.url, self.token, project],
            input=json.dumps(tasks),
            env={"PYTHONPATH": os.pathsep.join(map(str, path))},
            capture_output=True,
            text=True,
            check=True,
        )
        (number,) = json.loads(done.stdout).values()
        return int(number)

    def label(self, task: int, choice: str) -> int:
        """Label a task; the annotation's id."""
        return int(self.ask("POST", f"/api/tasks/{task}/annotations/", **_annotation(choice))["id"])


@pytest.fixture(scope="module")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    """A server of its own, in an environment of its own."""
    directory = tmp_path_factory.mktemp("label-studio")
    environment = Path(WHERE)
    if WHERE == "1":
        environment = directory / "environment"
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "label-studio"], check=True)
    python = environment / "bin" / "python"
    server = LabelStudio(f"http://127.0.0.1:{free_port()}", secrets.token_hex(20), python)
    command = [
        *(str(environment / "bin" / "label-studio"), "start", "--no-browser"),
        *("--port", server.url.rpartition(":")[2], "--data-dir", str(directory / "data")),
        *("--username", "ann@example.com", "--password", secrets.token_urlsafe(12)),
        *("--user-token", server.token),
    ]
    settings = {
        "SSRF_PROTECTION_ENABLED": "false",
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LATEST_VERSION_CHECK": "false",
        "COLLECT_ANALYTICS": "false",
    }
    with (directory / "log").open("w") as log:
        process = subprocess.Popen(
            command, env=os.environ | settings, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield server
    finally:
        process.terminate()
        process.wait(30)


async def test_people_label_in_label_studio(
    world: World, project: str, label_studio: LabelStudio
) -> None:
    """Out by the SDK, in by webhooks: labelled, corrected, deleted; the export changes nothing."""

    async def is_up() -> bool:
        try:
            return bool(label_studio.ask("GET", "/api/projects")["count"] == 0)
        except httpx.HTTPError:
            return False

    await eventually(is_up, "Label Studio", seconds=600)
    ours = await begin(world, project, "1", "2")
    tasks = await world.get("annotation-intake", "/tasks", project=project)
    number = label_studio.push(project, tasks)
    label_studio.ask(
        "POST",
        "/api/webhooks/",
        project=number,
        url=f"{world.servers['gateway'].url}/webhooks/label-studio/server",
        headers={"x-vendor-secret": world.webhook_secret},
        send_payload=True,
        send_for_all_actions=True,
    )
    found = label_studio.ask("GET", f"/api/tasks/?project={number}")["tasks"]
    theirs = {task["data"]["task_id"]: task["id"] for task in found}
    kept, gone = (label_studio.label(theirs[task.task_id], "correct") for task in ours)
    await hear(world, LabelAccepted, project, 2)
    label_studio.ask("PATCH", f"/api/annotations/{kept}/", **_annotation("unsafe"))
    label_studio.ask("DELETE", f"/api/annotations/{gone}/")
    said = await hear(world, LabelAccepted, project, 4)
    assert _standing(said) == {ours[0].task_id: "unsafe"}

    path = f"/api/projects/{number}/export?exportType=JSON"
    export = json.dumps(label_studio.ask("GET", path)).encode()
    at = datetime.now(UTC)
    labels = [
        one for one in ADAPTERS["label-studio"](export, MAPPING, at)
        if isinstance(one, LabelSubmitted)
    ]  # fmt: skip
    assert [one.value for one in labels] == ["unsafe"]
    world.publish(*labels, *reconcile((one.annotation_id for one in labels), MAPPING, at))
    other = {"vendor_project": "other", "annotation_id": "other/1", "annotator": "ann"}
    world.publish(labels[0].model_copy(update=other))
    last = await hear(world, LabelAccepted, project, 5)
    assert _standing(last) == {ours[0].task_id: "unsafe"}


def _annotation(choice: str) -> dict[str, Any]:
    value = {"choices": [choice]}
    result = {"from_name": "label", "to_name": "text", "type": "choices", "value": value}
    return {"result": [result], "lead_time": 3.0}


def _standing(said: list[LabelAccepted]) -> dict[str, str]:
    """Task → value of the labels that stand."""
    latest = {one.label_id: one for one in sorted(said, key=lambda one: one.revision)}
    return {one.task_id: one.value for one in latest.values() if not one.withdrawn}
