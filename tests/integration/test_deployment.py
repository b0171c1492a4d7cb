"""``docker-compose.yml`` held against what it deploys; no Docker engine is needed.

``deployment/compose-spec.json`` is the Compose specification's own schema; settings, ports, roles
and commands are compared with the code that defines them. The image and what watches the services
have tests of their own in ``deployment/``.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic_settings import BaseSettings

from aidataops.database.migrate import role_of
from aidataops.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PORTS = {
    "gateway": 8080,
    "console": 8081,
    "sourcing": 8082,
    "annotation-intake": 8083,
    "qa": 8084,
    "feedback-router": 8085,
    "lineage": 8086,
}
JOBS = {"topics": ["aidataops", "topics", "create"], "migrate": ["aidataops", "migrate"]}

VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<mark>:-|:\?)(?P<rest>[^}]*))?\}")
EXAMPLE_LINE = re.compile(r"^(?P<off># )?(?P<name>[A-Z][A-Z_]+)=(?P<value>.*)$", re.MULTILINE)
READ_VARIABLE = re.compile(r"(?:envvar=|environ\[|environ\.get\(|getenv\()\s*\"(AIDATAOPS_\w+)\"")

Yaml = dict[str, Any]


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def resolve(node: Any, environment: Mapping[str, str]) -> Any:
    """Compose's interpolation: ``${A:-default}`` and ``${A:?reason}`` (raises ``LookupError``)."""

    def value(match: re.Match[str]) -> str:
        if given := environment.get(match["name"]):
            return given
        if match["mark"] == ":-":
            return match["rest"]
        raise LookupError(f"{match['name']}: {match['rest']}")

    if isinstance(node, dict):
        return {key: resolve(child, environment) for key, child in node.items()}
    if isinstance(node, list):
        return [resolve(child, environment) for child in node]
    return VARIABLE.sub(value, node) if isinstance(node, str) else node


def raw_compose() -> Yaml:
    document: Yaml = load(ROOT / "docker-compose.yml")
    return document


def required() -> set[str]:
    """The variables without which Compose refuses to start."""
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    return {match["name"] for match in VARIABLE.finditer(text) if match["mark"] == ":?"}


@pytest.fixture(scope="module")
def compose() -> Yaml:
    resolved: Yaml = resolve(raw_compose(), dict.fromkeys(required(), "s3cret"))
    return resolved


@pytest.fixture(scope="module")
def services(compose: Yaml) -> Yaml:
    found: Yaml = compose["services"]
    return found


def passed_through(compose: Yaml) -> set[str]:
    """Variables with a key and no value: Compose takes them from .env when they stand there."""
    return {
        name
        for service in compose["services"].values()
        for name, value in service.get("environment", {}).items()
        if value is None
    }


def test_compose_file_keeps_to_the_compose_specification(compose: Yaml) -> None:
    schema = json.loads(
        (Path(__file__).parent / "deployment" / "compose-spec.json").read_text("utf-8")
    )
    Draft202012Validator.check_schema(schema)
    errors = Draft202012Validator(schema).iter_errors(compose)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_every_service_of_the_workspace_is_deployed_on_its_port(services: Yaml) -> None:
    folders = {path.parent.name for path in ROOT.glob("services/*/pyproject.toml")}
    assert folders == set(PORTS)
    for name, port in PORTS.items():
        text = (ROOT / "services" / name / "pyproject.toml").read_text("utf-8")
        assert f"aidataops-{name}" in tomllib.loads(text)["project"]["scripts"]
        assert services[name]["command"] == [f"aidataops-{name}"]
        assert services[name]["environment"]["AIDATAOPS_HTTP_PORT"] == str(port)
        assert services[name]["ports"] == [f"127.0.0.1:{port}:{port}"]


@pytest.mark.parametrize("job", JOBS)
def test_job_is_a_command_of_the_cli(services: Yaml, job: str) -> None:
    assert services[job]["command"] == JOBS[job]
    program = shutil.which("aidataops", path=str(Path(sys.executable).parent))
    assert program is not None
    done = subprocess.run(
        [program, *JOBS[job][1:], "--help"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_nothing_is_published_beyond_the_loopback_unless_asked(services: Yaml) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []
    outside = [port.split(":")[1] for port in published]
    assert len(outside) == len(set(outside))


def test_there_is_no_secret_with_a_default(compose: Yaml) -> None:
    with pytest.raises(LookupError):
        resolve(raw_compose(), {})
    example = (DEPLOY / "example.env").read_text("utf-8")
    settable = {m["name"]: m["value"] for m in EXAMPLE_LINE.finditer(example) if not m["off"]}
    assert settable == dict.fromkeys(required(), "")
    words = re.compile(r"PASSWORD|SECRET|_KEY$|TOKEN")
    for name, service in raw_compose()["services"].items():
        for variable, value in service.get("environment", {}).items():
            if words.search(variable) and value is not None:
                assert VARIABLE.fullmatch(value)["mark"] == ":?", (name, variable)  # type: ignore[index]
        for variable, value in service.get("environment", {}).items():
            assert not re.search(r"://\w+:[^$/]+@", str(value)), (name, variable)


def test_example_env_lists_every_variable_that_compose_reads(compose: Yaml) -> None:
    example = (DEPLOY / "example.env").read_text("utf-8")
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    read = {match["name"] for match in VARIABLE.finditer(text)} | passed_through(compose)
    assert {match["name"] for match in EXAMPLE_LINE.finditer(example)} == read


def setting_variables() -> set[str]:
    """Environment variables of all settings classes, and those the admin commands read."""
    known: set[str] = set()
    modules = ["aidataops.settings", *(f"{n.replace('-', '_')}.settings" for n in PORTS)]
    for name in modules:
        if importlib.util.find_spec(name) is None:
            continue
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, type) and issubclass(value, BaseSettings):
                prefix = value.model_config.get("env_prefix", "")
                known |= {f"{prefix}{field}".upper() for field in value.model_fields}
    for path in (ROOT / "shared" / "src").rglob("*.py"):
        known |= set(READ_VARIABLE.findall(path.read_text("utf-8")))
    return known


def test_every_variable_is_a_setting_that_something_reads(services: Yaml) -> None:
    example = (DEPLOY / "example.env").read_text("utf-8")
    used = {name for service in services.values() for name in service.get("environment", {})}
    used |= {match["name"] for match in EXAMPLE_LINE.finditer(example)}
    unknown = {name for name in used if name.startswith("AIDATAOPS_")} - setting_variables()
    assert unknown == set()


@pytest.mark.parametrize("service", PORTS)
def test_service_starts_with_valid_settings_and_its_own_role(
    services: Yaml, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AIDATAOPS_")]:
        monkeypatch.delenv(name)
    for name, value in services[service]["environment"].items():
        if value is not None:
            monkeypatch.setenv(name, value)
    settings = Settings()
    database = urlsplit(settings.database_url)
    assert database.username == role_of(service)
    assert (database.hostname, database.path) == ("postgres", "/aidataops")
    assert settings.kafka_bootstrap == "kafka:9092"
    assert (settings.http_host, settings.http_port) == ("0.0.0.0", PORTS[service])  # noqa: S104 - inside its container
    assert services[service]["environment"]["OTEL_SERVICE_NAME"] == service


@pytest.mark.parametrize("name", [*PORTS, *JOBS])
def test_our_containers_may_do_next_to_nothing(services: Yaml, name: str) -> None:
    container = services[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["init"] is True
    assert "privileged" not in container
    assert not container.get("volumes")


def test_every_container_is_limited_and_may_not_gain_privileges(services: Yaml) -> None:
    for name, container in services.items():
        assert container["security_opt"] == ["no-new-privileges:true"], name
        assert set(container["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}, name
        assert container["logging"]["options"]["max-size"], name
        assert container["restart"] == ("no" if name in JOBS else "unless-stopped"), name
        tag = container["image"].rpartition(":")[2]
        assert tag not in {"latest", container["image"]}, name


def test_services_wait_for_topics_and_migrations(services: Yaml) -> None:
    done, healthy = "service_completed_successfully", "service_healthy"
    for name in PORTS:
        conditions = {on: how["condition"] for on, how in services[name]["depends_on"].items()}
        assert conditions == {
            "kafka": healthy, "postgres": healthy, "topics": done, "migrate": done
        }  # fmt: skip
    assert services["topics"]["depends_on"]["kafka"]["condition"] == healthy
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == healthy
    for name in ("kafka", "postgres"):
        assert services[name]["healthcheck"]["test"], name


def test_state_is_on_named_volumes_where_the_images_keep_it(compose: Yaml) -> None:
    kept = {"kafka": "/var/lib/kafka/data", "postgres": "/var/lib/postgresql"}
    for name, path in kept.items():
        volume, target = compose["services"][name]["volumes"][0].split(":")
        assert target == path
        assert volume in compose["volumes"]
    assert compose["services"]["kafka"]["environment"]["KAFKA_LOG_DIRS"] == kept["kafka"]


def test_mounted_files_exist_and_are_read_only(services: Yaml) -> None:
    mounts = [m for s in services.values() for m in s.get("volumes", []) if m.startswith(".")]
    assert mounts
    for mount in mounts:
        source, _, mode = mount.split(":")
        assert (ROOT / source).exists(), mount
        assert mode == "ro", mount


def test_what_watches_cannot_reach_kafka_or_postgres(services: Yaml) -> None:
    watching = {"otel-collector", "jaeger", "prometheus", "grafana"}
    for name, container in services.items():
        reaches = "data" in container["networks"]
        assert reaches is (name not in watching), name


def test_the_inbox_remembers_longer_than_kafka_keeps(services: Yaml) -> None:
    kafka = services["kafka"]["environment"]
    records = float(kafka["KAFKA_LOG_RETENTION_HOURS"]) / 24
    offsets = float(kafka["KAFKA_OFFSETS_RETENTION_MINUTES"]) / 60 / 24
    remembered = Settings.model_fields["inbox_retention_days"].default
    assert records < offsets <= remembered
    assert remembered >= 2 * records, "retention plus a replay window as long"


def test_postgres_has_connections_for_every_service(services: Yaml) -> None:
    options = dict(o.split("=") for o in services["postgres"]["command"] if "=" in o)
    relay_and_migration = 2
    each = Settings.model_fields["database_pool_size"].default + relay_and_migration
    assert 2 * len(PORTS) * each <= int(options["max_connections"]), "old and new during an upgrade"


def test_kafka_is_the_version_that_the_tests_run_on(services: Yaml) -> None:
    pom = (DEPLOY / "kafka" / "pom.xml").read_text("utf-8")
    tested = re.search(r"<kafka\.version>(.+)</kafka\.version>", pom)
    assert tested is not None
    assert services["kafka"]["image"] == f"apache/kafka:{tested[1]}"
