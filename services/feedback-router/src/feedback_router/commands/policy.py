"""``aidataops policy``: a routing policy, before it routes anything."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from aidataops.client import reading
from aidataops.client.asking import Json
from aidataops.client.options import EXIT_UNREADABLE
from aidataops.events import Payload
from feedback_router.commands.asking import Url, ask, show

app = typer.Typer(
    name="policy",
    help="Routing policies: their schema, what is wrong with one, what it would do.",
    no_args_is_help=True,
)
COLUMNS = (
    "kind", "rule", "slices", "cohort", "priority", "quota", "items", "budget", "approval",
    "due_at", "owner", "reason",
)  # fmt: skip
EXIT_OPENED = 5
EXIT_CODES = (
    "Exit codes: 0 shown; 1 the policy is not in order; 2 wrong options; 3 there is no such run, or"
    " the files cannot be read; 4 the service is out of reach; 5 with --gate: something would be"
    " opened."
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


@app.command("test", epilog=EXIT_CODES)
def try_(
    policy: PolicyFile,
    run: Annotated[
        str, typer.Option(help="The run: its id, or with --harness its files.", metavar="ID|PATH")
    ],
    project: reading.Project,
    url: Url = None,
    harness: Annotated[
        str | None,
        typer.Option(help="Read the run from files of this harness, ask no service."),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="With --harness: the files of the run to compare with.")
    ] = None,
    slice_field: reading.SliceField = None,
    category: reading.Category = None,
    mapping: reading.Mapping = None,
    model: reading.Model = None,
    task: reading.Task = None,
    completed_at: reading.CompletedAt = None,
    metric: reading.Metric = None,
    filter_name: reading.Filter = None,
    pass_at: reading.PassAt = None,
    overlap: Annotated[
        int, typer.Option(min=1, help="With --harness: labels of an item, for budgets of labels.")
    ] = 3,
    *,
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit with 5 when anything would be opened, for CI.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what a policy would open for a run, by which rule and why. Nothing is changed.

    Files do not tell what a model was trained on: then what would be opened is shown for each
    verdict that may be found, and rules about cohorts are named but not tried.
    """
    _version(policy)
    if harness is None:
        opened = ask(url, "/policy/trial", content=policy.read_bytes(), project=project, run=run)
        show("opened", opened, COLUMNS, as_json=as_json)
    else:
        tried = _try_files(
            policy,
            harness,
            Path(run),
            baseline,
            overlap,
            project=project,
            dataset_version=None,
            slice_field=slice_field,
            category=category,
            mapping=mapping,
            model=model,
            task=task,
            completed_at=completed_at,
            metric=metric,
            filter_name=filter_name,
            pass_at=pass_at,
            interrupted=False,
        )
        opened = tried["opened"]
        _show_tried(tried, as_json=as_json)
    if gate and opened:
        raise typer.Exit(EXIT_OPENED)


def _try_files(
    policy: Path, harness: str, run: Path, baseline: Path | None, overlap: int, **given: Any
) -> dict[str, Any]:
    """What the policy makes of a run's files; ends the command where they cannot be read."""
    from aidataops.harnesses import ADAPTERS, HarnessFileError
    from feedback_router.dry_run import try_files
    from feedback_router.policy_file import load_policy

    if harness not in ADAPTERS:
        raise typer.BadParameter(
            f"{harness!r} is none of {', '.join(ADAPTERS)}", param_hint="--harness"
        )
    read = ADAPTERS[harness]
    try:
        options = reading.read_options(baseline=None, **given)
        before: Iterable[Payload] = ()
        if baseline is not None:
            before = read(baseline, options)
            options = replace(options, baseline=str(baseline))
        return try_files(load_policy(policy), read(run, options), before, overlap)
    except HarnessFileError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_UNREADABLE) from error


def _show_tried(tried: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(tried, indent=2, default=_plain))
        return
    for run in tried["runs"]:
        typer.echo(f"{run['run_id']} ({run['model']}, {run['task']}): {run['standing']}")
        for one in run["regressions"]:
            typer.echo(f"  {one['metric']}: {one['sentence']}")
        typer.echo(f"  What else failed: {run['said']}")
    show("opened", tried["opened"], ("verdict", *COLUMNS), as_json=False)
    if tried["not_tried"]:
        typer.echo(f"Not tried, for files name no cohorts: {', '.join(tried['not_tried'])}.")


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else str(value)


def _version(policy: Path) -> str:
    """The version of a policy that is in order; ends the command where it is not."""
    from aidataops.errors import ConfigurationError
    from feedback_router.policy_file import load_policy

    try:
        return load_policy(policy).version
    except ConfigurationError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
