"""Dataset versions: their rows and what makes two of them the same."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aidataops.events.lineage import VersionRegistered, VersionRequested
from aidataops.events.quality import ReleasedItem
from lineage.domain.graph import Description, Edge, Fact, Kind, Node
from lineage.domain.naming import consensus_id, release_id, version_id, version_node
from lineage.errors import ContradictionError


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a version: an item, its label, and who made it.

    ``release`` and ``consensus`` are the nodes that the label came through; a registered row, which
    was labelled elsewhere, has none.
    """

    item_id: str
    value: str
    cohorts: tuple[str, ...]
    slices: Mapping[str, str]
    release: str | None = None
    consensus: str | None = None

    def hash(self) -> bytes:
        """SHA-256 of the row's canonical JSON: sorted keys, no blanks, UTF-8.

        Who labelled it belongs to the content: a version is what it was made of.
        """
        content = {
            "cohorts": self.cohorts,
            "item_id": self.item_id,
            "slices": dict(self.slices),
            "value": self.value,
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).digest()


def registered_rows(event: VersionRegistered) -> list[Row]:
    """The rows of one chunk of a version that was built elsewhere.

    Raises ``ContradictionError`` when an item is in the chunk twice.
    """
    counts = Counter(row.item_id for row in event.rows)
    if twice := [item_id for item_id, count in counts.items() if count > 1]:
        raise ContradictionError(
            f"{version_id(event.dataset, event.version)} has item {twice[0]!r} twice: "
            "a version holds an item once"
        )
    return [Row(row.item_id, row.value, (row.cohort,), row.slices) for row in event.rows]


def released_rows(batch_id: str, revision: int, items: Iterable[ReleasedItem]) -> list[Row]:
    """The rows that a released batch brings into a version."""
    release = release_id(batch_id, revision)
    return [
        Row(
            item.item_id,
            item.value,
            tuple(sorted(set(item.cohorts))),
            item.slices,
            release,
            consensus_id(batch_id, item.item_id, item.value, item.label_ids),
        )
        for item in items
    ]


def overlay(batches: Iterable[Sequence[Row]]) -> list[Row]:
    """The rows of several batches, each item once: the batch that the decision names last wins."""
    by_item = {row.item_id: row for rows in batches for row in rows}
    return list(by_item.values())


def version_registered(event: VersionRegistered) -> Description:
    """What a chunk says about where its version comes from."""
    node = Node(Kind.DATASET_VERSION, version_id(event.dataset, event.version))
    parents = (
        Edge(version_node(parent), "succeeded_by", node, material=False) for parent in event.parents
    )
    cohorts = (
        Edge(Node(Kind.COHORT, cohort), "labelled", node)
        for cohort in sorted({row.cohort for row in event.rows})
    )
    attributes = {"project": event.project, "chunks": event.chunks}
    return Description((Fact(node, "registered", attributes),), (*parents, *cohorts))


def version_requested(event: VersionRequested) -> Description:
    """A decision to make a version by a recipe."""
    attributes = event.model_dump(mode="json", exclude={"decision_id"})
    return Description((Fact(Node(Kind.DECISION, event.decision_id), "recorded", attributes),))


def version_built(
    node: Node, decision: Node, parent: Node, releases: Iterable[str], cohorts: Iterable[str]
) -> Description:
    """A version that was built here, and what its rows came from.

    The parent is the reason, not the content: what a version took over from it is known by row.
    """
    return Description(
        (Fact(node, "built", {"decision_id": decision.id}),),
        (
            Edge(parent, "succeeded_by", node, material=False),
            Edge(decision, "decided", node, material=False),
            *(Edge(Node(Kind.RELEASE, name), "contained_in", node) for name in releases),
            *(Edge(Node(Kind.COHORT, name), "labelled", node) for name in cohorts),
        ),
    )


def chunk_digest(event: VersionRegistered) -> bytes:
    """What tells a repeated chunk from one that contradicts what is known."""
    content = event.model_dump_json(exclude={"rows"}).encode()
    rows = sorted(row.hash() for row in registered_rows(event))
    return hashlib.sha256(content + b"".join(rows)).digest()
