"""Settings of lineage alone: variables with the prefix ``AIDATAOPS_LINEAGE_``."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class LineageSettings(BaseSettings):
    """What lineage needs beyond the runtime's settings."""

    model_config = SettingsConfigDict(env_prefix="AIDATAOPS_LINEAGE_", extra="ignore")

    content_days: float | None = Field(
        default=None,
        gt=0,
        description="after which contents of items go that no version and no open batch holds;"
        " without it they stay until somebody asks for their erasure",
    )
