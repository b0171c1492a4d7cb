"""Settings of every service: environment variables with the prefix ``AIDATAOPS_``."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from aidataops.errors import ConfigurationError


class KafkaSettings(BaseSettings):
    """How to reach Kafka. TLS and SASL are refused in half measures, before anything starts."""

    model_config = SettingsConfigDict(env_prefix="AIDATAOPS_", extra="ignore")

    kafka_bootstrap: str = Field(
        default="127.0.0.1:9092", description="Kafka's bootstrap servers, host:port[,host:port]"
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = Field(
        default="PLAINTEXT",
        description="PLAINTEXT only for development; there is no SASL without TLS",
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        default=None, description="with SASL_SSL"
    )
    kafka_sasl_username: str | None = Field(default=None, description="with SASL_SSL")
    kafka_sasl_password: SecretStr | None = Field(default=None, description="with SASL_SSL")
    kafka_ca_file: Path | None = Field(
        default=None, description="CA certificates in PEM; without it the system's"
    )
    kafka_idempotence: bool = Field(
        default=True, description="idempotent producer; false only for brokers without it"
    )
    topic_prefix: str = Field(default="", description="put before every topic on a shared cluster")

    @model_validator(mode="after")
    def _whole_security(self) -> Self:
        sasl = (self.kafka_sasl_mechanism, self.kafka_sasl_username, self.kafka_sasl_password)
        if self.kafka_security_protocol == "SASL_SSL" and None in sasl:
            raise ValueError(
                "AIDATAOPS_KAFKA_SECURITY_PROTOCOL=SASL_SSL needs AIDATAOPS_KAFKA_SASL_MECHANISM, "
                "_USERNAME and _PASSWORD"
            )
        if self.kafka_security_protocol != "SASL_SSL" and any(sasl):
            raise ValueError(
                "AIDATAOPS_KAFKA_SASL_* is set but AIDATAOPS_KAFKA_SECURITY_PROTOCOL is "
                f"{self.kafka_security_protocol}: credentials are only sent over TLS (SASL_SSL)"
            )
        return self

    def kafka_connection(self) -> dict[str, Any]:
        """Keyword arguments for aiokafka's clients."""
        connection: dict[str, Any] = {
            "bootstrap_servers": self.kafka_bootstrap,
            "security_protocol": self.kafka_security_protocol,
        }
        if self.kafka_security_protocol != "PLAINTEXT":
            connection["ssl_context"] = self._tls()
        if self.kafka_security_protocol == "SASL_SSL" and self.kafka_sasl_password is not None:
            connection |= {
                "sasl_mechanism": self.kafka_sasl_mechanism,
                "sasl_plain_username": self.kafka_sasl_username,
                "sasl_plain_password": self.kafka_sasl_password.get_secret_value(),
            }
        return connection

    def _tls(self) -> ssl.SSLContext:
        if self.kafka_ca_file is not None and not self.kafka_ca_file.is_file():
            raise ConfigurationError(
                f"AIDATAOPS_KAFKA_CA_FILE: {self.kafka_ca_file} is no readable file"
            )
        return ssl.create_default_context(cafile=self.kafka_ca_file)


class Settings(KafkaSettings):
    """What one service needs to run."""

    database_url: str = Field(
        default="postgresql://postgres@127.0.0.1:5432/aidataops",
        description="the service's own role and database",
    )
    database_pool_size: int = Field(default=4, ge=2, description="connections per process")
    http_host: str = Field(default="127.0.0.1", description="where the HTTP endpoints listen")
    http_port: int = Field(default=8080, ge=0, le=65535, description="0 lets the system choose")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="the least severe records that are written"
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="json for machines, console for people"
    )
    batch_size: int = Field(
        default=1000, ge=1, le=10_000, description="records per poll, transaction and publish"
    )
    poll_milliseconds: int = Field(
        default=1000, ge=1, description="how long one poll waits for records"
    )
    session_timeout_seconds: float = Field(
        default=30.0, gt=0, description="after this silence a member's partitions go to others"
    )
    retry_seconds: float = Field(
        default=30.0, ge=0, description="how long a batch is retried in place before it is re-read"
    )
    dead_letters_per_minute: int = Field(
        default=600, ge=1, description="above this the service stops instead of dead-lettering on"
    )
    relay_grace_seconds: float = Field(
        default=3.0, gt=0, description="age at which the relay takes over an unpublished outbox row"
    )
    inbox_retention_days: float = Field(
        default=14.0, gt=0, description="topic retention plus the replay window"
    )
    trace_every_record: bool = Field(
        default=True, description="record a span per record when an OTLP endpoint is configured"
    )
