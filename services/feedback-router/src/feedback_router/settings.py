"""Settings of this service beside those that every service has."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_POLICY = Path(__file__).with_name("policy.yaml")


class RouterSettings(BaseSettings):
    """Where the routing policy is."""

    model_config = SettingsConfigDict(env_prefix="AIDATAOPS_FEEDBACK_ROUTER_", extra="ignore")

    policy: Path = Field(default=DEFAULT_POLICY, description="the routing policy, a YAML file")
