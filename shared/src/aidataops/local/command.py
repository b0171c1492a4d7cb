"""`aidataops up`: the whole environment on this machine until Ctrl-C."""

from __future__ import annotations

import asyncio
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aidataops.errors import AidataopsError
from aidataops.local.environment import Environment
from aidataops.local.kafka import ApacheKafka, BrokerProcess, EmbeddedKafka
from aidataops.local.postgres import EmbeddedPostgres
from aidataops.local.services import all_services, with_first_key
from aidataops.local.supervisor import Supervisor

DEFAULT_DIRECTORY = Path(".aidataops")
KEY_FILE = "api.key"


class KafkaChoice(StrEnum):
    """Which broker `up` runs."""

    EMBEDDED = "embedded"
    APACHE = "apache"


def up(
    kafka: Annotated[
        KafkaChoice,
        typer.Option(
            help="embedded: ready at once, forgets its events when stopped. "
            "apache: Apache Kafka, keeps them, needs Java 17 and Maven."
        ),
    ] = KafkaChoice.EMBEDDED,
    directory: Annotated[
        Path, typer.Option(help="Where data, logs and supervisor.json are kept.")
    ] = DEFAULT_DIRECTORY,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document when ready, for machines.")
    ] = False,
) -> None:
    """Run Kafka, Postgres and all services on this machine until Ctrl-C.

    Everything listens on 127.0.0.1 only, without passwords. What dies is restarted.

    Run it again with the same directory to go on with the same data.

    The exit code is 1 when something could not be started, and 0 after Ctrl-C.
    """
    supervisor = local_supervisor(directory, kafka)
    progress = Console(stderr=as_json)
    try:
        asyncio.run(
            supervisor.run(
                lambda sentence: progress.print(f"[dim]•[/dim] {escape(sentence)}"),
                lambda: show_environment(supervisor.environment(), as_json=as_json),
            )
        )
    except AidataopsError as error:
        Console(stderr=True).print(f"[red]{escape(str(error))}[/red]")
        raise typer.Exit(1) from error


def local_supervisor(
    directory: Path, kafka: KafkaChoice = KafkaChoice.EMBEDDED, *, fixed_ports: bool = True
) -> Supervisor:
    """All services with a broker and a Postgres below the directory, not started."""
    brokers: dict[KafkaChoice, type[BrokerProcess]] = {
        KafkaChoice.EMBEDDED: EmbeddedKafka,
        KafkaChoice.APACHE: ApacheKafka,
    }
    return Supervisor(
        directory,
        with_first_key(all_services(fixed_ports=fixed_ports), first_key(directory)),
        kafka=brokers[kafka](directory / "kafka"),
        postgres=EmbeddedPostgres(directory / "postgres"),
    )


def first_key(directory: Path) -> str:
    """The API key of this environment, made at the first start and readable by its owner alone."""
    path = directory / KEY_FILE
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"aido_{secrets.token_urlsafe(32)}\n")
    return path.read_text().strip()


def show_environment(environment: Environment, *, as_json: bool) -> None:
    """Print where everything answers: a table for people, the state file's JSON for machines."""
    if as_json:
        typer.echo(environment.as_json(), nl=False)
        return
    table = Table("service", "address", box=None, pad_edge=False)
    for name, service in environment.services.items():
        table.add_row(name, service.url)
    table.add_row(environment.kafka_name, environment.kafka_bootstrap)
    table.add_row("postgres", environment.admin_url)
    console = Console()
    console.print(table)
    if "gateway" in environment.services:
        console.print("To publish, in another terminal:", style="bold")
        console.print(
            f"export AIDATAOPS_GATEWAY_URL={environment.url('gateway')} "
            f"AIDATAOPS_API_KEY=$(cat {escape(str(environment.directory / KEY_FILE))})",
            soft_wrap=True,
        )
    console.print(f"Logs are in {escape(str(environment.directory / 'logs'))}. Ctrl-C stops.")
