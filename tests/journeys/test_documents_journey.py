"""Row 28 of the mission: a version leaves with its data and its papers, each in a standard."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlcroissant
import pytest
from aiokafka import AIOKafkaConsumer
from jsonschema import Draft202012Validator

from aidataops.events.evaluation import DatasetReference
from aidataops.events.lineage import VersionRegistered, VersionRow
from aidataops.events.sourcing import Provenance, SourceRegistered
from aidataops.events.training import TrainingRunCompleted
from aidataops.testing.harness import url_of

from .stories import SLICES, labelling
from .world import World, eventually

TOPIC = "openlineage-events"
OPENLINEAGE = (
    Path(__file__).parents[2] / "services/lineage/tests/fixtures/openlineage/OpenLineage.json"
)


async def dataset(world: World, *arguments: str, **environment: str) -> str:
    """Run ``aidataops dataset`` as a person would, with lineage's own role."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "aidataops.cli", "dataset", *arguments,
        env=os.environ | {"AIDATAOPS_DATABASE_URL": url_of(world.admin_url, "lineage")}
        | environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return said.decode()


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
async def test_version_leaves_with_its_data_and_papers(
    world: World, project: str, tmp_path: Path
) -> None:
    version = DatasetReference(dataset=project, version=1)
    rows = tuple(
        VersionRow(
            item_id=f"{project}-{name}", value="correct", cohort="v/p/1.0.0/b", slices=SLICES
        )
        for name in ("a", "b")
    )
    await world.produce(
        world.encode(VersionRegistered(dataset=project, version=1, project=project, rows=rows)),
        *(world.encode(event) for event in labelling(project, "a", "b")),
        world.encode(SourceRegistered(
            source_id=f"{project}-faq", project=project, name="FAQ", kind="crawl",
            provenance=Provenance(origin="help pages", method="crawler", licence="CC0-1.0"),
        )),
        world.encode(TrainingRunCompleted(
            training_run_id=f"{project}-run", project=project, model=f"{project}-model",
            datasets=(version,), recipe="r1", completed_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
        )),
    )  # fmt: skip
    path = f"/datasets/{project}/versions/1"
    await eventually(lambda: world.get("lineage", path), "the version is registered")
    await world.quiet("lineage")
    name = f"{project}@1"

    to = ("--shape", "domain", "--to", str(tmp_path), "--json")
    told = json.loads(await dataset(world, "export", name, *to))
    file = tmp_path / told["file"]
    assert told["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert told["hash"] == (await world.get("lineage", path))["hash"]
    assert told["rows"] == told["items"] == 2

    papers = ("card", name, "--format")
    manifest = f"{file}.manifest"
    croissant = tmp_path / "croissant.json"
    croissant.write_text(await dataset(world, *papers, "croissant", "--export", manifest))
    described = mlcroissant.Dataset(jsonld=str(croissant))
    assert [one["domain/text"] for one in described.records("domain")] == [
        "¿a?".encode(),
        "¿b?".encode(),
    ]

    card = await dataset(world, *papers, "md")
    assert card == await world.text("lineage", f"{path}/card?format=md")
    crawled = "| Art. 53(1)(d) 2.3 | Crawled and scraped from online sources |"
    assert f"{crawled} {project}-faq (FAQ, crawl" in card
    assert "| Art. 10(2)(g) | Measures against biases | gap: " in card

    await send_and_check(world, name, project, tmp_path)


async def send_and_check(world: World, name: str, project: str, directory: Path) -> None:
    """The run events over OpenLineage's own Kafka transport."""
    configuration = directory / "openlineage.yml"
    transport: dict[str, Any] = {
        "type": "kafka",
        "topic": world.prefix + TOPIC,
        "config": {"bootstrap.servers": world.kafka.bootstrap},
        "flush": True,
    }
    configuration.write_text(json.dumps({"transport": transport}))
    async with world._admin() as admin:
        from aiokafka.admin import NewTopic

        await admin.create_topics([NewTopic(world.prefix + TOPIC, 1, 1)])
    sent = await dataset(
        world, "card", name, "--format", "openlineage", "--send",
        OPENLINEAGE_CONFIG=str(configuration),
    )  # fmt: skip
    assert sent == "4 events sent\n"
    consumer = AIOKafkaConsumer(
        world.prefix + TOPIC,
        bootstrap_servers=world.kafka.bootstrap,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        events = [
            json.loads((await asyncio.wait_for(consumer.getone(), 10)).value) for _ in range(4)
        ]
    finally:
        await consumer.stop()
    assert [(one["job"]["name"], one["eventType"]) for one in events] == [
        (f"build {project}", "START"), (f"build {project}", "COMPLETE"),
        (f"train {project}-model", "START"), (f"train {project}-model", "COMPLETE"),
    ]  # fmt: skip
    assert events[3]["inputs"][0]["facets"]["version"]["datasetVersion"] == "1"
    schema = json.loads(OPENLINEAGE.read_text())
    for event in events:
        Draft202012Validator(schema).validate(event)
        assert event["schemaURL"].startswith(schema["$id"])
