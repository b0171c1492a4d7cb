"""Settings of lineage alone: variables with the prefix ``AIDATAOPS_LINEAGE_``."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class LineageSettings(BaseSettings):
    """What lineage needs beyond the runtime's settings."""

    model_config = SettingsConfigDict(env_prefix="AIDATAOPS_LINEAGE_", extra="ignore")

    topic_retention_days: float = Field(
        default=7,
        gt=0,
        description="how long the deployment's topics keep records, dead letters included; an"
        " erasure's report says until when Kafka itself may hold what was erased",
    )
    content_days: float | None = Field(
        default=None,
        gt=0,
        description="after which contents of items go that no version and no open batch holds;"
        " without it they stay until somebody asks for their erasure",
    )
