"""Dawid and Skene's model (Applied Statistics 28, 1979): every annotator errs in their own way."""

from __future__ import annotations

from dataclasses import dataclass

from qa.domain.consensus.table import Booleans, Floats, LabelTable

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
    table: LabelTable, *, iterations: int = ITERATIONS, tolerance: float = TOLERANCE
) -> Fit:
    """Expectation and maximization over the labels only: no row is made for what nobody said.

    Known items keep their value and so anchor the annotators' errors, but have no say in how
    frequent the values are: golden items are not drawn like others.
    """
    import numpy as np

    model = _Model(table)
    probabilities = np.ascontiguousarray(table.shares().T)
    priors, counts, errors = model.maximize(probabilities)
    bound = -np.inf
    for _ in range(iterations):
        joint = model.joint(priors, errors)
        probabilities = model.expect(joint)
        priors, counts, errors = model.maximize(probabilities)
        before, bound = bound, model.lower_bound(probabilities, priors, counts, errors)
        if bound - before < tolerance:
            break
    joint = model.joint(priors, errors)
    highest = joint.max(axis=0)
    likelihood = float((np.log(np.exp(joint - highest).sum(axis=0)) + highest).sum())
    width = len(table.values)
    shown = np.where(model.given, errors, 0).T.reshape(len(table.annotators), width, width)
    return Fit(probabilities.T, priors, shown, likelihood)


class _Model:
    """Arrays lie with one row per true value, so that every pass over the labels is contiguous."""

    def __init__(self, table: LabelTable) -> None:
        import numpy as np

        self.table = table
        self.width = len(table.values)
        self.said = table.annotator * self.width + table.value
        self.rows = len(table.annotators) * self.width
        self.given: Booleans = np.bincount(self.said, minlength=self.rows) > 0

    def joint(self, priors: Floats, errors: Floats) -> Floats:
        """Log likelihood of every item's labels with each true value (values × items)."""
        import numpy as np

        item, items = self.table.item, len(self.table.items)
        joint: Floats = np.stack(
            [
                np.bincount(item, row.take(self.said), minlength=items) + prior
                for row, prior in zip(np.log(errors), np.log(priors), strict=True)
            ]
        )
        return joint

    def expect(self, joint: Floats) -> Floats:
        """How probable each value is of every item (values × items)."""
        import numpy as np

        likelihoods: Floats = np.exp(joint - joint.max(axis=0))
        likelihoods /= likelihoods.sum(axis=0)
        if self.table.open.all():
            return likelihoods
        kept: Floats = np.where(self.table.open, likelihoods, self.table.certain.T)
        return kept

    def maximize(self, probabilities: Floats) -> tuple[Floats, Floats, Floats]:
        """Priors; how often each annotator said one value where another is true, and as a share
        (true value × annotator and value said).
        """
        import numpy as np

        is_open = self.table.open
        drawn = probabilities[:, is_open] if is_open.any() else probabilities
        priors = np.maximum(drawn.mean(axis=1), LEAST)
        counts: Floats = np.stack(
            [
                np.bincount(self.said, row.take(self.table.item), minlength=self.rows)
                for row in probabilities
            ]
        )
        least = np.where(self.given, np.maximum(counts, LEAST), 0)
        totals = least.reshape(self.width, -1, self.width).sum(axis=2)
        shares = least / np.repeat(totals, self.width, axis=1)
        return priors, counts, np.where(self.given, shares, 1.0)

    def lower_bound(
        self, probabilities: Floats, priors: Floats, counts: Floats, errors: Floats
    ) -> float:
        """The evidence's lower bound per label, from counts instead of labels."""
        import numpy as np

        certain = np.maximum(probabilities, LEAST)
        expectation = (counts * np.log(errors)).sum() + counts.sum(axis=1) @ np.log(priors)
        return float(expectation - (certain * np.log(certain)).sum()) / len(self.said)
