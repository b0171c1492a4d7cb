"""``aidataops waiver``: let a batch pass in spite of a failed check, for a while."""

from __future__ import annotations

from typing import Annotated

import typer

from aidataops.client.asking import EXIT_CODES, Json, show
from lineage.commands.asking import Url, ask
from lineage.commands.deciding import (
    ApiKey,
    Gateway,
    Person,
    Project,
    Reason,
    Source,
    said,
    send,
    signed,
    until,
)

app = typer.Typer(help="Waivers: grant, revoke, list.", no_args_is_help=True, rich_markup_mode=None)

Batch = Annotated[str, typer.Argument(help="the batch")]
Check = Annotated[
    str, typer.Option(help="the failed check: agreement, golden_accuracy, coverage, …")
]


@app.command(epilog=EXIT_CODES)
def grant(
    batch: Batch,
    project: Project,
    check: Check,
    expires: Annotated[
        str, typer.Option("--until", help="when it is over: 30d, 2026-12-31, or with hours (UTC)")
    ],
    reason: Reason,
    person: Person,
    gateway: Gateway,
    api_key: ApiKey,
    source: Source = "/people/waiver",
    *,
    as_json: Json = False,
) -> None:
    """Let one batch pass in spite of one failed check, until a time.

    QA judges the batch anew at once, and again when the waiver is over. There is no waiver for a
    missing agreement measurement, and nobody but the project's Accountable can grant one: `list`
    says whether it is in force.
    """
    from aidataops.events.governance import WaiverGranted

    decision = WaiverGranted(
        **signed(person), subject=batch, project=project, check=check,
        expires_at=until(expires), reason=said(reason, "--reason"),
    )  # fmt: skip
    send(decision, gateway=gateway, api_key=api_key, source=source)
    answer = {"decision_id": decision.decision_id, "batch": batch, "check": check,
              "expires_at": decision.expires_at.isoformat()}  # fmt: skip
    show(answer, ("granted", [answer]), as_json=as_json)


@app.command(epilog=EXIT_CODES)
def revoke(
    batch: Batch,
    project: Project,
    check: Check,
    reason: Reason,
    person: Person,
    gateway: Gateway,
    api_key: ApiKey,
    source: Source = "/people/waiver",
    *,
    as_json: Json = False,
) -> None:
    """Take a waiver back: of two decisions on a batch and a check the later one counts.

    What has been published by then stays published.
    """
    from aidataops.events.governance import WaiverGranted

    by = signed(person)
    decision = WaiverGranted(
        **by, subject=batch, project=project, check=check, expires_at=by["made_at"],
        reason=said(reason, "--reason"),
    )  # fmt: skip
    send(decision, gateway=gateway, api_key=api_key, source=source)
    answer = {"decision_id": decision.decision_id, "batch": batch, "check": check}
    show(answer, ("revoked", [answer]), as_json=as_json)


@app.command("list", epilog=EXIT_CODES)
def list_command(
    project: Annotated[str | None, typer.Option(help="default: every project")] = None,
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """The latest waiver for every batch and check, and whether it is in force."""
    answer = ask(url, "/waivers", project=project)
    show(answer, ("waivers", answer), as_json=as_json)
