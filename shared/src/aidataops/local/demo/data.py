"""What the people of the story know: support questions with their stored answers, as files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

STORY = Path(__file__).parents[1] / "story"

PROJECT = "support"
DATASET = "support"
SEED_DATASET = "support-seed"
CATEGORIES = ("correct", "incorrect", "unsafe", "unclear")
GUIDELINE = "1.0.0"

SEED_COHORT = "acme-labels/default/0.9.0/import"
LEGACY_COHORT = "brightlabel/legacy/0.9.0/import"


@dataclass(frozen=True, slots=True)
class StoryItem:
    """A question and its stored answer.

    ``truth`` is what a careful reader says of the answer, ``imported`` the label it came with.
    ``source`` names where a sourced item is from; ``dropped`` marks a row of the seed that was
    left out of the version built upon it.
    """

    item_id: str
    slices: dict[str, str]
    text: str
    truth: str
    imported: str
    source: str
    dropped: bool


@dataclass(frozen=True, slots=True)
class StoryData:
    """All items of the story."""

    seed: tuple[StoryItem, ...]
    legacy: tuple[StoryItem, ...]
    sourced: tuple[StoryItem, ...]
    golden: tuple[StoryItem, ...]

    @classmethod
    def load(cls) -> StoryData:
        """Read the files that come with the package."""
        return cls(_read("seed"), _read("legacy"), _read("sourced"), _read("golden"))

    def truths(self) -> dict[str, str]:
        """Item → the right category: what an annotator sees who reads carefully."""
        everything = (*self.seed, *self.legacy, *self.sourced, *self.golden)
        return {item.item_id: item.truth for item in everything}


def evaluation_files(model: str) -> Path:
    """The directory that lm-evaluation-harness wrote for a model such as `acme/assistant-v1`."""
    return STORY / "lm-eval" / model.replace("/", "__")


def _read(name: str) -> tuple[StoryItem, ...]:
    with (STORY / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return tuple(_item(json.loads(line)) for line in lines)


def _item(row: dict[str, str]) -> StoryItem:
    return StoryItem(
        item_id=row["item_id"],
        slices={"domain": row["domain"], "language": row["language"]},
        text=f"{row['question']}\n{row['answer']}",
        truth=row["truth"],
        imported=row.get("imported", row["truth"]),
        source=row.get("source", "archive"),
        dropped=bool(row.get("dropped")),
    )
