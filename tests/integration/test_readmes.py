"""Each service's README against its code: events consumed, events emitted, tables owned."""

from __future__ import annotations

import re
from pathlib import Path

import asyncpg
import pytest

from aidataops.database.migrate import RUNTIME, provision, schema_of
from aidataops.services import load_service, package_of, service_names

SERVICES = Path(__file__).parents[2] / "services"
FIRST_CELL = re.compile(r"^\| `([^`]+)`")
RULER = re.compile(r"^\|( *:?-+:? *\|)+$")

every_service = pytest.mark.parametrize("service", service_names())


def first_column(readme: str, heading: str) -> list[str]:
    """The names in backticks in the first column of the table under a heading.

    Raises ``AssertionError`` when the heading, or a table right under it, is missing.
    """
    parts = re.split(rf"^## {re.escape(heading)}$", readme, flags=re.MULTILINE)
    assert len(parts) == 2, f"there is not exactly one heading '## {heading}'"
    section = re.split(r"^#{1,2} ", parts[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line.strip() for line in section.splitlines() if line.startswith("|")]
    assert len(lines) >= 2, f"no table under '## {heading}'"
    assert RULER.match(lines[1]), f"no table under '## {heading}'"
    cells = [FIRST_CELL.match(line) for line in lines[2:]]
    assert all(cells), f"a row under '## {heading}' does not begin with a name in backticks"
    return [cell[1] for cell in cells if cell]


@every_service
def test_readme_lists_the_events_consumed(service: str) -> None:
    listed = first_column(_readme(service), "Events consumed")
    assert sorted(listed) == sorted(load_service(service).handlers.payloads)


@every_service
def test_readme_lists_the_events_emitted(service: str) -> None:
    listed = first_column(_readme(service), "Events emitted")
    assert sorted(listed) == sorted(payload.type for payload in load_service(service).emits)


@every_service
async def test_readme_lists_the_tables_owned(service: str, database: str) -> None:
    await provision(database, service, package_of(service))
    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = $1", schema_of(service)
        )
    finally:
        await connection.close()
    owned = {row["tablename"] for row in rows} - _tables_of_the_runtime()
    assert sorted(first_column(_readme(service), "Tables owned")) == sorted(owned)


@every_service
def test_no_event_is_handled_or_emitted_twice_in_a_list(service: str) -> None:
    emits = load_service(service).emits
    assert len(emits) == len(set(emits))


def test_reader_of_tables_sees_rows_and_only_those_of_its_section() -> None:
    readme = "# x\n\n## A\n\nWords.\n\n| t | w |\n| --- | --- |\n| `one` | |\n\n## B\n\n| `two` |\n"
    assert first_column(readme, "A") == ["one"]
    with pytest.raises(AssertionError, match="no table"):
        first_column(readme, "B")
    with pytest.raises(AssertionError, match="heading"):
        first_column(readme, "C")


def _readme(service: str) -> str:
    return (SERVICES / service / "README.md").read_text("utf-8")


def _tables_of_the_runtime() -> set[str]:
    created = re.compile(r"^CREATE TABLE (\w+)", re.MULTILINE)
    named = {name for path in RUNTIME.glob("*.sql") for name in created.findall(path.read_text())}
    return {*named, "schema_migrations"}
