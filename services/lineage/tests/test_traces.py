"""The questions that lineage answers, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from aidataops.events import Payload
from aidataops.events.governance import DecisionRecorded, PublishDataset
from aidataops.events.quality import BatchReleased
from aidataops.testing import ServiceHarness

Story = Mapping[str, Payload]


async def trace(
    http: httpx.AsyncClient, direction: str, kind: str, name: str
) -> dict[str, dict[str, bool]]:
    """Kind → node → whether it is material."""
    answer = await http.get(f"/trace/{direction}", params={"kind": kind, "id": name})
    assert answer.status_code == 200
    nodes: dict[str, dict[str, bool]] = {}
    for node in answer.json()["nodes"]:
        nodes.setdefault(node["kind"], {})[node["id"]] = node["material"]
    return nodes


async def test_model_resolves_to_everything_that_is_in_it(reading: httpx.AsyncClient) -> None:
    nodes = await trace(reading, "backward", "model", "acme/assistant-v3")
    material = {
        kind: {name for name, is_material in names.items() if is_material}
        for kind, names in nodes.items()
    }
    assert material["source"] == {"s-old", "s-new"}
    assert material["item"] == {"i-1", "i-2", "i-3", "i-9"}
    assert material["annotator"] == {"acme-labels/acme-1", "acme-labels/acme-2"}
    assert len(material["label"]) == 4
    assert material["batch"] == {"b-1"}
    assert material["dataset_version"] == {"support@2"}
    assert material["training_run"] == {"tr-3"}
    assert material["guideline"] == {"support/1.0.0"}
    assert "brightlabel/legacy/0.9.0/import" in material["cohort"]


async def test_reasons_for_a_model_are_told_from_its_content(reading: httpx.AsyncClient) -> None:
    nodes = await trace(reading, "backward", "model", "acme/assistant-v3")
    assert nodes["model"] == {
        "acme/assistant-v3": True, "acme/assistant-v2": False, "acme/assistant-v1": False,
    }  # fmt: skip
    assert nodes["failure"] == {"f-1": False}
    assert nodes["remediation"] == {"m-1": False}
    assert nodes["decision"] == {"d-0": False, "d-1": False}


async def test_source_resolves_to_everything_that_it_reached(reading: httpx.AsyncClient) -> None:
    nodes = await trace(reading, "forward", "source", "s-old")
    assert nodes["dataset_version"] == {"support@1": True, "support@2": True}
    assert nodes["training_run"] == {"tr-2": True, "tr-3": True}
    assert nodes["model"] == {"acme/assistant-v2": True, "acme/assistant-v3": True}
    assert nodes["evaluation_run"] == {"run-2": True, "run-3": True}
    assert nodes["failure"] == {"f-1": True}


async def test_annotator_reaches_only_models_that_hold_their_labels(
    reading: httpx.AsyncClient,
) -> None:
    nodes = await trace(reading, "forward", "source", "s-new")
    assert nodes["dataset_version"] == {"support@2": True}
    nodes = await trace(reading, "forward", "annotator", "acme-labels/acme-1")
    assert nodes["model"] == {"acme/assistant-v3": True}


async def test_replaced_label_is_not_in_the_version_that_replaced_it(
    http: httpx.AsyncClient, lineage: ServiceHarness, story: Story
) -> None:
    release, decision = story["release"], story["decision to publish"]
    assert isinstance(release, BatchReleased)
    assert isinstance(decision, DecisionRecorded)
    again = release.items[0].model_copy(update={"value": "correct", "label_ids": ("l-new",)})
    publish = PublishDataset(project="support", parent_version=2, batch_ids=("b-2",))
    await lineage.deliver(
        release.model_copy(update={"batch_id": "b-2", "items": (again,)}),
        decision.model_copy(update={"decision_id": "d-2", "decision": publish}),
    )
    nodes = await trace(http, "forward", "label", "l-i-2-acme-1")
    assert nodes["dataset_version"] == {"support@2": True, "support@3": False}
    nodes = await trace(http, "forward", "label", "l-i-9-acme-1")
    assert nodes["dataset_version"] == {"support@2": True, "support@3": True}


async def test_why_names_what_is_behind_a_model(reading: httpx.AsyncClient) -> None:
    why: dict[str, Any] = (await reading.get("/models/acme/assistant-v2/why")).json()
    assert [row["version_id"] for row in why["training"]] == ["support@1"]
    assert why["cohorts"] == [{"id": "brightlabel/legacy/0.9.0/import", "items": 3}]
    assert [(row["id"], row["items"]) for row in why["sources"]] == [("s-old", 3)]
    assert why["batches"] == []
    assert [(row["category"], row["failures"]) for row in why["failures"]] == [("hallucination", 1)]
    assert [row["id"] for row in why["regressions"]] == ["g-1"]
    assert why["remediations"][0]["attributes"]["completed"] == {"dataset_version": "support@2"}

    fixed: dict[str, Any] = (await reading.get("/models/acme/assistant-v3/why")).json()
    assert [(row["id"], row["items"]) for row in fixed["batches"]] == [("b-1", 2)]
    assert [(row["id"], row["items"]) for row in fixed["annotators"]] == [
        ("acme-labels/acme-1", 2), ("acme-labels/acme-2", 2),
    ]  # fmt: skip
    assert fixed["training"][0]["remediation_ids"] == ["m-1"]


async def test_version_and_decisions_of_a_dataset_are_told(reading: httpx.AsyncClient) -> None:
    version = (await reading.get("/datasets/support/versions/2")).json()
    assert version["origin"] == "built"
    assert version["parents"] == [{"dataset": "support", "version": 1}]
    decisions = (await reading.get("/datasets/support/decisions")).json()
    assert [(row["decision_id"], row["state"]) for row in decisions] == [("d-1", "published")]


async def test_what_no_event_has_named_is_not_found(reading: httpx.AsyncClient) -> None:
    for path in (
        "/trace/backward?kind=model&id=nobody",
        "/models/nobody/why",
        "/datasets/support/versions/7",
    ):
        assert (await reading.get(path)).status_code == 404
    assert (await reading.get("/trace/forward?kind=nonsense&id=x")).status_code == 422


async def test_long_traces_say_that_they_are_cut(reading: httpx.AsyncClient) -> None:
    path = "/trace/backward?kind=model&id=acme/assistant-v3&limit=1"
    answer = (await reading.get(path)).json()
    assert answer["truncated"]
    assert answer["counts"]["item"] == 4
    assert len([node for node in answer["nodes"] if node["kind"] == "item"]) == 1
    listed = {(node["kind"], node["id"]) for node in answer["nodes"]}
    assert all((edge["to"]["kind"], edge["to"]["id"]) in listed for edge in answer["edges"])


async def test_card_is_served_in_every_standard(reading: httpx.AsyncClient) -> None:
    kinds = {"md": "text/markdown", "html": "text/html", "prov": "application/json",
             "croissant": "application/ld+json", "openlineage": "application/json"}  # fmt: skip
    for name, kind in kinds.items():
        answer = await reading.get("/datasets/support/versions/2/card", params={"format": name})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert "support" in answer.text
    assert (await reading.get("/datasets/support/versions/7/card")).status_code == 404
    refused = await reading.get("/datasets/support/versions/2/card", params={"format": "pdf"})
    assert refused.status_code == 422
