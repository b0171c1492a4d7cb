"""Worker agreement with aggregate: a vote weighed by how often a voter is with the majority."""

from __future__ import annotations

from qa.domain.consensus.table import Floats, LabelTable


def weigh_by_agreement(table: LabelTable) -> Floats:
    """Weighted shares (items × values); known items count as the majority of themselves.

    Where the majority is a tie nobody is with it or against it.
    """
    import numpy as np

    shares = table.shares()
    highest = shares.max(axis=1, keepdims=True)
    leading = shares >= highest - 1e-12
    clear = leading.sum(axis=1) == 1
    counted = clear[table.item]
    agreed = leading[table.item, table.value] & counted
    annotators = len(table.annotators)
    right = np.bincount(table.annotator, agreed, minlength=annotators)
    asked = np.bincount(table.annotator, counted, minlength=annotators)
    skills = np.divide(right, asked, out=np.full(annotators, 0.5), where=asked > 0)
    votes = table.votes(skills[table.annotator] + 1e-9)
    return table.keep_known(votes / votes.sum(axis=1, keepdims=True))
