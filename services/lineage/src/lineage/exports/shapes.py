"""The shapes that training tools expect: each turns a row into records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any, Literal

from lineage.domain.provenance import ProvenRow
from lineage.exports.content import Content, Message, read_content
from lineage.exports.errors import UnfitError

Shape = Literal["chat", "preference", "safety", "domain"]
Record = dict[str, Any]

COLUMNS: Mapping[Shape, tuple[str, ...]] = {
    "chat": ("messages",),
    "preference": ("prompt", "chosen", "rejected"),
    "safety": ("messages", "label"),
    "domain": ("text", "label"),
}
"""What a shape says of a row; every shape adds ``item_id``, ``licence`` and the row's slices."""

CONVERSATIONS = frozenset({"messages", "prompt", "chosen", "rejected"})
"""Columns that hold a list of messages; the others hold text."""


def records_of(
    row: ProvenRow, shape: Shape, *, keep: frozenset[str], slices: tuple[str, ...]
) -> list[Record]:
    """The records of a row, mostly one. ``slices`` are the dimensions that every record names.

    Raises ``UnfitError`` when the row has nothing to say in this shape.
    """
    if row.erased:
        raise UnfitError("erased")
    if keep and row.value not in keep:
        raise UnfitError("its label is not kept")
    if row.text is None:
        raise UnfitError("no text is known of it" if row.uri is None else "it is given by URI")
    origin: Record = {"item_id": row.item_id, "licence": row.licence}
    if slices:
        origin["slices"] = {dimension: row.slices.get(dimension) for dimension in slices}
    return [said | origin for said in _SHAPES[shape](row, row.text, keep)]


def _chat(row: ProvenRow, text: str, keep: frozenset[str]) -> list[Record]:
    """Supervised fine-tuning: a conversation that ends with the answer to learn.

    The answer is the item's own, if people judged one, and otherwise the label that they wrote.
    """
    content = read_content(text, row.media_type)
    if content.answer is not None and not keep:
        raise UnfitError("its answer was judged: --keep says which labels make an answer good")
    answer = row.value if content.answer is None else content.answer
    return [{"messages": [*content.prompt, _answer(answer)]}]


def _preference(row: ProvenRow, text: str, _: frozenset[str]) -> list[Record]:
    """Preference pairs in TRL's explicit conversational format.

    A side is preferred to every other; a ranking gives a pair for any two places.
    """
    content = read_content(text, row.media_type)
    return [
        {
            "prompt": list(content.prompt),
            "chosen": [_answer(content.candidates[better])],
            "rejected": [_answer(content.candidates[worse])],
        }
        for better, worse in _preferences(row.value, content)
    ]


def _safety(row: ProvenRow, text: str, _: frozenset[str]) -> list[Record]:
    """A conversation, with its answer if there is one, and the verdict on it."""
    content = read_content(text, row.media_type)
    answer = [] if content.answer is None else [_answer(content.answer)]
    return [{"messages": [*content.prompt, *answer], "label": row.value}]


def _domain(row: ProvenRow, text: str, _: frozenset[str]) -> list[Record]:
    """The text as it came in, and its label."""
    return [{"text": text, "label": row.value}]


def _preferences(value: str, content: Content) -> list[tuple[str, str]]:
    sides = content.candidates
    if len(sides) < 2:
        raise UnfitError("it has no candidates to compare")
    if value in sides:
        return [(value, other) for other in sides if other != value]
    if value == "tie":
        raise UnfitError("a tie prefers nothing")
    try:
        ranking = json.loads(value)
    except ValueError:
        ranking = None
    named = isinstance(ranking, list) and all(isinstance(side, str) for side in ranking)
    if not named or sorted(ranking) != sorted(sides):
        raise UnfitError("its label names neither a candidate nor a ranking of them")
    return list(combinations(ranking, 2))


def _answer(content: str) -> Message:
    return {"role": "assistant", "content": content}


_SHAPES: Mapping[Shape, Callable[[ProvenRow, str, frozenset[str]], list[Record]]] = {
    "chat": _chat,
    "preference": _preference,
    "safety": _safety,
    "domain": _domain,
}
