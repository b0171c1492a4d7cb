"""The gates in front of the pool: each holds an item back with a reason and its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Literal

from aidataops.events.sourcing import Gate
from sourcing.domain.content import canonical, hash_checksum, hash_text

MAXIMUM_CHARACTERS = 100_000
"""Of one item's text; fits into one record in any script."""

DAMAGE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd]")
"""What a wrong decoding leaves behind: controls that are no whitespace, and U+FFFD."""

Status = Literal["pending", "accepted", "quarantined"]


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an item is held back."""

    gate: Gate
    reason: str
    evidence: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """What the gates found in an item's content: a hash to compare by, or what is wrong with it."""

    hash: str | None
    flaw: Hold | None


@dataclass(frozen=True, slots=True)
class KnownSource:
    """What is known of an item's source when the item is judged."""

    project: str
    licence: str | None
    licence_problem: str | None
    stated_licence: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item to be judged, with its source where that is known."""

    project: str
    item_id: str
    source_id: str
    content: Content
    submitted_at: datetime
    source: KnownSource | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an item stands; ``hold`` is there exactly when it is quarantined."""

    status: Status
    hold: Hold | None = None


def inspect_content(text: str | None, checksum: str | None) -> Content:
    """Gates that need nothing but the item: size and encoding of a text, form of a checksum."""
    if text is None:
        return _inspect_checksum(checksum or "")
    flaw = _measure(text) or _find_damage(text)
    return Content(None, flaw) if flaw else Content(hash_text(text), None)


def _inspect_checksum(checksum: str) -> Content:
    digits = hash_checksum(checksum)
    if digits is not None:
        return Content(digits, None)
    return Content(
        None,
        Hold(
            "encoding",
            "the checksum of a URI item has the form sha256:<64 hexadecimal digits>",
            {"checksum": checksum[:200]},
        ),
    )


def _measure(text: str) -> Hold | None:
    if not canonical(text):
        return Hold("size", "the text is empty", {"characters": str(len(text))})
    if len(text) > MAXIMUM_CHARACTERS:
        return Hold(
            "size",
            f"the text has more than {MAXIMUM_CHARACTERS} characters",
            {"characters": str(len(text)), "maximum": str(MAXIMUM_CHARACTERS)},
        )
    return None


def _find_damage(text: str) -> Hold | None:
    found = DAMAGE.search(text)
    if found is None:
        return None
    return Hold(
        "encoding",
        "the text holds a character that a wrong decoding leaves behind",
        {"character": f"U+{ord(found[0]):04X}", "position": str(found.start())},
    )


def judge_items(candidates: Iterable[Candidate]) -> Iterator[tuple[Candidate, Verdict]]:
    """Judge whole groups of equal content: give all items of a project that share a hash.

    Of the items that pass every other gate the earliest is accepted, by time of submission and
    then by id; the others are its duplicates. The result depends on the set only.
    """
    ordered = sorted(candidates, key=lambda one: (one.project, one.content.hash or ""))
    for _, group in groupby(ordered, key=lambda one: (one.project, one.content.hash)):
        first: Candidate | None = None
        for candidate in sorted(group, key=lambda one: (one.submitted_at, one.item_id)):
            verdict = _judge_alone(candidate)
            if verdict.status != "accepted":
                yield candidate, verdict
            elif first is None:
                first = candidate
                yield candidate, verdict
            else:
                yield candidate, Verdict("quarantined", _duplicate_of(first))


def _judge_alone(candidate: Candidate) -> Verdict:
    source = candidate.source
    if source is None:
        return Verdict("pending")
    hold = (
        _check_owner(candidate, source)
        or _check_licence(candidate, source)
        or candidate.content.flaw
    )
    return Verdict("quarantined", hold) if hold else Verdict("accepted")


def _check_owner(candidate: Candidate, source: KnownSource) -> Hold | None:
    if source.project == candidate.project:
        return None
    return Hold(
        "provenance",
        "the source belongs to another project; submit a source for this one",
        {"source_id": candidate.source_id},
    )


def _check_licence(candidate: Candidate, source: KnownSource) -> Hold | None:
    if source.licence_problem is None:
        return None
    return Hold(
        "licence",
        source.licence_problem,
        {"source_id": candidate.source_id, "licence": source.stated_licence or "unknown"},
    )


def _duplicate_of(first: Candidate) -> Hold:
    return Hold(
        "exact_duplicate",
        f"the content is that of item {first.item_id}",
        {"duplicate_of": first.item_id, "content_hash": first.content.hash or ""},
    )
