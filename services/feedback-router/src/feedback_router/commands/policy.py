"""``aidataops policy``: a routing policy, before it routes anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from feedback_router.commands.reading import DEFAULT_URL, Json, Url, ask, show

app = typer.Typer(
    name="policy",
    help="Routing policies: their schema, what is wrong with one, what it would do.",
    no_args_is_help=True,
)
PolicyFile = Annotated[Path, typer.Argument(help="The policy, a YAML file.", exists=True)]


@app.command()
def schema() -> None:
    """Print the JSON Schema of routing policies."""
    from feedback_router.domain.policy import Policy

    typer.echo(json.dumps(Policy.model_json_schema(), indent=2))


@app.command()
def check(policy: PolicyFile) -> None:
    """Say what is wrong with a policy; exit code 1 when anything is."""
    typer.echo(f"{policy}: version {_version(policy)} is in order.")


@app.command("test")
def try_(
    policy: PolicyFile,
    run: Annotated[str, typer.Option(help="The evaluation run to answer.")],
    project: Annotated[str, typer.Option(help="The project it is of.")],
    url: Url = DEFAULT_URL,
    *,
    as_json: Json = False,
) -> None:
    """Show what a policy would open for the regressions of a run. Nothing is changed."""
    _version(policy)
    opened = ask(
        "POST",
        url,
        "/policy/trial",
        params={"project": project, "run": run},
        content=policy.read_bytes(),
    )
    columns = (
        "kind",
        "slices",
        "cohort",
        "priority",
        "quota",
        "items",
        "budget",
        "due_at",
        "owner",
    )
    show(opened, columns, as_json=as_json)


def _version(policy: Path) -> str:
    """The version of a policy that is in order; ends the command where it is not."""
    from aidataops.errors import ConfigurationError
    from feedback_router.policy_file import load_policy

    try:
        return load_policy(policy).version
    except ConfigurationError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
