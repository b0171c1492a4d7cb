"""The command line: ``aidataops --help`` teaches it.

Commands that need the services' runtime or the local servers import them when they run, so that a
harness which only publishes starts fast and installs little.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Literal, NoReturn, Union, get_args, get_origin

import typer
from rich.console import Console
from rich.markup import escape

from aidataops.client.command import app as publish
from aidataops.client.events import app as events
from aidataops.client.sourcing import benchmark, coverage, items, sources
from aidataops.errors import AidataopsError

app = typer.Typer(
    name="aidataops",
    help="AI data operations: from a failing evaluation to a verified data fix.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.add_typer(publish, name="publish", help="Publish an eval harness's results.")
app.add_typer(events, name="events", help="Any event of people and pipelines, from a file.")
app.add_typer(items, name="items", help="Items: import files of them, release one from quarantine.")
app.add_typer(sources, name="sources", help="Sources: decide about one.")
app.add_typer(benchmark, name="benchmark", help="Evaluation sets: keep them out of the data.")
app.add_typer(coverage, name="coverage", help="Say what production looks like.")

topics = typer.Typer(no_args_is_help=True)
app.add_typer(topics, name="topics", help="Kafka topics.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Kafka = Literal["embedded", "apache"]


@app.command()
def demo(
    *,
    as_json: Json = False,
    keep: Annotated[bool, typer.Option(help="Leave everything running until Ctrl-C.")] = False,
    kafka: Annotated[
        Kafka, typer.Option(help="embedded, or apache (needs Java 17 and Maven)")
    ] = "embedded",
    directory: Annotated[
        Path | None, typer.Option(help="Where data and logs go; default: a temporary directory.")
    ] = None,
) -> None:
    """Play the whole story on this machine: a regression, its data fix, the proof.

    Needs nothing but Python. The people and the training are played; everything else is what the
    services do. The exit code is 0 when the fix was verified.
    """
    with _explained("local"):
        from aidataops.local.demo.command import demo as play
    play(as_json=as_json, keep=keep, kafka=kafka, directory=directory)


@app.command()
def up(
    kafka: Annotated[
        Kafka,
        typer.Option(
            help="embedded: ready at once, forgets its events when stopped. "
            "apache: Apache Kafka, keeps them, needs Java 17 and Maven."
        ),
    ] = "embedded",
    directory: Annotated[
        Path, typer.Option(help="Where data, logs and supervisor.json are kept.")
    ] = Path(".aidataops"),
    *,
    as_json: Json = False,
) -> None:
    """Run Kafka, Postgres and all services on this machine until Ctrl-C.

    Everything listens on 127.0.0.1 only, without passwords. What dies is restarted. Run it again
    with the same directory to go on with the same data.
    """
    with _explained("local"):
        from aidataops.local.command import KafkaChoice
        from aidataops.local.command import up as run
    run(KafkaChoice(kafka), directory, as_json=as_json)


@app.command()
def migrate(
    services: Annotated[
        list[str] | None, typer.Argument(help="Services to provision; default: all installed.")
    ] = None,
    database_url: Annotated[
        str,
        typer.Option(envvar="AIDATAOPS_ADMIN_DATABASE_URL", help="The owner of schemas and tables"),
    ] = "postgresql://postgres@127.0.0.1:5432/aidataops",
    password: Annotated[
        str | None,
        typer.Option(envvar="AIDATAOPS_DATABASE_PASSWORD", help="Password of the services' roles"),
    ] = None,
) -> None:
    """Bring every service's schema, role and tables up to date. Safe to run again."""
    with _explained("service"):
        from aidataops.database.migrate import provision
        from aidataops.local.database import explained
        from aidataops.services import package_of, service_names

        async def run() -> None:
            for name in services or service_names():
                await provision(database_url, name, package_of(name), password=password)
                typer.echo(f"{name}: up to date")

        with explained(database_url, "AIDATAOPS_ADMIN_DATABASE_URL"):
            asyncio.run(run())


@topics.command("create")
def topics_create(
    partitions: Annotated[int, typer.Option(min=1, help="Partitions of each new topic")] = 6,
) -> None:
    """Create every missing topic and dead-letter topic; Kafka's address comes from the settings."""
    with _explained("service"):
        from aiokafka.errors import KafkaConnectionError

        from aidataops.messaging.topics import create_topics
        from aidataops.services import service_names
        from aidataops.settings import KafkaSettings

        kafka = KafkaSettings()
        creating = create_topics(
            kafka.kafka_bootstrap,
            prefix=kafka.topic_prefix,
            partitions=partitions,
            services=service_names(),
            settings=kafka,
        )
        try:
            created = asyncio.run(creating)
        except KafkaConnectionError as error:
            address = kafka.kafka_bootstrap
            _fail(f"no Kafka answers at {address}: is AIDATAOPS_KAFKA_BOOTSTRAP right?", error)
    for name in created:
        typer.echo(f"{name}: created")
    typer.echo(f"{len(created)} topics created, the others were there")


@app.command()
def settings(*, as_json: Json = False) -> None:
    """List every setting of the services: variable, type, default, meaning."""
    with _explained("service"):
        from aidataops.services import all_settings
    rows = [
        {
            "variable": f"{kind.model_config['env_prefix']}{name}".upper(),
            "type": _type_name(field.annotation),
            "default": None if field.default is None else str(field.default),
            "meaning": field.description or "",
        }
        for kind in all_settings()
        for name, field in kind.model_fields.items()
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        typer.echo(
            f"{row['variable']}={row['default'] or ''}  ({row['type']})\n    {row['meaning']}"
        )
    typer.echo("Tracing follows the standard OTEL_* variables.")


@app.command()
def asyncapi(
    service: Annotated[str, typer.Argument(help="The service")],
) -> None:
    """Print a service's AsyncAPI 3.0 document, generated from its code."""
    with _explained("service"):
        from aidataops.services import load_service

        document = load_service(service).asyncapi()
    typer.echo(json.dumps(document, indent=2))


def _type_name(annotation: object) -> str:
    if annotation is NoneType:
        return "None"
    if get_origin(annotation) in (Union, UnionType):
        return " | ".join(_type_name(each) for each in get_args(annotation))
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation.__name__
    return str(annotation).replace("typing.", "")


@contextmanager
def _explained(extra: Literal["local", "service"]) -> Iterator[None]:
    """Turn errors that a person can do something about into one sentence and exit code 1."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("aidataops"):
            raise
        _fail(f"{error.name} is not installed: pip install 'aidataops[{extra}]'", error)
    except (AidataopsError, OSError) as error:
        _fail(str(error), error)
    except Exception as error:
        if type(error).__module__.startswith(("asyncpg", "aiokafka", "pydantic")):
            _fail(f"{type(error).__name__}: {error}", error)
        raise


def _fail(sentence: str, cause: BaseException) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(f"[red]{escape(sentence)}[/red]")
    raise typer.Exit(1) from cause


def main() -> None:
    """The entry point; an installed service may bring commands (group ``aidataops.commands``)."""
    for entry in sorted(entry_points(group="aidataops.commands"), key=lambda one: one.name):
        commands: typer.Typer = entry.load()
        app.add_typer(commands, name=entry.name)
    try:
        from aidataops.messaging.command import app as dlq
    except ModuleNotFoundError:
        pass
    else:
        app.add_typer(dlq, name="dlq", help="Dead letters: list, show, replay.")
    app(prog_name=Path(sys.argv[0]).name)


if __name__ == "__main__":
    main()
