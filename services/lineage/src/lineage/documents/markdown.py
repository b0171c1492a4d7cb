"""The card as Markdown (GitHub's tables)."""

from __future__ import annotations

import re

from lineage.documents.card import Card, Section

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")


def to_markdown(card: Card) -> str:
    """The card; nothing that events say can become markup."""
    parts = (f"# {_text(card.title)}", _text(card.sentence), *map(_section, card.sections))
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> str:
    heading = f"## {_text(section.title)}"
    if not section.rows:
        return f"{heading}\n\nNone."
    lines = (section.columns, ("---",) * len(section.columns), *section.rows)
    table = "\n".join(
        f"| {' | '.join(cells if number == 1 else map(_text, cells))} |"
        for number, cells in enumerate(lines)
    )
    return f"{heading}\n\n{table}"


def _text(said: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(said.split()))
