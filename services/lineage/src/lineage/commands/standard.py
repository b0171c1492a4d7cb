"""``aidataops standard``: what a project is held to, and for which business target."""

from __future__ import annotations

from enum import StrEnum
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
)

app = typer.Typer(help="Standards: set, list.", no_args_is_help=True, rich_markup_mode=None)


class Name(StrEnum):
    """The standards that a service holds something against."""

    AGREEMENT_FLOOR = "agreement_floor"
    GOLDEN_ACCURACY = "golden_accuracy"
    COVERAGE_FLOOR = "coverage_floor"


@app.command("set", epilog=EXIT_CODES)
def set_command(
    standard: Annotated[Name, typer.Argument(help="which")],
    value: Annotated[float, typer.Argument(help="its new value", min=-1, max=1)],
    project: Project,
    target: Annotated[str, typer.Option(help="the business target that it serves")],
    person: Person,
    gateway: Gateway,
    api_key: ApiKey,
    reason: Reason = "",
    source: Source = "/people/standard",
    *,
    as_json: Json = False,
) -> None:
    """Give a standard of a project a new value; QA holds its batches against it at once.

    Nobody but the project's Accountable can: `list` says whether the new value is in force.
    """
    from aidataops.events.governance import StandardChanged

    if value < 0 and standard is not Name.AGREEMENT_FLOOR:
        raise typer.BadParameter(f"{standard} is a share: {value:g} is below 0")
    decision = StandardChanged(
        **signed(person), subject=project, standard=standard.value, value=value,
        business_target=said(target, "--target"), reason=reason,
    )  # fmt: skip
    send(decision, gateway=gateway, api_key=api_key, source=source)
    answer = {"decision_id": decision.decision_id, "project": project,
              "standard": standard.value, "value": value}  # fmt: skip
    show(answer, ("set", [answer]), as_json=as_json)


@app.command("list", epilog=EXIT_CODES)
def list_command(
    project: Annotated[str | None, typer.Option(help="default: every project")] = None,
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """The latest value of every standard, its business target, and whether it is in force."""
    answer = ask(url, "/standards", project=project)
    show(answer, ("standards", answer), as_json=as_json)
