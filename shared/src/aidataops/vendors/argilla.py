"""Argilla: records as ``to_list(flatten=True)`` has them, and webhooks of responses.

``to_dict`` drops the status of responses, so that a discarded one would look like a vote: it is
refused. A person has one response per record with one status; where the list of a question has no
status, that of the same person's other answers holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from aidataops.events.annotation import LabelSubmitted, LabelsWithdrawn
from aidataops.vendors.adapter import Reading, Statement, read_each, read_parts
from aidataops.vendors.errors import VendorPayloadError
from aidataops.vendors.fields import Fields, documents, revision_at
from aidataops.vendors.mapping import LabelMapping

_STATUSES = "submitted, discarded or draft for every response, as to_list(flatten=True) has them"


def read(content: bytes, mapping: LabelMapping, received_at: datetime) -> Iterator[Reading]:
    """A list of records, or one webhook; drafts say nothing, discarded responses are no votes."""
    return read_each(documents(content), lambda row: _read_document(row, mapping, received_at))


def _read_document(row: Fields, mapping: LabelMapping, received_at: datetime) -> Iterable[Reading]:
    if "type" in row and "data" in row:
        return _from_webhook(row, mapping)
    if "responses" in row:
        raise VendorPayloadError("responses", "without status", _STATUSES)
    return _from_record(row, mapping, received_at)


def _from_record(row: Fields, mapping: LabelMapping, received_at: datetime) -> Iterable[Reading]:
    column = f"{mapping.label_field}.responses"
    if column not in row:
        return []
    people = [str(one) for one in row.array(f"{column}.users")]
    answers = row.array(column)
    if len(people) != len(answers):
        raise VendorPayloadError(row.place(column), answers, "one answer for each of its users")
    statuses = _statuses(row)

    def label(answered: tuple[str, Any]) -> LabelSubmitted:
        person, answer = answered
        status = statuses.get(person)
        if status not in ("submitted", "discarded"):
            raise VendorPayloadError(row.place(f"{column}.status"), status, _STATUSES)
        return _label(
            mapping,
            record=row.text("id"),
            person=person,
            task_id=row.text(mapping.task_field if mapping.task_field in row else "id"),
            guideline=mapping.guideline(row),
            times=(received_at, received_at),
            answer=answer if status == "submitted" else None,
        )

    answered = zip(people, answers, strict=True)
    return read_parts((one for one in answered if statuses.get(one[0]) != "draft"), label)


def _statuses(row: Fields) -> dict[str, Any]:
    """Person → status of their response, from whichever question has it."""
    found: dict[str, Any] = {}
    for name in row:
        if name.endswith(".responses.status"):
            people = row.array(f"{name.removesuffix('.status')}.users")
            for person, status in zip(people, row.array(name), strict=False):
                if status is not None:
                    found[str(person)] = status
    return found


def _from_webhook(row: Fields, mapping: LabelMapping) -> list[Statement]:
    kind, response = row.text("type"), row.object("data")
    if not kind.startswith("response."):
        return []
    record, person = response.object("record"), response.object("user").text("id")
    if kind == "response.deleted":
        return [
            LabelsWithdrawn(
                vendor=mapping.vendor,
                vendor_project=mapping.vendor_project,
                annotation_ids=(mapping.annotation_id(_record_id(record), person),),
                withdrawn_at=row.instant("timestamp"),
            )
        ]
    status = response.text("status")
    if status == "draft":
        return []
    metadata = record.object("metadata") if "metadata" in record else record
    answer = None
    if status == "submitted":
        answer = response.object("values").object(mapping.label_field).need("value")
    return [
        _label(
            mapping,
            record=_record_id(record),
            person=person,
            task_id=(
                metadata.text(mapping.task_field)
                if mapping.task_field in metadata
                else _record_id(record)
            ),
            guideline=mapping.guideline(metadata),
            times=(response.instant("inserted_at"), response.instant("updated_at")),
            answer=answer,
        )
    ]


def _record_id(record: Fields) -> str:
    """What the record's maker called it: that is the id of exported records."""
    return record.text("external_id" if "external_id" in record else "id")


def _label(
    mapping: LabelMapping,
    *,
    record: str,
    person: str,
    task_id: str,
    guideline: str,
    times: tuple[datetime, datetime],
    answer: Any,
) -> LabelSubmitted:
    created_at, updated_at = times
    return LabelSubmitted(
        vendor=mapping.vendor,
        annotation_id=mapping.annotation_id(record, person),
        revision=revision_at(updated_at),
        task_id=task_id,
        annotator=mapping.annotator(person),
        pool=mapping.pool,
        value="" if answer is None else mapping.value(answer, mapping.label_field),
        guideline_version=guideline,
        submitted_at=updated_at,
        withdrawn=answer is None,
        vendor_project=mapping.vendor_project,
        vendor_task_id=record,
        first_submitted_at=created_at,
    )
