"""A version is read whole, in one order, with what stands behind each row."""

from __future__ import annotations

from collections.abc import Mapping

from aidataops.events import Payload
from aidataops.testing import ServiceHarness
from lineage.app import create_app
from lineage.domain.provenance import ProvenRow
from lineage.store import VersionReader

Story = Mapping[str, Payload]


async def rows_of(lineage: ServiceHarness, version_id: str, page: int) -> list[ProvenRow]:
    async with lineage.application.pool.acquire() as connection:
        return [row async for row in VersionReader(connection).rows(version_id, page=page)]


async def test_every_row_says_where_it_comes_from(database: str, story: Story) -> None:
    async with ServiceHarness.start(create_app(), database) as lineage:
        await lineage.deliver(*story.values())
        rows = await rows_of(lineage, "support@2", page=1)
        assert [row.item_id for row in rows] == ["i-1", "i-2", "i-3", "i-9"]
        legacy, relabelled = rows[0], rows[1]
        assert (legacy.text, legacy.licence) == ("¿Puedo devolverlo?", "CC-BY-4.0")
        assert [source.source_id for source in legacy.sources] == ["s-old"]
        assert (legacy.release_id, legacy.quality, legacy.annotators) == (None, None, ())
        assert legacy.guidelines == ("support/0.9.0",)
        assert relabelled.annotators == ("acme-labels/acme-1", "acme-labels/acme-2")
        assert relabelled.guidelines == ("support/1.0.0",)
        assert relabelled.release_id == "b-1#1"
        assert relabelled.quality is not None
        assert relabelled.quality["agreement"]["value"] == 0.8
        assert relabelled.quality["checks"][0]["verdict"] == "passed"
        assert await rows_of(lineage, "support@2", page=1000) == rows


async def test_summary_is_that_of_sealed_versions_only(database: str, story: Story) -> None:
    async with ServiceHarness.start(create_app(), database) as lineage:
        await lineage.deliver(story["chunk 0"])
        async with lineage.application.pool.acquire() as connection:
            reader = VersionReader(connection)
            assert await reader.summary("support@1") is None
            await lineage.deliver(story["chunk 1"])
            summary = await reader.summary("support@1")
            assert summary is not None
            assert (summary.items, summary.origin, len(summary.hash)) == (3, "registered", 64)
            assert await reader.summaries() == [summary]
