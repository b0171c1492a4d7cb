"""The documents over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response

from lineage.api import Reading
from lineage.documents.gathering import gather
from lineage.documents.writing import MEDIA_TYPES, Standard, write
from lineage.domain.naming import version_id

router = APIRouter(tags=["documents"])


@router.get("/datasets/{dataset:path}/versions/{version}/card")
async def dataset_card(
    reading: Reading,
    dataset: str,
    version: int,
    standard: Annotated[Standard, Query(alias="format")] = "md",
) -> Response:
    """A version's data card (Markdown, HTML), Croissant, PROV-JSON or OpenLineage events."""
    name = version_id(dataset, version)
    evidence = await gather(reading, name)
    if evidence is None:
        raise HTTPException(404, f"{name} is not published")
    return Response(write(evidence, standard), media_type=MEDIA_TYPES[standard])
