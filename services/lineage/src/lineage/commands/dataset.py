"""``aidataops dataset``: publish, list, show, diff, verify, export and describe versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from aidataops.client.asking import EXIT_CODES, EXIT_WRONG, Json, show
from lineage.commands.asking import Url, ask, reference
from lineage.commands.deciding import ApiKey, Gateway, Person, Source, send, signed
from lineage.documents.command import card
from lineage.exports.command import export

app = typer.Typer(
    help="Dataset versions: publish, list, show, diff, verify, export, card.",
    no_args_is_help=True, rich_markup_mode=None,
)  # fmt: skip
app.command()(export)
app.command()(card)

Version = Annotated[str, typer.Argument(metavar="NAME@N", help="a dataset version: support@2")]


@app.command(epilog=EXIT_CODES)
def publish(
    parent: Annotated[str, typer.Argument(metavar="NAME@N", help="the version to build upon")],
    project: Annotated[str, typer.Option(help="the project that publishes")],
    person: Person,
    gateway: Gateway,
    api_key: ApiKey,
    batch: Annotated[
        list[str] | None, typer.Option(help="a released batch; repeat it, the last one wins")
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(help="JSON: filters, quotas, mixture, seed", exists=True, dir_okay=False),
    ] = None,
    reason: Annotated[str, typer.Option(help="why")] = "",
    source: Source = "/people/dataset",
    *,
    as_json: Json = False,
) -> None:
    """Decide on the next version: the parent's rows under these batches, by a recipe.

    Without a batch it is the parent by another recipe, or without what was erased since. It is
    built as soon as all batches are released; `show` and `list` say whether it is there.
    """
    from aidataops.events.lineage import VersionRequested

    dataset, number = reference(parent)
    event = VersionRequested(
        **signed(person), dataset=dataset, project=project, parent_version=number,
        batch_ids=tuple(batch or ()), recipe=_recipe(recipe), reason=reason,
    )  # fmt: skip
    send(event, gateway=gateway, api_key=api_key, source=source)
    answer = {"decision_id": event.decision_id, "version": f"{dataset}@{number + 1}"}
    show(answer, ("decided", [answer]), as_json=as_json)


@app.command("list", epilog=EXIT_CODES)
def list_command(
    dataset: Annotated[str | None, typer.Argument(help="default: every dataset")] = None,
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """Every version: its size, its hash, its parents; and which should be succeeded.

    Those hold rows that were erased since. `publish NAME@N` decides on a next one without them.
    """
    path = "/datasets" if dataset is None else f"/datasets/{dataset}/versions"
    answer = ask(url, path)
    proposals = ask(url, "/proposals", dataset=dataset)
    for row in answer:
        row["proposals"] = [
            each
            for each in proposals
            if (each["dataset"], each["parent_version"]) == (row["dataset"], row["version"])
        ]
    rows = [
        {"version": row["version_id"], "items": row["items"], "origin": row["origin"],
         "hash": row["hash"][:16], "batches": row["batch_ids"], "parents": _names(row["parents"])}
        for row in answer
    ]  # fmt: skip
    show(answer, ("versions", rows), ("proposed successors", proposals), as_json=as_json)


@app.command("show", epilog=EXIT_CODES)
def show_command(
    version: Version,
    by: Annotated[
        str,
        typer.Option(
            help="composition by cohort, vendor, pool, guideline, batch, source, annotator, or an"
            " attribute of the slices"
        ),
    ] = "cohort",
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """A version: what it is, what it is made of, what is wrong behind it."""
    dataset, number = reference(version)
    path = f"/datasets/{dataset}/versions/{number}"
    answer = ask(url, path)
    answer["composition"] = ask(url, f"{path}/composition", by=by)
    flags = ask(url, "/flags", dataset=dataset)
    answer["flags"] = [each for each in flags if each["version_id"] == version]
    facts = {"hash": answer["hash"], "items": answer["items"], "origin": answer["origin"],
             "parents": _names(answer["parents"]), "decision": answer["decision_id"]}  # fmt: skip
    show(answer, (version, [facts]), (f"by {by}", answer["composition"]),
         ("flags", answer["flags"]), as_json=as_json)  # fmt: skip


@app.command(epilog=EXIT_CODES)
def diff(
    before: Version,
    after: Version,
    slices: Annotated[
        list[str] | None,
        typer.Option("--slice", metavar="ATTRIBUTE=VALUE", help="only this slice; repeat it"),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="rows to list of each kind")] = 20,
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """What was added, removed and relabelled: how much, by whom, under which guideline."""
    (dataset, earlier), (other, later) = reference(before), reference(after)
    if dataset != other:
        raise typer.BadParameter(f"{before} and {after} are versions of different datasets")
    query: dict[str, Any] = {"before": earlier, "after": later, "limit": limit}
    answer = ask(url, f"/datasets/{dataset}/diff", **query, slice=slices or [])
    parts = [("items", [answer["counts"]])]
    for name in ("added", "removed", "relabelled"):
        parts += [(f"{name} by cohort", answer["cohorts"][name]), (name, answer["rows"][name])]
    show(answer, *parts, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def verify(version: Version, url: Url = None, *, as_json: Json = False) -> None:
    """Compute a version's hash again from its rows; exit code 1 when it is another one."""
    dataset, number = reference(version)
    answer = ask(url, f"/datasets/{dataset}/versions/{number}/verification")
    show(answer, (version, [answer]), as_json=as_json)
    if not answer["verified"]:
        raise typer.Exit(EXIT_WRONG)


def _recipe(path: Path | None) -> Any:
    from pydantic import ValidationError

    from aidataops.events.lineage import Recipe

    if path is None:
        return Recipe()
    try:
        return Recipe.model_validate_json(path.read_bytes())
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        place = ".".join(map(str, wrong["loc"])) or "the file"
        found = json.dumps(wrong["input"], default=str)[:100]
        raise typer.BadParameter(f"{path}: {place}: {wrong['msg']}; found {found}") from error


def _names(parents: list[dict[str, Any]]) -> list[str]:
    return [f"{parent['dataset']}@{parent['version']}" for parent in parents]
