"""How people write a dataset version."""

from __future__ import annotations

import re

from aidataops.events.evaluation import DatasetReference

_DATASET = re.compile(r"(?P<dataset>.{1,200})@(?P<version>\d{1,15})")


def dataset_reference(text: str) -> DatasetReference:
    """``support@2`` as a reference; raises ``ValueError`` for anything else."""
    match = _DATASET.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not NAME@N, for example support@2")
    return DatasetReference(dataset=match["dataset"], version=int(match["version"]))
