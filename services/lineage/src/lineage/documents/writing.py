"""A version's document as text, by the name of its standard."""

from __future__ import annotations

import json
from typing import Literal, get_args

from lineage.documents.card import make_card
from lineage.documents.croissant import to_croissant
from lineage.documents.evidence import Evidence
from lineage.documents.markdown import to_markdown
from lineage.documents.page import to_html
from lineage.documents.prov import to_prov
from lineage.documents.run_events import to_dicts, to_run_events
from lineage.exports.manifest import Manifest

Standard = Literal["md", "html", "croissant", "prov", "openlineage"]
STANDARDS: tuple[Standard, ...] = get_args(Standard)

MEDIA_TYPES: dict[Standard, str] = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "croissant": 'application/ld+json; profile="http://mlcommons.org/croissant/1.1"',
    "prov": "application/json",
    "openlineage": "application/json",
}


def write(
    evidence: Evidence,
    standard: Standard,
    *,
    manifest: Manifest | None = None,
    location: str | None = None,
) -> str:
    """The document; the same evidence gives the same bytes.

    ``manifest`` and ``location`` let Croissant describe an export's file.
    """
    if standard == "md":
        return to_markdown(make_card(evidence))
    if standard == "html":
        return to_html(make_card(evidence))
    if standard == "croissant":
        return _json(to_croissant(evidence, manifest, location))
    if standard == "prov":
        return _json(to_prov(evidence))
    return _json(to_dicts(to_run_events(evidence)))


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
