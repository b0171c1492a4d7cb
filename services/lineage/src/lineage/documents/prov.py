"""A version in W3C PROV-JSON: what it was made from, by which activities, on whose behalf.

https://www.w3.org/submissions/prov-json/. Sources, batches and parents stand for their items: an
entity per item would be as large as the version.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from lineage.documents.evidence import Evidence
from lineage.documents.naming import urn, version_urn

_PREFIX = "urn:aidataops:"


class _Document:
    """PROV-JSON under construction; a relation's name says what it relates."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[str, Any]] = defaultdict(dict)

    def add(self, part: str, name: str, **attributes: object) -> str:
        """Add an element and return its qualified name."""
        said = {key.replace("__", ":"): value for key, value in attributes.items()}
        self._parts[part][name] = {
            key: _value(key, found) for key, found in said.items() if found is not None
        }
        return name

    def relate(self, relation: str, **ends: str) -> None:
        """Add a relation between named elements."""
        name = f"_:{relation}{len(self._parts[relation]) + 1}"
        self._parts[relation][name] = {f"prov:{role}": end for role, end in ends.items()}

    def to_json(self) -> dict[str, Any]:
        return {"prefix": {"aidataops": _PREFIX}, **self._parts}


def to_prov(evidence: Evidence) -> dict[str, Any]:
    """The document as PROV-JSON."""
    document = _Document()
    version, made = evidence.summary, evidence.decision
    built = document.add(
        "activity",
        _name(urn("build", version.version_id)),
        prov__type="aidataops:Build" if version.origin == "built" else "aidataops:Registration",
        prov__endTime=None if evidence.published_at is None else evidence.published_at.isoformat(),
    )
    whole = document.add(
        "entity",
        _name(version_urn(version.version_id)),
        prov__type="aidataops:DatasetVersion",
        prov__label=version.version_id,
        aidataops__sha256=version.hash,
        aidataops__items=version.items,
    )
    document.relate("wasGeneratedBy", entity=whole, activity=built)
    _origins(document, evidence, whole, built)
    _people(document, evidence, whole, built)
    if made is not None:
        decision = document.add(
            "entity",
            _name(urn("decision", made.decision_id)),
            prov__type="aidataops:Decision",
            aidataops__madeAt=made.made_at,
            aidataops__role=made.role,
        )
        document.relate("used", activity=built, entity=decision)
    for run in evidence.trainings:
        activity = document.add(
            "activity",
            _name(urn("training_run", run.training_run_id)),
            prov__type="aidataops:TrainingRun",
            prov__endTime=run.completed_at,
            aidataops__recipe=run.recipe,
        )
        model = document.add("entity", _name(urn("model", run.model)), prov__type="aidataops:Model")
        document.relate("used", activity=activity, entity=whole)
        document.relate("wasGeneratedBy", entity=model, activity=activity)
        document.relate("wasDerivedFrom", generatedEntity=model, usedEntity=whole)
    return document.to_json()


def _origins(document: _Document, evidence: Evidence, whole: str, built: str) -> None:
    used = [
        document.add(
            "entity",
            _name(version_urn(f"{one.dataset}@{one.version}")),
            prov__type="aidataops:DatasetVersion",
        )
        for one in evidence.summary.parents
    ]
    used += [
        document.add(
            "entity",
            _name(urn("source", one.source_id)),
            prov__type="aidataops:Source",
            prov__label=one.says("name"),
            aidataops__licence=one.says("licence"),
            aidataops__origin=one.says("origin"),
        )
        for one in evidence.sources
    ]
    used += [
        document.add(
            "entity",
            _name(urn("release", one.release_id)),
            prov__type="aidataops:Release",
            aidataops__agreement=(one.agreement or {}).get("value"),
        )
        for one in evidence.releases
    ]
    for entity in used:
        document.relate("used", activity=built, entity=entity)
        document.relate("wasDerivedFrom", generatedEntity=whole, usedEntity=entity)
    for one in evidence.guidelines:
        plan = document.add(
            "entity", _name(urn("guideline", one.guideline_id)), prov__type="aidataops:Guideline"
        )
        document.relate("used", activity=built, entity=plan)


def _people(document: _Document, evidence: Evidence, whole: str, built: str) -> None:
    if evidence.accountable is not None:
        person = document.add(
            "agent", _name(urn("person", evidence.accountable)), prov__type="aidataops:Accountable"
        )
        document.relate("wasAttributedTo", entity=whole, agent=person)
    if evidence.decision is not None:
        person = document.add(
            "agent", _name(urn("person", evidence.decision.made_by)), prov__type="aidataops:Person"
        )
        document.relate("wasAssociatedWith", activity=built, agent=person)
    for vendor in sorted({share.value.partition("/")[0] for share in evidence.cohorts}):
        agent = document.add("agent", _name(urn("vendor", vendor)), prov__type="aidataops:Vendor")
        document.relate("wasAssociatedWith", activity=built, agent=agent)


def _name(name: str) -> str:
    """A qualified name in our prefix; PROV reads a further colon as part of the local name."""
    return f"aidataops:{name.removeprefix(_PREFIX)}"


def _value(attribute: str, found: object) -> object:
    """Types are names of ours and times are ``xsd:dateTime`` by themselves; the rest is literal."""
    if attribute == "prov:type":
        return {"$": found, "type": "prov:QUALIFIED_NAME"}
    return found
