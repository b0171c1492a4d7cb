"""Tasks into a Label Studio server, by its own SDK (the extra ``label-studio``)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from aidataops.errors import ConfigurationError
from aidataops.events.annotation import LabelSchema
from annotation_intake.domain.exporting import label_config, label_studio_task

PART = 500
"""Tasks in one request."""


def create_projects(
    url: str, token: str, project: str, tasks: Sequence[dict[str, Any]]
) -> dict[str, int]:
    """One project for each label schema and tier; returns title → the server's number.

    Raises `ConfigurationError` when the SDK is not installed.
    """
    try:
        from label_studio_sdk import LabelStudio
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "label_studio_sdk is not installed: pip install "
            "'aidataops-annotation-intake[label-studio]'"
        ) from error
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for task in tasks:
        schema = LabelSchema.model_validate_json(json.dumps(task["label_schema"]))
        grouped[task["tier"], label_config(schema)].append(label_studio_task(task))
    server = LabelStudio(base_url=url, api_key=token)
    made = {}
    for number, ((tier, config), group) in enumerate(sorted(grouped.items()), 1):
        title = f"{project} {tier}" + (f" {number}" if number > 1 else "")
        created = server.projects.create(title=title, label_config=config)
        for start in range(0, len(group), PART):
            server.projects.import_tasks(id=created.id, request=group[start : start + PART])
        made[title] = created.id
    return made
