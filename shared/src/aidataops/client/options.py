"""Options that every publishing command has, and what they come to."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from aidataops.client.destination import Destination

EXIT_REFUSED = 1
EXIT_UNREADABLE = 3
EXIT_UNREACHABLE = 4

EXIT_CODES = (
    "Exit codes: 0 everything is in (now, or since an earlier time); 1 some of it was refused;"
    " 2 wrong options; 3 the file cannot be read; 4 gateway or Kafka out of reach, or the key is"
    " not accepted. Sending again is always safe: what is in has no second effect."
)

Gateway = Annotated[
    str | None, typer.Option(envvar="AIDATAOPS_GATEWAY_URL", help="URL of the gateway")
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        envvar="AIDATAOPS_API_KEY",
        help="API key of the gateway; better given by the environment",
        show_envvar=True,
    ),
]
Bootstrap = Annotated[
    str | None, typer.Option(help="write to this Kafka (host:port) instead of a gateway")
]
TopicPrefix = Annotated[str, typer.Option(envvar="AIDATAOPS_TOPIC_PREFIX", help="with --bootstrap")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="read and check, send nothing")]
AsJson = Annotated[bool, typer.Option("--json", help="print the summary as JSON")]


def destination_of(
    gateway: str | None, api_key: str | None, bootstrap: str | None, prefix: str, dry_run: bool
) -> Destination:
    """Where to; raises ``typer.BadParameter`` when that is not clear."""
    if dry_run:
        return Destination()
    if bootstrap is not None:
        if "AIDATAOPS_GATEWAY_URL" not in os.environ and gateway is not None:
            raise typer.BadParameter("give --gateway or --bootstrap, not both")
        return Destination(bootstrap=bootstrap, topic_prefix=prefix)
    if gateway is None:
        raise typer.BadParameter(
            "where to? Give --gateway URL (or AIDATAOPS_GATEWAY_URL) or --bootstrap HOST:PORT",
            param_hint="--gateway",
        )
    if not api_key:
        raise typer.BadParameter(
            "the gateway needs a key: set AIDATAOPS_API_KEY", param_hint="--api-key"
        )
    return Destination(gateway=gateway_url(gateway), api_key=api_key)


def gateway_url(gateway: str) -> str:
    """The address, if it is one; else trying again and again would only hide what is wrong."""
    if not gateway.startswith(("http://", "https://")):
        raise typer.BadParameter(
            f"{gateway!r} is no URL, for example http://127.0.0.1:8080", param_hint="--gateway"
        )
    return gateway
