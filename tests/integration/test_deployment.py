"""The deployment held against what it deploys, without a Docker engine.

``deployment/compose-spec.json`` is the Compose specification's own schema; names of settings,
metrics, ports and commands are compared with the code that defines them.
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
import threading
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic_settings import BaseSettings

from aidataops.observability.metrics import METRICS, Metric
from aidataops.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DATA = Path(__file__).parent / "deployment"
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
SECRETS = {
    "POSTGRES_PASSWORD",
    "AIDATAOPS_DATABASE_PASSWORD",
    "AIDATAOPS_GATEWAY_BOOTSTRAP_KEY",
    "GRAFANA_ADMIN_PASSWORD",
}
ADMIN_VARIABLES = {"AIDATAOPS_ADMIN_DATABASE_URL", "AIDATAOPS_DATABASE_PASSWORD"}
"""What ``aidataops migrate`` reads beside the settings of the services."""

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<mark>:-|:\?)(?P<rest>[^}]*))?\}")
_EXAMPLE = re.compile(r"^#? ?([A-Z][A-Z_]+)=(.*)$", re.MULTILINE)
_METRIC = re.compile(r"\baidataops_[a-z_]+\b(?!\s*/)")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")
_BY = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")

type_ = Mapping[str, Any]
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
EXAMPLE = dict(_EXAMPLE.findall((DEPLOY / "example.env").read_text("utf-8")))


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))
