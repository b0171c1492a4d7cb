"""What projects label, and what they are held to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations

from aidataops.database import Connection, Queries
from aidataops.events.annotation import GuidelineProposed
from qa.domain.agreement.measure import Schema
from qa.domain.gate import Standard
from qa.domain.measuring import Program
from qa.store.decisions import DecisionStore
from qa.store.rows import columns

_QUERIES = Queries.load("qa")


async def add_sections(connection: Connection, drafts: Sequence[GuidelineProposed]) -> set[str]:
    """Keep which section tells which values apart; returns the projects that have new ones."""
    rows = sorted(
        {
            (draft.project, draft.guideline_version, *pair, section.section)
            for draft in drafts
            for section in draft.sections
            for values in section.confusions
            for pair in combinations(sorted(set(values)), 2)
        }
    )
    added = await connection.fetch(_QUERIES["add_sections"], *columns(rows, 5))
    return {row["project"] for row in added}


async def list_programs(connection: Connection, projects: Collection[str]) -> dict[str, Program]:
    """Project → its program, of those that are defined."""
    standards = await DecisionStore(connection).list_standards(projects)
    sections: dict[str, dict[tuple[str, str, str], str]] = {project: {} for project in projects}
    for project, *pair, section in await connection.fetch(
        _QUERIES["list_sections"], list(projects)
    ):
        sections[project][tuple(pair)] = section
    rows = await connection.fetch(_QUERIES["list_programs"], list(projects))
    return {
        row["project"]: Program(
            row["project"],
            Schema(row["kind"], tuple(row["categories"])),
            standards.get((row["project"], "agreement_floor"), Standard(row["agreement_floor"])),
            sections[row["project"]],
        )
        for row in rows
    }
