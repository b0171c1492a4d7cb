"""What projects label, and what they are held to."""

from __future__ import annotations

from collections.abc import Collection

from aidataops.database import Connection, Queries
from qa.domain.agreement.measure import Schema
from qa.domain.gate import Standard
from qa.domain.measuring import Program
from qa.store.decisions import DecisionStore

_QUERIES = Queries.load("qa")


async def list_programs(connection: Connection, projects: Collection[str]) -> dict[str, Program]:
    """Project → its program, of those that are defined."""
    standards = await DecisionStore(connection).list_standards(projects)
    rows = await connection.fetch(_QUERIES["list_programs"], list(projects))
    return {
        row["project"]: Program(
            row["project"],
            Schema(row["kind"], tuple(row["categories"])),
            standards.get((row["project"], "agreement_floor"), Standard(row["agreement_floor"])),
        )
        for row in rows
    }
