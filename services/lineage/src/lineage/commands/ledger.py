"""``aidataops ledger``: verify the governance ledger, anchor its head, read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from aidataops.client.asking import EXIT_CODES, EXIT_WRONG, Json, fail, show
from aidataops.client.options import EXIT_UNREACHABLE
from lineage.commands.asking import Url, ask

app = typer.Typer(
    help="The governance ledger: verify, anchor, show.",
    no_args_is_help=True, rich_markup_mode=None,
)  # fmt: skip

_PAGE = 1000
Anchors = Annotated[
    Path | None, typer.Option("--anchors", help="file of anchors, one JSON object a line")
]


@app.command(epilog=EXIT_CODES)
def verify(
    anchors: Anchors = None,
    bootstrap: Annotated[
        str | None, typer.Option(help="read the anchors on this Kafka too (host:port)")
    ] = None,
    topic_prefix: Annotated[
        str, typer.Option(envvar="AIDATAOPS_TOPIC_PREFIX", help="with --bootstrap")
    ] = "",
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """Compute every hash again, and hold the ledger against its anchors.

    An edit, a deletion in the middle and another order are found by the chain itself; a cut tail
    and a ledger that was chained anew are found by an anchor alone: without --anchors or
    --bootstrap nothing is said about those.
    """
    from lineage.domain.ledger import Verification

    known = [*_from_file(anchors), *_from_kafka(bootstrap, topic_prefix)]
    verification = Verification(known)
    for page in _pages(url):
        verification.check(page)
    faults = [
        {"kind": fault.kind, "entry": fault.entry, "what": fault.sentence}
        for fault in verification.finish()
    ]
    answer = {"verified": not faults, "entries": verification.entries, "head": verification.head,
              "anchors": len(known), "faults": faults}  # fmt: skip
    facts = {name: value for name, value in answer.items() if name != "faults"}
    show(answer, ("ledger", [facts]), ("faults", faults), as_json=as_json)
    if faults:
        raise typer.Exit(EXIT_WRONG)


@app.command(epilog=EXIT_CODES)
def anchor(
    file: Annotated[Path, typer.Argument(help="where to keep it; better on another machine")],
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """Write the ledger's head down outside the ledger: appends a line to a file."""
    head = ask(url, "/ledger/head")
    if head["entries"] == 0:
        fail("the ledger is empty: there is nothing to anchor", EXIT_WRONG)
    try:
        with file.open("a") as anchors:
            anchors.write(json.dumps(head) + "\n")
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="file") from error
    show(head, ("anchored", [head]), as_json=as_json)


@app.command("show", epilog=EXIT_CODES)
def show_command(
    after: Annotated[int, typer.Option(min=0, help="entries after this one")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=_PAGE, help="at most so many")] = 50,
    url: Url = None,
    *,
    as_json: Json = False,
) -> None:
    """Read the ledger."""
    answer = ask(url, "/ledger", after=after, limit=limit)
    rows = [
        {"entry": row["entry"], "recorded": row["recorded_at"], "type": row["source_type"],
         "subject": row["subject"], "content": row["content"]}
        for row in answer
    ]  # fmt: skip
    show(answer, ("ledger", rows), as_json=as_json)


def _pages(url: str | None) -> Iterator[list[Any]]:
    from lineage.domain.ledger import Entry

    last = 0
    while rows := ask(url, "/ledger", after=last, limit=_PAGE):
        yield [
            Entry(**{
                **row,
                "hash": bytes.fromhex(row["hash"]),
                "occurred_at": datetime.fromisoformat(row["occurred_at"]),
                "recorded_at": datetime.fromisoformat(row["recorded_at"]),
            })
            for row in rows
        ]  # fmt: skip
        if (highest := max(row["entry"] for row in rows)) <= last:
            fail("the ledger does not go on: lineage answers the same entries again", EXIT_WRONG)
        last = highest


def _from_file(path: Path | None) -> list[Any]:
    from lineage.domain.ledger import Anchor

    if path is None:
        return []
    try:
        return [Anchor(**json.loads(line)) for line in path.read_text().splitlines() if line]
    except (OSError, ValueError, TypeError) as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint="--anchors") from error


def _from_kafka(bootstrap: str | None, prefix: str) -> list[Any]:
    import asyncio

    from aiokafka.errors import KafkaError

    from lineage.commands.anchors import read_anchors

    if bootstrap is None:
        return []
    try:
        return asyncio.run(read_anchors(bootstrap, prefix))
    except KafkaError as error:
        fail(f"no Kafka answers at {bootstrap} (--bootstrap): {error}", EXIT_UNREACHABLE)
