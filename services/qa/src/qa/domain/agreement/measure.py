"""Measuring agreement: which coefficients a type of label has, with intervals and warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aidataops.events.quality import Agreement
from qa.domain.agreement.coefficients import (
    cohen_kappa,
    fleiss_kappa,
    gwet_ac,
    krippendorff_alpha,
    percent_agreement,
    quadratic_weights,
)
from qa.domain.agreement.coincidences import CoincidenceMatrix, Pattern
from qa.domain.agreement.resamples import Coefficient, intervals, observed
from qa.domain.agreement.scales import (
    INTERVAL,
    KENDALL,
    MASI,
    NOMINAL,
    PREFERENCE,
    RATIO,
    OrdinalScale,
    Scale,
)
from qa.domain.agreement.spans import count_matches, f1, read_spans

PREVALENT = 0.85
"""Share of one value from which a low alpha may speak of prevalence, not of annotators."""
PARADOX = 0.2
"""How far AC1 must lie above alpha for that (Feinstein & Cicchetti, J Clin Epidemiol 43, 1990)."""
VALUES_AT_MOST = 1500
"""Distinct sets or rankings that are compared with each other, each with each."""


@dataclass(frozen=True)
class Schema:
    """What labels of a project may be, as far as agreement is concerned."""

    kind: str = "categorical"
    categories: tuple[str, ...] = ()

    @property
    def scale(self) -> Scale:
        """The scale on which alpha is held against the floor."""
        if self.kind == "ordinal":
            return OrdinalScale(self.categories)
        return {"pairwise": PREFERENCE, "multi_label": MASI, "ranking": KENDALL}.get(
            self.kind, NOMINAL
        )

    @property
    def further_scales(self) -> tuple[Scale, ...]:
        """Scales that levels allow besides: as names, as numbers, as numbers with a true zero."""
        if self.kind != "ordinal":
            return ()
        try:
            numbers = [float(level) for level in self.categories]
        except ValueError:
            return (NOMINAL,)
        return (NOMINAL, INTERVAL, RATIO) if min(numbers) >= 0 else (NOMINAL, INTERVAL)

    def reads(self, value: str) -> bool:
        """Whether a value has the form of this type; a project may once have had another type."""
        try:
            if self.kind == "spans":
                read_spans(value)
            else:
                for scale in (self.scale, *self.further_scales):
                    scale.difference({value: 1})(value, value)
        except (ValueError, TypeError, KeyError):
            return False
        return True


@dataclass(frozen=True)
class Measurement:
    """The coefficient that counts, others beside it, and what to beware of when reading it."""

    agreement: Agreement
    further: tuple[Agreement, ...] = ()
    warnings: tuple[str, ...] = ()


def measure(
    matrix: CoincidenceMatrix,
    schema: Schema,
    *,
    annotators: int,
    seed: str,
    table: Mapping[tuple[str, str], int] | None = None,
) -> Measurement:
    """Every coefficient of a type of label with its 95 % interval.

    The same labels and the same seed give the same figures. Where a coefficient does not exist
    there is a reason, never an exception. ``table`` is given where two annotators are compared.
    """
    coefficients = _coefficients(schema)
    first = next(iter(coefficients))
    reason = _reason(matrix, schema)
    patterns: Mapping[Pattern, int] = matrix.patterns
    if reason is None and schema.kind == "spans":
        patterns = count_matches(patterns)
    values: dict[str, float | None] = dict.fromkeys(coefficients)
    bounds: dict[str, tuple[float | None, float | None]] = {}
    if reason is None:
        values = {name: observed(patterns, one) for name, one in coefficients.items()}
        if schema.kind != "spans":
            values[first] = matrix.alpha(schema.scale)
        bounds = intervals(patterns, coefficients, seed)
    figures = {
        name: Agreement(
            coefficient=name,
            value=value,
            lower=bounds.get(name, (None, None))[0],
            upper=bounds.get(name, (None, None))[1],
            reason=reason,
            units=matrix.units,
            labels=matrix.labels,
            annotators=annotators,
        )
        for name, value in values.items()
    }
    agreement = figures.pop(first)
    if reason is not None:
        return Measurement(agreement)
    compared = () if table is None else _compared(table, schema, agreement)
    return Measurement(
        agreement, (*figures.values(), *compared), _warnings(matrix, figures, agreement)
    )


def _coefficients(schema: Schema) -> dict[str, Coefficient]:
    """By name; the first is the one that counts."""
    if schema.kind == "spans":
        return {"span_f1_exact": f1("exact"), "span_f1_overlap": f1("overlap")}
    scales = (schema.scale, *schema.further_scales)
    found = {f"krippendorff_alpha_{scale.name}": krippendorff_alpha(scale) for scale in scales}
    if schema.kind == "text":
        return found | {"percent_agreement": percent_agreement}
    found |= {"percent_agreement": percent_agreement, "fleiss_kappa": fleiss_kappa}
    found["gwet_ac1"] = gwet_ac(_choices(schema))
    if schema.kind == "ordinal":
        found["gwet_ac2_quadratic"] = gwet_ac(
            schema.categories, quadratic_weights(schema.categories)
        )
    return found


def _choices(schema: Schema) -> tuple[str, ...]:
    """The values there are to choose from; only those in use count where that is no closed list."""
    if schema.kind == "pairwise":
        return (*schema.categories, "tie")
    return schema.categories if schema.kind in ("categorical", "ordinal") else ()


def _compared(
    table: Mapping[tuple[str, str], int], schema: Schema, agreement: Agreement
) -> list[Agreement]:
    """Cohen's kappa of two annotators, weighted too where values are levels."""
    if schema.kind in ("spans", "text"):
        return []
    kappas = {"cohen_kappa": cohen_kappa(table)}
    if schema.kind == "ordinal":
        weights = quadratic_weights(schema.categories)
        kappas["cohen_kappa_quadratic"] = cohen_kappa(table, weights)
    return [
        agreement.model_copy(
            update={"coefficient": name, "value": kappa, "lower": None, "upper": None}
        )
        for name, kappa in kappas.items()
    ]


def _reason(matrix: CoincidenceMatrix, schema: Schema) -> str | None:
    if not all(map(schema.reads, matrix.margins)):
        return "unreadable_values"
    if schema.kind == "spans":
        return "no_overlap" if not matrix.units else None
    closed = isinstance(schema.scale, type(NOMINAL) | OrdinalScale)
    if not closed and len(matrix.margins) > VALUES_AT_MOST:
        return "too_many_values"
    return matrix.reason


def _warnings(
    matrix: CoincidenceMatrix, further: Mapping[str, Agreement], agreement: Agreement
) -> tuple[str, ...]:
    steady = further.get("gwet_ac1")
    if steady is None or steady.value is None or agreement.value is None:
        return ()
    prevailing = max(matrix.margins.values()) / matrix.labels
    paradox = prevailing >= PREVALENT and steady.value - agreement.value > PARADOX
    return ("prevalence",) if paradox else ()
