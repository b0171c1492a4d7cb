"""Settings of the gateway alone: environment variables with the prefix ``AIDATAOPS_GATEWAY_``."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class GatewaySettings(BaseSettings):
    """What the gateway needs beyond the runtime's settings."""

    model_config = SettingsConfigDict(env_prefix="AIDATAOPS_GATEWAY_", extra="ignore")

    bootstrap_key: SecretStr | None = Field(
        default=None,
        description="the first API key, which may send everything; at least 40 random characters",
    )
    bootstrap_source: str = Field(default="/", description="the source that it speaks for")
    retention_days: float = Field(
        default=14.0,
        gt=0,
        description="how long an id is remembered; sent again later it is a new event to us",
    )
    read_timeout_seconds: float = Field(
        default=30.0, gt=0, description="how long a body may take to arrive"
    )
    store_timeout_seconds: float = Field(
        default=15.0, gt=0, description="how long the database may take before we answer 503"
    )
    connections: Path | None = Field(
        default=None, description="TOML file with the vendors' webhooks; left out there are none"
    )
