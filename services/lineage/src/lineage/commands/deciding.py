"""Sending what a person decides through the gateway."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from aidataops.client.asking import EXIT_WRONG, fail
from aidataops.client.options import EXIT_UNREACHABLE, gateway_url

if TYPE_CHECKING:
    from aidataops.events import Payload

Person = Annotated[
    str, typer.Option("--as", envvar="AIDATAOPS_PERSON", help="the Accountable who decides")
]
Gateway = Annotated[str, typer.Option(envvar="AIDATAOPS_GATEWAY_URL", help="URL of the gateway")]
ApiKey = Annotated[
    str, typer.Option(envvar="AIDATAOPS_API_KEY", help="better given by the environment")
]
Source = Annotated[
    str, typer.Option(help="CloudEvents source; lies within what the API key may speak for")
]
Project = Annotated[str, typer.Option(help="the project that it is about")]
Reason = Annotated[str, typer.Option(help="why; stands in the ledger for good")]


def send(decision: Payload, *, gateway: str, api_key: str, source: str) -> None:
    """Publish a decision; ends the program with a sentence where it is not taken."""
    from aidataops.client import Client, PublishError

    try:
        with Client(gateway_url(gateway), api_key) as client:
            report = client.publish([decision], source=source)
    except PublishError as error:
        fail(str(error), EXIT_UNREACHABLE)
    for refused in report.refused:
        fail(f"refused ({refused.status}): {refused.title}: {refused.detail}", EXIT_WRONG)


def signed(person: str) -> dict[str, Any]:
    """Who decides, in which role, when."""
    return {
        "decision_id": str(uuid4()), "made_by": person, "role": "accountable",
        "made_at": datetime.now(UTC),
    }  # fmt: skip


def said(text: str, option: str) -> str:
    """A text that may not be left empty."""
    if not text.strip():
        raise typer.BadParameter(f"{option} is empty: say it in a sentence, it is in the ledger")
    return text


def until(text: str) -> datetime:
    """``30d``, or an ISO date or time (UTC without a zone), as a time that is still to come."""
    now = datetime.now(UTC)
    try:
        if text.endswith("d"):
            time = now + timedelta(days=float(text[:-1]))
        else:
            time = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is no time: 30d, 2026-12-31, or with hours") from error
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if time <= now:
        raise typer.BadParameter(f"{text!r} is over: give a time that is still to come")
    return time
