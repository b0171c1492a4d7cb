"""``aidataops remediations``: the queue of data work, its history, what it has achieved."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import typer

from aidataops.client.asking import Json
from aidataops.client.destination import Destination
from aidataops.client.options import EXIT_CODES, ApiKey, Gateway, destination_of
from feedback_router.commands.asking import Url, ask, show
from feedback_router.domain.lifecycle import State

app = typer.Typer(
    name="remediations",
    help="Data work that findings ask for, and what it has achieved.",
    no_args_is_help=True,
)
Remediation = Annotated[str, typer.Argument(help="Its id, from `list`.")]
Person = Annotated[
    str,
    typer.Option("--as", envvar="AIDATAOPS_PERSON", help="Who decides: the project's Accountable."),
]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]
Source = Annotated[
    str, typer.Option(help="CloudEvents source; within what the API key may speak for.")
]
Project = Annotated[str | None, typer.Option(help="Only of this project.")]


@app.command("list")
def list_(
    project: Project = None,
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    url: Url = None,
    *,
    overdue: Annotated[bool, typer.Option(help="Only what is late and not done.")] = False,
    as_json: Json = False,
) -> None:
    """Remediations, newest first, the most urgent of one moment first.

    `due_at` is when the policy wants it, `scheduled_for` what the people who label can keep.
    """
    columns = (
        "remediation_id", "kind", "state", "slices", "priority", "due_at", "scheduled_for",
        "blocked",
    )  # fmt: skip
    found = ask(
        url, "/remediations", project=project, state=state, limit=limit, overdue=overdue or None
    )
    show("remediations", found, columns, as_json=as_json)
    if not found and not as_json:
        typer.echo("What got worse, and what is missing to order work: aidataops regressions list")


@app.command("show")
def show_(remediation_id: str, url: Url = None, *, as_json: Json = False) -> None:
    """One remediation with its decisions, consultations and trials."""
    found = ask(url, f"/remediations/{remediation_id}")
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    typer.echo(f"{found['kind']} for {found['project']}: {found['state']}")
    typer.echo(found["reason"])
    if found["blocked"]:
        typer.echo(f"Blocked: {found['blocked']}")
    for one in found["decisions"]:
        said = "approved" if one["approved"] else "declined"
        typer.echo(f"{one['made_at']}  {one['made_by']} ({one['role']}) {said} {one['reason']}")
    if found["decisions"] and found["state"] == "requested" and not found["blocked"]:
        typer.echo("None of these counts: only the project's Accountable decides (aidataops raci).")
    for one in found["consultations"]:
        typer.echo(f"{one['answered_at']}  {one['answered_by']} said: {one['statement']}")
    for one in found["trials"]:
        effect, said = one["effect"], "passes" if one["passed"] else "does not pass"
        typer.echo(
            f"{one['completed_at']}  {one['run_id']} {said}: {effect['before']:.1%} to "
            f"{effect['after']:.1%}, 95 % from {effect['lower']:+.1%} to {effect['upper']:+.1%}"
        )


@app.command(epilog=EXIT_CODES)
def approve(
    remediation_id: Remediation,
    person: Person,
    reason: Reason = "",
    gateway: Gateway = None,
    api_key: ApiKey = None,
    source: Source = "/people/remediations",
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """Say yes to a remediation: the work begins.

    Only the yes of the project's Accountable counts, who is not the remediation's author, and who
    has heard whoever is Consulted: `show` says what blocks it.
    """
    _decide(
        remediation_id,
        person,
        reason,
        destination_of(gateway, api_key, None, "", dry_run=False),
        source,
        url,
        as_json,
        approved=True,
    )


@app.command(epilog=EXIT_CODES)
def decline(
    remediation_id: Remediation,
    person: Person,
    reason: Annotated[str, typer.Option(help="Why not; it is kept with the decision.")],
    gateway: Gateway = None,
    api_key: ApiKey = None,
    source: Source = "/people/remediations",
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """Say no to a remediation: nothing is done about it, for this reason."""
    _decide(
        remediation_id,
        person,
        reason,
        destination_of(gateway, api_key, None, "", dry_run=False),
        source,
        url,
        as_json,
        approved=False,
    )


def _decide(
    remediation_id: str,
    person: str,
    reason: str,
    destination: Destination,
    source: str,
    url: str | None,
    as_json: bool,
    *,
    approved: bool,
) -> None:
    from aidataops.client.sending import send
    from aidataops.events.governance import ApproveRemediation, DecisionRecorded

    ask(url, f"/remediations/{remediation_id}")
    decision = DecisionRecorded(
        decision_id=str(uuid4()),
        subject=remediation_id,
        decision=ApproveRemediation(approved=approved, reason=reason),
        made_by=person,
        role="accountable",
        made_at=datetime.now(UTC),
    )
    raise typer.Exit(send([decision], destination, source, as_json))


@app.command()
def effectiveness(project: Project = None, url: Url = None, *, as_json: Json = False) -> None:
    """What each kind of fix has achieved per failure category."""
    columns = (
        "kind", "category", "remediations", "tried", "verified", "reopened", "mean_difference",
        "median_days",
    )  # fmt: skip
    found = ask(url, "/effectiveness", project=project)
    show("effectiveness", found, columns, as_json=as_json)
