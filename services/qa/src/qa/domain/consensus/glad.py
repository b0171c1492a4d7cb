"""GLAD (Whitehill et al., NIPS 2009): annotators differ in ability, items in difficulty."""

from __future__ import annotations

from qa.domain.consensus.table import Floats, LabelTable, normalize

ITERATIONS = 30
STEPS = 20
"""Gradient steps of each maximization."""


def fit_glad(table: LabelTable, iterations: int = ITERATIONS) -> Floats:
    """Probabilities (items × values).

    A label is right with the chance σ(ability × exp(ease)), both with the prior N(1, 1); every
    wrong value is equally likely. Steps of the gradient are scaled by the number of labels that
    each parameter is seen in, which needs no line search.
    """
    import numpy as np

    items, annotators = len(table.items), len(table.annotators)
    wrong = max(1, len(table.values) - 1)
    ability, ease = np.ones(annotators), np.ones(items)
    by_annotator = 1 + np.bincount(table.annotator, minlength=annotators)
    by_item = 1 + np.bincount(table.item, minlength=items)
    probabilities = table.shares()
    for _ in range(iterations):
        probabilities = _expect(table, ability, ease, wrong)
        right = probabilities[table.item, table.value]
        for _ in range(STEPS):
            ease_of = np.exp(np.clip(ease, -5, 5))[table.item]
            gain = right - _sigmoid(ability[table.annotator] * ease_of)
            towards = np.bincount(table.annotator, gain * ease_of, minlength=annotators)
            easier = np.bincount(
                table.item, gain * ability[table.annotator] * ease_of, minlength=items
            )
            ability = ability + (towards - (ability - 1)) / by_annotator
            ease = ease + (easier - (ease - 1)) / by_item
    return _expect(table, ability, ease, wrong)


def _expect(table: LabelTable, ability: Floats, ease: Floats, wrong: int) -> Floats:
    import numpy as np

    chance = _sigmoid(ability[table.annotator] * np.exp(np.clip(ease, -5, 5))[table.item])
    chance = np.clip(chance, 1e-9, 1 - 1e-9)
    logs = np.repeat(np.log((1 - chance) / wrong)[:, None], len(table.values), axis=1)
    logs[np.arange(len(logs)), table.value] = np.log(chance)
    return table.keep_known(normalize(table.sum_per_item(logs)))


def _sigmoid(x: Floats) -> Floats:
    import numpy as np

    return 1 / (1 + np.exp(-np.clip(x, -30, 30)))
