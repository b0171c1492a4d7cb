"""A version in Croissant 1.1 with the Responsible AI vocabulary 1.0 and PROV-O.

Properties without evidence are left out; ``rai:dataLimitations`` says which of the EU AI Act's
fields are gaps. Files and record sets are described when an export's manifest is given.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lineage.documents import phrases
from lineage.documents.evidence import Evidence
from lineage.documents.naming import urn, version_urn
from lineage.documents.regulation import article_10, article_53
from lineage.exports.manifest import Manifest
from lineage.exports.shapes import CONVERSATIONS

CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
MEDIA_TYPES = {"jsonl": "application/jsonlines", "parquet": "application/x-parquet"}


def to_croissant(
    evidence: Evidence, manifest: Manifest | None = None, location: str | None = None
) -> dict[str, Any]:
    """The JSON-LD document. ``location`` is the folder where the manifest's file is read from."""
    version = evidence.summary
    document = {
        "@context": dict(CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": [
            "http://mlcommons.org/croissant/1.1",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "name": version.version_id,
        "description": f"{version.items} labelled items of project {version.project}.",
        "version": f"{version.version}.0.0",
        "url": version_urn(version.version_id),
        "identifier": f"sha256:{version.hash}",
        "citeAs": f"{version.version_id}, SHA-256 {version.hash}",
        "creator": {"@type": "sc:Organization", "name": version.project},
        "isLiveDataset": False,
        "datePublished": _day(evidence),
        "license": [_licence(share.value) for share in evidence.licences],
        "inLanguage": [share.value for share in evidence.slices.get("language", ())],
        **_provenance(evidence),
        **_responsible_ai(evidence),
        **({} if manifest is None else _files(manifest, location)),
    }
    return {name: said for name, said in document.items() if said not in (None, [], {})}


def _day(evidence: Evidence) -> str | None:
    return None if evidence.published_at is None else evidence.published_at.date().isoformat()


def _licence(expression: str) -> str:
    """SPDX identifiers have a page; expressions and other texts stand as they are."""
    simple = all(letter.isalnum() or letter in "-.+" for letter in expression)
    return f"https://spdx.org/licenses/{expression}.html" if simple else expression


def _provenance(evidence: Evidence) -> dict[str, Any]:
    version = evidence.summary
    origins = [
        *(version_urn(f"{one.dataset}@{one.version}") for one in version.parents),
        *(urn("source", one.source_id) for one in evidence.sources),
    ]
    made = evidence.decision
    return {
        "prov:wasDerivedFrom": [{"@id": name} for name in origins],
        "prov:wasGeneratedBy": None
        if made is None
        else {
            "@type": "prov:Activity",
            "@id": urn("decision", made.decision_id),
            "prov:endedAtTime": made.made_at,
        },
        "prov:wasAttributedTo": None
        if evidence.accountable is None
        else {"@type": "prov:Agent", "@id": urn("person", evidence.accountable)},
    }


def _responsible_ai(evidence: Evidence) -> dict[str, Any]:
    kinds = {one.says("source_kind") for one in evidence.sources} - {None}
    fields = (*article_10(evidence), *article_53(evidence))
    gaps = [f"{one.reference}, {one.asks}: {one.answer}" for one in fields if one.evidence is None]
    sensitive = phrases.sources_saying(evidence, "sensitivity")
    vendors = sorted({share.value.partition("/")[0] for share in evidence.cohorts})
    said: dict[str, Any] = {
        "dataCollection": phrases.listed(phrases.source(one) for one in evidence.sources),
        "dataCollectionType": sorted(kinds),
        "dataCollectionMissingData": f"{evidence.unsourced} rows have no known source"
        if evidence.unsourced
        else None,
        "dataPreprocessingProtocol": [
            f"{share.items} items held back by the gate {share.value}"
            for share in evidence.held_back
        ],
        "dataAnnotationProtocol": [one.guideline_id for one in evidence.guidelines],
        "dataAnnotationPlatform": vendors,
        "dataAnnotationAnalysis": [
            f"{release.release_id}: {found}"
            for release in evidence.releases
            if (found := phrases.agreement(release))
        ],
        "dataUseCases": [f"trained {run.model} ({run.recipe})" for run in evidence.trainings],
        "dataLimitations": gaps,
        "personalSensitiveInformation": [sensitive] if sensitive else [],
    }
    return {f"rai:{name}": found for name, found in said.items()}


def _files(manifest: Manifest, location: str | None) -> dict[str, Any]:
    name = manifest.file
    return {
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": name,
                "name": name,
                "contentUrl": name if location is None else f"{location.rstrip('/')}/{name}",
                "contentSize": f"{manifest.bytes} B",
                "encodingFormat": MEDIA_TYPES[manifest.format],
                "sha256": manifest.sha256,
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": manifest.shape,
                "name": manifest.shape,
                "field": [
                    *(_column(manifest, column) for column in manifest.columns),
                    *([_slices(manifest)] if manifest.slices else []),
                ],
            }
        ],
    }


def _column(manifest: Manifest, column: str) -> dict[str, Any]:
    if column not in CONVERSATIONS:
        kind = ["sc:Text", "cr:Label"] if column == "label" else "sc:Text"
        return _field(f"{manifest.shape}/{column}", dataType=kind, source=_source(manifest, column))
    name = f"{manifest.shape}/{column}"
    turns = [
        _field(f"{name}/{key}", source=_source(manifest, column, f"$[*].{key}"), dataType="sc:Text")
        for key in ("role", "content")
    ]
    return _field(name, repeated=True, subField=turns)


def _slices(manifest: Manifest) -> dict[str, Any]:
    name = f"{manifest.shape}/slices"
    dimensions = [
        _field(
            f"{name}/{quote(dimension, safe='')}",
            name=dimension,
            source=_source(manifest, "slices", f"$.{json.dumps(dimension, ensure_ascii=False)}"),
            dataType="sc:Text",
        )
        for dimension in manifest.slices
    ]
    return _field(name, subField=dimensions)


def _field(identity: str, **said: Any) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": identity, "name": identity.rpartition("/")[2], **said}


def _source(manifest: Manifest, column: str, path: str | None = None) -> dict[str, Any]:
    source: dict[str, Any] = {
        "fileObject": {"@id": manifest.file},
        "extract": {"column": column},
    }
    return source if path is None else source | {"transform": {"jsonPath": path}}
