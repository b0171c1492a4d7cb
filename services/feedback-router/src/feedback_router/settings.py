"""Settings of this service beside those that every service has."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_POLICY = Path(__file__).with_name("policy.yaml")
MINIMUM_KEY = 24
"""Bytes of a signing key, as Standard Webhooks recommends."""


class RouterSettings(BaseSettings):
    """Where the routing policy is, and how people are told."""

    model_config = SettingsConfigDict(env_prefix="AIDATAOPS_FEEDBACK_ROUTER_", extra="ignore")

    policy: Path = Field(default=DEFAULT_POLICY, description="the routing policy, a YAML file")
    watch_seconds: float = Field(
        default=60,
        gt=0,
        description="how often to look for what is over",
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="whsec_<base64>: signs what the Informed are told"
    )
    webhook_hosts: tuple[str, ...] = Field(
        default=(), description="JSON list of the hosts that may be told; no others are"
    )
    webhook_poll_seconds: float = Field(default=5, gt=0, description="how often to look for news")

    @field_validator("webhook_secret")
    @classmethod
    def _base64(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            try:
                key = b64decode(secret.get_secret_value().removeprefix("whsec_"), validate=True)
            except ValueError:
                key = b""
            if len(key) < MINIMUM_KEY:
                raise ValueError(f"needs whsec_ and {MINIMUM_KEY} or more bytes as base64")
        return secret
