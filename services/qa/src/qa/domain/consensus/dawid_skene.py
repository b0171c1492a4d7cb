"""Dawid and Skene's model (Applied Statistics 28, 1979): every annotator errs in their own way."""

from __future__ import annotations

from dataclasses import dataclass

from qa.domain.consensus.table import Booleans, Floats, Integers, LabelTable, normalize

ITERATIONS = 100
TOLERANCE = 1e-5
"""Gain of the evidence's lower bound per label at which it has converged."""
LEAST = 1e-10


@dataclass(frozen=True)
class Fit:
    """What was learnt from labels.

    ``probabilities`` (items × values), ``priors`` (values), ``errors`` (annotators × given × true
    value), ``log_likelihood`` of all labels.
    """

    probabilities: Floats
    priors: Floats
    errors: Floats
    log_likelihood: float


def fit_dawid_skene(
    table: LabelTable,
    *,
    iterations: int = ITERATIONS,
    tolerance: float = TOLERANCE,
) -> Fit:
    """Expectation and maximization over the labels only: no row is made for what nobody said.

    Known items keep their value and so anchor the annotators' errors, but have no say in how
    frequent the values are: golden items are not drawn like others.
    """
    import numpy as np

    width = len(table.values)
    said = table.annotator * width + table.value
    given = np.bincount(said, minlength=len(table.annotators) * width) > 0
    probabilities = table.shares()
    likelihood = bound = -np.inf
    priors = _priors(table, probabilities)
    errors = _errors(table, probabilities, said, given)
    for _ in range(iterations):
        logs = np.log(errors)[said]
        joint = np.log(priors) + table.sum_per_item(logs)
        probabilities = table.keep_known(normalize(joint))
        priors = _priors(table, probabilities)
        errors = _errors(table, probabilities, said, given)
        before, bound = bound, _lower_bound(table, probabilities, priors, errors, said)
        if bound - before < tolerance:
            break
    joint = np.log(priors) + table.sum_per_item(np.log(errors)[said])
    highest = joint.max(axis=1)
    likelihood = float((np.log(np.exp(joint - highest[:, None]).sum(axis=1)) + highest).sum())
    shape = (len(table.annotators), width, width)
    return Fit(
        probabilities, priors, np.where(given[:, None], errors, 0).reshape(shape), likelihood
    )


def _priors(table: LabelTable, probabilities: Floats) -> Floats:
    import numpy as np

    rows = probabilities[table.open] if table.open.any() else probabilities
    priors: Floats = np.maximum(rows.mean(axis=0), LEAST)
    return priors


def _errors(
    table: LabelTable,
    probabilities: Floats,
    said: Integers,
    given: Booleans,
) -> Floats:
    """How often each annotator says one value where another is true; rows said × true."""
    import numpy as np

    width = len(table.values)
    rows = len(table.annotators) * width
    true = probabilities[table.item]
    counts = np.stack([np.bincount(said, true[:, k], minlength=rows) for k in range(width)], axis=1)
    counts = np.where(given[:, None], np.maximum(counts, LEAST), 0)
    totals = counts.reshape(-1, width, width).sum(axis=1, keepdims=True)
    shares = (counts.reshape(-1, width, width) / totals).reshape(rows, width)
    return np.where(given[:, None], shares, 1.0)


def _lower_bound(
    table: LabelTable, probabilities: Floats, priors: Floats, errors: Floats, said: Integers
) -> float:
    import numpy as np

    joint = np.log(errors)[said] + np.log(priors)
    certain = np.maximum(probabilities, LEAST)
    expectation = (probabilities[table.item] * joint).sum()
    return float(expectation - (certain * np.log(certain)).sum()) / len(table.item)
