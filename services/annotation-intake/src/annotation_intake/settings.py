"""Settings of annotation-intake alone: variables with the prefix ``AIDATAOPS_ANNOTATION_``."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AnnotationSettings(BaseSettings):
    """What annotation-intake needs beyond the runtime's settings."""

    model_config = SettingsConfigDict(env_prefix="AIDATAOPS_ANNOTATION_", extra="ignore")

    report_seconds: float = Field(
        default=60.0,
        gt=0,
        description="between reports of capacity, forecasts and scorecards that have changed",
    )
    requeue_seconds: float = Field(
        default=2.0,
        gt=0,
        description="between looks for assignments whose time is up",
    )
