"""What watches the services, held against what they expose: scraping, alerts, dashboard, traces."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from aidataops.observability.metrics import METRICS, Metric

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
METRIC_NAME = re.compile(r"\baidataops_[a-z_]+\b")
SELECTED_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")
GROUPED_LABELS = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")

Yaml = dict[str, Any]


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def services() -> Yaml:
    found: Yaml = load(ROOT / "docker-compose.yml")["services"]
    return found


def ports(services: Yaml) -> dict[str, str]:
    """Our services and where they listen; ``test_deployment.py`` holds them against the code."""
    environments = {name: service.get("environment", {}) for name, service in services.items()}
    return {
        n: e["AIDATAOPS_HTTP_PORT"] for n, e in environments.items() if "OTEL_SERVICE_NAME" in e
    }


def test_prometheus_scrapes_metrics_of_every_service(services: Yaml) -> None:
    config = load(DEPLOY / "prometheus" / "prometheus.yml")
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    ours = jobs["aidataops"]
    assert ours.get("metrics_path", "/metrics") == "/metrics"
    assert ours["honor_labels"] is True
    targets = {target for group in ours["static_configs"] for target in group["targets"]}
    assert targets == {f"{name}:{port}" for name, port in ports(services).items()}
    for name in ports(services):
        assert set(services[name]["networks"]) & set(services["prometheus"]["networks"])
    for file in config["rule_files"]:
        assert (DEPLOY / "prometheus" / file).is_file()


def test_collector_hands_traces_to_jaeger(services: Yaml) -> None:
    config = load(DEPLOY / "otel" / "collector.yaml")
    for pipeline in config["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= set(config[kind])
        assert pipeline["processors"][0] == "memory_limiter"
    host, _, port = config["exporters"]["otlp_grpc/jaeger"]["endpoint"].partition(":")
    assert (host, port) == ("jaeger", "4317")
    assert host in services
    endpoint = urlsplit(services["qa"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"])
    assert endpoint.hostname == "otel-collector"
    listens = config["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    assert listens == f"0.0.0.0:{endpoint.port}"
    memory = int(services["otel-collector"]["deploy"]["resources"]["limits"]["memory"][:-1])
    assert config["processors"]["memory_limiter"]["limit_mib"] < memory
    own = config["service"]["telemetry"]["metrics"]["readers"][0]["pull"]["exporter"]["prometheus"]
    assert f"otel-collector:{own['port']}" in (DEPLOY / "prometheus/prometheus.yml").read_text(
        "utf-8"
    )
    mounted = services["otel-collector"]["volumes"][0].split(":")[1]
    assert services["otel-collector"]["command"] == [f"--config={mounted}"]


def dashboard() -> Yaml:
    document: Yaml = json.loads((DEPLOY / "grafana/dashboards/aidataops.json").read_text("utf-8"))
    return document


def panel_expressions() -> list[str]:
    targets = [target for panel in dashboard()["panels"] for target in panel.get("targets", [])]
    return [target["expr"] for target in targets]


def rules() -> list[Yaml]:
    groups = load(DEPLOY / "prometheus" / "alerts.yml")["groups"]
    return [rule for group in groups for rule in group["rules"]]


def known_metrics() -> dict[str, Metric]:
    """The runtime's table and the tables of services that have metrics of their own."""
    known = dict(METRICS)
    for path in (ROOT / "services").iterdir():
        package = importlib.import_module(path.name.replace("-", "_"))
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, Mapping) and value:
                    known |= {n: m for n, m in value.items() if isinstance(m, Metric)}
    return known


def test_dashboard_and_alerts_ask_for_metrics_that_exist() -> None:
    known, problems = known_metrics(), []
    variables = [v["query"]["query"] for v in dashboard()["templating"]["list"]]
    for expression in [*panel_expressions(), *(rule["expr"] for rule in rules()), *variables]:
        names = {
            base if known.get(base := re.sub(r"_(bucket|sum|count)$", "", name)) else name
            for name in METRIC_NAME.findall(expression)
        }
        problems += [f"no metric {name}: {expression}" for name in names - set(known)]
        labels = set(SELECTED_LABEL.findall(expression))
        labels |= {w for g in GROUPED_LABELS.findall(expression) for w in re.findall(r"\w+", g)}
        allowed = {"service", "job", "le"}.union(*(known[n].labels for n in names & set(known)))
        problems += [f"no label {label}: {expression}" for label in labels - allowed]
        for name in re.findall(r"(?:rate|increase)\((\w+)", expression):
            metric = known.get(re.sub(r"_(bucket|sum|count)$", "", name))
            if metric is None or metric.kind == "gauge":
                problems.append(f"no counter {name}: {expression}")
    assert problems == []


def test_dashboard_opens_with_the_three_numbers() -> None:
    panels = dashboard()["panels"]
    first = [panel["targets"][0]["expr"] for panel in panels if panel["type"] == "stat"][:3]
    assert first == [
        "max(aidataops_regressions_unattributed)",
        "max(aidataops_batches_without_agreement)",
        "max(aidataops_findings_unrouted)",
    ]
    shown = " ".join(panel_expressions())
    for metric in (
        "records_total", "emitted_total", "batch_seconds_bucket", "consumer_lag",
        "outbox_oldest_seconds", "ready",
    ):  # fmt: skip
        assert f"aidataops_{metric}" in shown
    assert 'outcome="dead_letter"' in shown


def test_dashboard_is_laid_out_and_provisioned(services: Yaml) -> None:
    sources = load(DEPLOY / "grafana/provisioning/datasources/datasources.yaml")["datasources"]
    by_uid = {source["uid"]: urlsplit(source["url"]) for source in sources}
    assert {url.hostname for url in by_uid.values()} <= set(services)
    asked = re.findall(r'"datasource": {[^}]*"uid": "([^"]+)"', json.dumps(dashboard()))
    assert set(asked) <= set(by_uid)
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        if panel["type"] != "row":
            assert panel["title"]
            assert panel["description"], panel["title"]
        at = panel["gridPos"]
        covers = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not covers & cells, panel["title"]
        assert max(x for x, _ in covers) < 24, panel["title"]
        cells |= covers
    providers = load(DEPLOY / "grafana/provisioning/dashboards/dashboards.yaml")["providers"]
    mounted = {volume.split(":")[1] for volume in services["grafana"]["volumes"]}
    assert {provider["options"]["path"] for provider in providers} <= mounted
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert str(Path(home).parent) in mounted
    assert (DEPLOY / "grafana/dashboards" / Path(home).name).is_file()


def test_alerts_say_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning"}, rule["alert"]
        assert set(rule["annotations"]) == {"summary", "description"}, rule["alert"]


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Debian's `apt-get install prometheus`; CI has it, so that nothing passes by skipping."""
    program = shutil.which("promtool")
    if program is None:
        missing = "promtool is not installed (apt-get install --no-install-recommends prometheus)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("action", "file"),
    [
        (("check", "config"), "prometheus.yml"),
        (("check", "rules"), "alerts.yml"),
        (("test", "rules"), "alerts_test.yml"),
    ],
)
def test_promtool_accepts(action: tuple[str, str], file: str) -> None:
    done = promtool(*action, DEPLOY / "prometheus" / file)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_can_parse_every_panel(tmp_path: Path) -> None:
    grouped = [
        {"record": f"panel:{number}", "expr": re.sub(r"\$__rate_interval", "5m", expression)}
        for number, expression in enumerate(panel_expressions())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": grouped}]}), "utf-8")
    done = promtool("check", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr
