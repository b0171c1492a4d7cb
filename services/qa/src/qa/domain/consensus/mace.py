"""MACE (Hovy et al., NAACL 2013): an annotator knows the answer, or spams from a habit."""

from __future__ import annotations

from qa.domain.consensus.table import Floats, LabelTable, normalize

ITERATIONS = 50


def fit_mace(table: LabelTable, iterations: int = ITERATIONS) -> Floats:
    """Probabilities (items × values) by expectation and maximization from a neutral start.

    The start is one half for knowing and no habit at all, so that the same labels give the same
    answer; the reference draws random ones and keeps the best of ten.
    """
    import numpy as np

    annotators, width = len(table.annotators), len(table.values)
    smoothing = 0.01 / width
    knowing = np.full(annotators, 0.5)
    habits = np.full((annotators, width), 1 / width)
    for _ in range(iterations):
        guessed = (1 - knowing[table.annotator]) * habits[table.annotator, table.value]
        known = knowing[table.annotator]
        missed = np.log(np.maximum(guessed, 1e-12))
        logs = np.repeat(missed[:, None], width, axis=1)
        logs[np.arange(len(logs)), table.value] = np.log(np.maximum(guessed + known, 1e-12))
        probabilities = table.keep_known(normalize(table.sum_per_item(logs)))
        agreed = probabilities[table.item, table.value]
        knew = agreed * known / np.maximum(guessed + known, 1e-12)
        knew_total = np.bincount(table.annotator, knew, minlength=annotators) + smoothing
        spam_total = np.bincount(table.annotator, 1 - knew, minlength=annotators) + smoothing
        knowing = knew_total / (knew_total + spam_total)
        spam = table.sum_by(table.annotator * width + table.value, 1 - knew, annotators) + smoothing
        habits = spam / spam.sum(axis=1, keepdims=True)
    return probabilities
