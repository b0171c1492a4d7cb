"""Vendors' webhooks: which there are, how they are signed, how their payloads map onto ours.

A TOML file names them; the secrets stand in the environment or in files of their own.

    [label-studio.support]                 # POST /webhooks/label-studio/support
    secret_env = ["SUPPORT_HOOK", "SUPPORT_HOOK_OLD"]
    vendor = "acme-labels"
    vendor_project = "support"
    label_field = "verdict"
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from aidataops.errors import ConfigurationError
from aidataops.vendors import ADAPTERS, LabelMapping
from gateway.domain.signatures import HEADERS, Scheme, standard_key

MINIMUM_SECRET = 16
"""Characters of a webhook's secret."""

_SCHEMES: Mapping[str, Scheme] = {
    "label-studio": "static",
    "scale": "static",
    "labelbox": "hub-sha1",
}
"""How tools sign unless the connection says otherwise; the others by Standard Webhooks."""
_STATIC_HEADERS = {"scale": "scale-callback-auth"}


class _Entry(BaseModel):
    """One table of the file."""

    model_config = ConfigDict(extra="forbid")

    signature: Scheme | None = None
    header: str | None = None
    secret_env: list[str] = []
    secret_file: list[Path] = []
    vendor: str = Field(min_length=1)
    vendor_project: str = Field(min_length=1)
    kind: str = "categorical"
    label_field: str = "label"
    task_field: str = "task_id"
    guideline_version: str | None = None
    guideline_field: str = "guideline_version"
    pool: str = "default"
    values: dict[str, str] = {}


class Connection(BaseModel):
    """A vendor's webhook."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    tool: str
    name: str
    scheme: Scheme
    header: str
    secrets: tuple[SecretStr, ...]
    mapping: LabelMapping

    @property
    def source(self) -> str:
        """The CloudEvents source of what comes in by it."""
        return f"/webhooks/{self.tool}/{self.name}"


Connections = Mapping[tuple[str, str], Connection]
"""By tool and name."""


def load_connections(path: Path | None, environment: Mapping[str, str] = os.environ) -> Connections:
    """The connections of a file; raises `ConfigurationError` that names table and field."""
    if path is None:
        return {}
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"AIDATAOPS_GATEWAY_CONNECTIONS={path}: {error}") from error
    found = {}
    for tool, tables in content.items():
        if tool not in ADAPTERS or not isinstance(tables, dict):
            raise ConfigurationError(f"{path}: [{tool}.…]: the tools are {', '.join(ADAPTERS)}")
        for name, table in tables.items():
            found[tool, name] = _connection(path, tool, name, table, environment)
    return found


def _connection(
    path: Path, tool: str, name: str, table: Any, environment: Mapping[str, str]
) -> Connection:
    place = f"{path}: [{tool}.{name}]"
    try:
        entry = _Entry.model_validate(table)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in problem["loc"])
        raise ConfigurationError(f"{place} {where}: {problem['msg']}") from None
    scheme = entry.signature or _SCHEMES.get(tool, "standard-webhooks")
    secrets = _secrets(place, entry, scheme, environment)
    names = {one.name for one in fields(LabelMapping)}
    header = entry.header or _STATIC_HEADERS.get(tool) or HEADERS[scheme]
    return Connection(
        tool=tool,
        name=name,
        scheme=scheme,
        header=header.lower(),
        secrets=tuple(SecretStr(secret) for secret in secrets),
        mapping=LabelMapping(**entry.model_dump(include=names)),
    )


def _secrets(
    place: str, entry: _Entry, scheme: Scheme, environment: Mapping[str, str]
) -> list[str]:
    found: dict[str, str] = {}
    for name in entry.secret_env:
        found[name] = environment.get(name, "").strip()
    for file in entry.secret_file:
        try:
            found[str(file)] = file.read_text("utf-8").strip()
        except OSError as error:
            raise ConfigurationError(f"{place} secret_file: {error}") from error
    if not found:
        raise ConfigurationError(f"{place} needs secret_env or secret_file")
    for name, secret in found.items():
        if len(secret) < MINIMUM_SECRET:
            raise ConfigurationError(
                f"{place}: the secret in {name} has fewer than {MINIMUM_SECRET} characters"
            )
        if scheme == "standard-webhooks":
            try:
                standard_key(secret)
            except ValueError as error:
                raise ConfigurationError(f"{place}: the secret in {name} is {error}") from error
    return list(found.values())
