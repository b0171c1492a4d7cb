"""Tasks as labelling tools take them: nothing in them tells golden ones apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from aidataops.events.annotation import LabelSchema

LABEL_FIELD = "label"
"""The name of the control that holds the label."""
TEXT = "text"


def label_config(schema: LabelSchema) -> str:
    """Label Studio's labelling interface for a schema; raises `ValueError` for an unknown kind.

    It reads ``text`` of a task, a ranking also ``candidates``; the control is named `LABEL_FIELD`.
    """
    view = Element("View")
    if schema.kind == "ranking":
        SubElement(view, "Text", name=TEXT, value=f"${TEXT}")
        SubElement(view, "List", name="candidates", value="$candidates", title="the best first")
        SubElement(view, "Ranker", name=LABEL_FIELD, toName="candidates")
    elif schema.kind == "spans":
        labels = SubElement(view, "Labels", name=LABEL_FIELD, toName=TEXT)
        for category in schema.categories:
            SubElement(labels, "Label", value=category)
        SubElement(view, "Text", name=TEXT, value=f"${TEXT}", granularity="symbol")
    else:
        SubElement(view, "Text", name=TEXT, value=f"${TEXT}")
        _add_control(view, schema)
    return tostring(view, encoding="unicode")


def _add_control(view: Element, schema: LabelSchema) -> None:
    if schema.kind == "text":
        area = SubElement(view, "TextArea", name=LABEL_FIELD, toName=TEXT, required="true")
        area.set("maxSubmissions", "1")
        return
    choice = {"multi_label": "multiple"}.get(schema.kind, "single")
    if schema.kind not in ("categorical", "ordinal", "pairwise", "multi_label"):
        raise ValueError(f"{schema.kind}: Label Studio has no interface for this kind of label")
    choices = SubElement(view, "Choices", name=LABEL_FIELD, toName=TEXT, choice=choice)
    choices.set("required", "true" if choice == "single" else "false")
    tie = ("tie",) if schema.kind == "pairwise" and schema.allow_tie else ()
    for category in (*schema.categories, *tie):
        SubElement(choices, "Choice", value=category)


def label_studio_task(task: Mapping[str, Any]) -> dict[str, Any]:
    """A task of `/tasks` as Label Studio imports it."""
    schema = task["label_schema"]
    data = {
        "task_id": task["task_id"],
        TEXT: task["text"] or task["uri"],
        "guideline_version": task["guideline_version"],
    }
    if schema["kind"] == "ranking":
        data["candidates"] = [{"id": name, "title": name} for name in schema["categories"]]
    return {"data": data}
