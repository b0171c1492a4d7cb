"""A version's documents pass their standards' own validators and make nothing up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import mlcroissant
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from prov.model import ProvDocument
from referencing import Registry, Resource

from aidataops.events import Payload
from aidataops.events.sourcing import SourceSuspended
from aidataops.testing import ServiceHarness
from lineage.app import create_app
from lineage.documents.evidence import (
    Evidence,
    Flag,
    Guideline,
    Release,
    Remediation,
    Share,
    Source,
)
from lineage.documents.gathering import gather
from lineage.documents.regulation import article_10, article_53
from lineage.documents.writing import STANDARDS, write
from lineage.domain.provenance import VersionSummary
from lineage.exports.exporting import Order, export
from lineage.exports.target import Target

pytestmark = [  # how mlcroissant uses rdflib and pandas
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning"),
]

Story = Mapping[str, Payload]


def summary(name: str = "support", items: int = 0) -> VersionSummary:
    return VersionSummary(
        version_id=f"{name}@2", dataset=name, version=2, project="support", origin="registered",
        hash="ab" * 32, items=items, parents=(), batch_ids=(), remediation_ids=(), decision_id=None,
    )  # fmt: skip


async def gathered(lineage: ServiceHarness, version_id: str = "support@2") -> Evidence:
    async with lineage.application.pool.acquire() as connection:
        evidence = await gather(connection, version_id)
    assert evidence is not None
    return evidence


def croissant(text: str, path: Path) -> mlcroissant.Dataset:
    path.write_text(text)
    return mlcroissant.Dataset(jsonld=str(path))


def prov(text: str) -> ProvDocument:
    document = ProvDocument.deserialize(content=text, format="json")
    again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
    assert document == again
    return document


def check_run_events(events: list[dict[str, Any]]) -> set[str]:
    """The events pass OpenLineage's own schema, and their facets those that are here; returns which
    facets had one.
    """
    for event in events:
        SCHEMAS[event["schemaURL"]].validate(event)
        assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
    datasets = [one for event in events for one in (*event["inputs"], *event["outputs"])]
    assert all(one["namespace"] and one["name"] for one in datasets)
    owners = [*datasets, *(event["run"] for event in events), *(event["job"] for event in events)]
    facets = {
        name: facet
        for owner in owners
        for part in ("facets", "inputFacets", "outputFacets")
        for name, facet in owner.get(part, {}).items()
    }
    for facet in facets.values():
        assert facet["_schemaURL"].startswith("https://openlineage.io/spec/facets/")
        assert facet["_producer"] == "urn:aidataops:lineage"
    checked = {name for name, facet in facets.items() if facet["_schemaURL"] in SCHEMAS}
    for name in checked:
        SCHEMAS[facets[name]["_schemaURL"]].validate({name: facets[name]})
    return checked


def openlineage_schemas() -> dict[str, Draft202012Validator]:
    """Validators of run events, and of objects that hold one facet, by their address."""
    read = [json.loads(path.read_text()) for path in FIXTURES.rglob("*.json")]
    registry = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in read
    )
    addresses = {
        f"{schema['$id']}#/$defs/{name}": schema for schema in read for name in schema["$defs"]
    }
    return {
        address: Draft202012Validator(
            {"$ref": address} if address.endswith("Event") else schema,
            registry=registry,
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        for address, schema in addresses.items()
    }


FIXTURES = Path(__file__).parent / "fixtures" / "openlineage"
SCHEMAS = openlineage_schemas()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("run", "runId"), "run-1"),
        (("eventType",), "DONE"),
        (("producer",), None),
        (("job", "name"), None),
        (("outputs", 0, "outputFacets", "outputStatistics", "rowCount"), "four"),
        (("outputs", 0, "facets", "schema", "fields", 0, "name"), None),
    ],
)
def test_run_event_that_is_wrong_does_not_pass(path: tuple[Any, ...], value: object) -> None:
    events = json.loads(write(Evidence(summary()), "openlineage"))
    *parents, last = path
    place = events[0]
    for step in parents:
        place = place[step]
    assert last in place
    place[last] = value
    with pytest.raises(ValidationError):
        check_run_events(events[:1])


async def test_card_says_what_is_wrong_behind_the_version(database: str, story: Story) -> None:
    async with ServiceHarness.start(create_app(), database) as lineage:
        suspended = SourceSuspended(source_id="s-old", project="support", reason="consent revoked")
        await lineage.deliver(*story.values(), suspended)
        card = write(await gathered(lineage), "md")
    assert "| source\\_suspended | s-old | 3 |" in card
    assert "| s-old | 3 | Tickets |" in card
    assert "| none | suspended |" in card


async def test_documents_of_a_version_pass_and_stay_the_same(
    database: str, story: Story, tmp_path: Path
) -> None:
    async with ServiceHarness.start(create_app(), database) as lineage:
        await lineage.deliver(*list(story.values())[::-1])
        evidence = await gathered(lineage)
        assert await gathered(lineage) == evidence
        texts = {name: write(evidence, name) for name in STANDARDS}
        async with lineage.application.pool.acquire() as connection:
            target = Target.at(str(tmp_path))
            manifests = [
                await export(connection, order, target)
                for order in (
                    Order("support@2", "domain", "jsonl"),
                    Order("support@2", "chat", "parquet"),
                )
            ]

    assert [(one.source_id, one.items) for one in evidence.sources] == [("s-old", 3), ("s-new", 1)]
    assert evidence.licences == (Share("CC-BY-4.0", 4),)
    assert (evidence.annotators, evidence.unsourced, evidence.unreleased) == (2, 0, 2)
    assert [run.model for run in evidence.trainings] == ["acme/assistant-v3"]
    assert evidence.remediations == (
        Remediation("m-1", evidence.remediations[0].requested, "verified"),
    )

    for manifest in manifests:
        whole = write(evidence, "croissant", manifest=manifest)
        described = croissant(whole, tmp_path / "croissant.json")
        assert not described.metadata.ctx.issues.errors
        assert not described.metadata.ctx.issues.warnings
        records = list(described.records(manifest.shape))
        names = [record[f"{manifest.shape}/item_id"] for record in records]
        assert names == [b"i-1", b"i-2", b"i-3", b"i-9"]
        slices = records[1][f"{manifest.shape}/slices"]
        assert slices[f"{manifest.shape}/slices/language"] == b"es"
    assert [turn["chat/messages/content"] for turn in records[1]["chat/messages"]] == [
        "¿Puedo devolverlo?".encode(), b"incorrect",
    ]  # fmt: skip

    document = prov(texts["prov"])
    named = {str(record.identifier) for record in document.get_records()}
    assert {
        "aidataops:dataset_version:support@1",
        "aidataops:source:s-old",
        "aidataops:vendor:acme-labels",
        "aidataops:model:acme%2Fassistant-v3",
    } <= named

    events = json.loads(texts["openlineage"])
    assert check_run_events(events) == {
        "inputStatistics", "outputStatistics", "schema",
    }  # fmt: skip
    assert [(one["job"]["name"], one["eventType"]) for one in events] == [
        ("build support", "START"), ("build support", "COMPLETE"),
        ("train acme/assistant-v3", "START"), ("train acme/assistant-v3", "COMPLETE"),
    ]  # fmt: skip
    assert len({one["run"]["runId"] for one in events}) == 2
    built = events[1]["outputs"][0]
    assert built["facets"]["version"]["datasetVersion"] == "2"
    assert built["outputFacets"]["outputStatistics"]["rowCount"] == 4
    assert (
        "| Art. 10(2)(h) | Gaps and shortcomings, and how they are addressed | m-1" in texts["md"]
    )


def test_version_of_which_nothing_is_known_is_all_gaps(tmp_path: Path) -> None:
    evidence = Evidence(summary())
    fields = (*article_10(evidence), *article_53(evidence))
    assert [field.answer for field in fields if not field.answer.startswith("gap: ")] == []
    texts = {name: write(evidence, name) for name in STANDARDS}
    assert texts["md"].count("| gap: ") == texts["html"].count("<td>gap: ") + len(fields)
    described = croissant(texts["croissant"], tmp_path / "croissant.json")
    assert "license" not in json.loads(texts["croissant"]), "no licence is not a licence"
    assert len(described.metadata.data_limitations or ()) == len(fields)
    prov(texts["prov"])
    check_run_events(json.loads(texts["openlineage"]))


def test_one_row_without_evidence_is_enough_for_a_gap() -> None:
    told = {"source_kind": "crawl", "origin": "web", "licence": "MIT", "sensitivity": "none"}
    known = Evidence(
        summary(items=2), sources=(Source("s", 2, False, told),), licences=(Share("MIT", 2),)
    )
    unsourced = Evidence(
        summary(items=2), sources=(Source("s", 1, False, told),), unsourced=1,
        licences=(Share("MIT", 1),), unlicensed=1,
    )  # fmt: skip
    answers = {one.asks: one.evidence for one in (*article_10(known), *article_53(known))}
    doubted = {one.asks: one.evidence for one in (*article_10(unsourced), *article_53(unsourced))}
    assert answers["Origin of the data"] == "s: web"
    assert answers["Synthetic data"] == (
        "none: every row's source is registered, none is of this kind"
    )
    assert answers["Crawled and scraped from online sources"] is not None
    assert answers["Rights reserved from text and data mining"] == "MIT: 2"
    for asks in ("Origin of the data", "Synthetic data", "Special categories of personal data",
                 "Rights reserved from text and data mining"):  # fmt: skip
        assert doubted[asks] is None, asks


class Tags(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
odd = st.one_of(texts, st.sampled_from(("<script>", "a|b\n# c", "](x)", "é/ü@1:2", "urn:x", "gap")))


@settings(max_examples=40, deadline=None)
@given(name=odd, value=odd, more=odd)
def test_no_name_becomes_markup_or_breaks_a_standard(name: str, value: str, more: str) -> None:
    evidence = Evidence(
        summary(name, items=1),
        published_at=datetime(2026, 3, 1, tzinfo=UTC),
        accountable=more,
        sources=(Source(name, 1, True, {"source_kind": "crawl", "origin": value, "name": more}),),
        licences=(Share(value, 1),),
        slices={name: (Share(value, 1),)},
        labels=(Share(value, 1),),
        cohorts=(Share(f"{name}/p/g/b", 1),),
        guidelines=(Guideline(name, value, 0.5),),
        releases=(Release(more, 1, None, ({"name": value, "verdict": "passed"},)),),
        flags=(Flag(value, more, 1),),
    )
    plain = Evidence(
        summary("n", items=1),
        published_at=datetime(2026, 3, 1, tzinfo=UTC),
        accountable="n",
        sources=(Source("n", 1, True, {"source_kind": "crawl", "origin": "n", "name": "n"}),),
        licences=(Share("n", 1),),
        slices={"n": (Share("n", 1),)},
        labels=(Share("n", 1),),
        cohorts=(Share("n/p/g/b", 1),),
        guidelines=(Guideline("n", "n", 0.5),),
        releases=(Release("n", 1, None, ({"name": "n", "verdict": "passed"},)),),
        flags=(Flag("n", "n", 1),),
    )
    page = Tags(write(evidence, "html"))
    assert page.tags == Tags(write(plain, "html")).tags
    card, reference = write(evidence, "md"), write(plain, "md")
    assert card.count("\n") == reference.count("\n")
    prov(write(evidence, "prov"))
    check_run_events(json.loads(write(evidence, "openlineage")))
