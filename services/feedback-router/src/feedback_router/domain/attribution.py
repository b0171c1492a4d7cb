"""Data or training: what changed between the models of two runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from aidataops.events.evaluation import DatasetReference
from aidataops.events.feedback import Attribution, AttributionVerdict, CohortEvidence
from feedback_router.domain.composition import SliceChange
from feedback_router.domain.outcomes import PairedCounts, SliceKey, name_of

Version = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of how a model came to be; ``recipe`` is ``None`` when nobody said."""

    model: str
    datasets: frozenset[Version] = frozenset()
    recipe: str | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """A slice that got worse, and by how much; ``remark`` is what to know about the figures."""

    slices: SliceKey
    counts: PairedCounts
    remark: str = ""


def origin_of(model: str, training: Origin | None, evaluated_with: Version | None) -> Origin:
    """A model's origin: its training run, and where that is silent the run's own dataset version.

    An evaluation never tells the recipe, so a run alone cannot make a verdict.
    """
    datasets = training.datasets if training else frozenset()
    if not datasets and evaluated_with is not None:
        datasets = frozenset([evaluated_with])
    return Origin(model, datasets, training.recipe if training else None)


def verdict_of(before: Origin, after: Origin) -> AttributionVerdict:
    """The cell of the 2 x 2 (dataset version x recipe); anything unknown is never guessed."""
    if not (before.datasets and after.datasets and before.recipe and after.recipe):
        return "unattributable"
    match before.datasets != after.datasets, before.recipe != after.recipe:
        case True, True:
            return "confounded"
        case True, False:
            return "data"
        case False, True:
            return "recipe"
        case _:
            return "unattributable"


def attribute(
    before: Origin,
    after: Origin,
    drop: Drop,
    change: SliceChange | None,
    trained: Collection[tuple[frozenset[Version], str | None]],
) -> Attribution:
    """The verdict on one regression, with its evidence and a sentence for the program lead.

    ``change`` is the slice's composition between the two training sets (``None``: a version is
    not known yet); ``trained`` the (datasets, recipe) of every model trained in the project, which
    settles what is missing from the 2 x 2.
    """
    verdict = verdict_of(before, after)
    missing = _missing(before, after, trained) if verdict == "confounded" else ()
    counts = drop.counts
    fall = (
        f"{after.model} passes {counts.passed_after} of {counts.pairs} samples of "
        f"{name_of(drop.slices)} where {before.model} passed {counts.passed_before}{drop.remark}."
    )
    known_change = change if before.datasets != after.datasets else None
    return Attribution(
        verdict=verdict,
        sentence=f"{fall} {_reason(verdict, before, after, known_change, missing)}",
        dataset_before=_reference(before.datasets - after.datasets or before.datasets),
        dataset_after=_reference(after.datasets - before.datasets or after.datasets),
        cohorts=known_change.cohorts if known_change else (),
        missing_runs=missing,
    )


def _missing(
    before: Origin, after: Origin, trained: Collection[tuple[frozenset[Version], str | None]]
) -> tuple[str, ...]:
    cells = ((before.datasets, after.recipe), (after.datasets, before.recipe))
    return tuple(
        f"{_versions(datasets)} x {recipe}"
        for datasets, recipe in cells
        if (datasets, recipe) not in trained
    )


def _reason(
    verdict: AttributionVerdict,
    before: Origin,
    after: Origin,
    change: SliceChange | None,
    missing: tuple[str, ...],
) -> str:
    data = f"{_versions(before.datasets)} to {_versions(after.datasets)}"
    recipe = f"{before.recipe} to {after.recipe}"
    if verdict == "data":
        return (
            f"Between them only the data changed ({data}, recipe {after.recipe}), "
            f"so the drop is associated with the data. {_composition(change)}"
        )
    if verdict == "recipe":
        return (
            f"Between them only the recipe changed ({recipe}, data {_versions(after.datasets)}), "
            "so the drop is associated with the recipe; new data is not the answer to it."
        )
    if verdict == "confounded":
        settle = f"To tell them apart, train and evaluate {' and '.join(missing)}."
        return (
            f"Data ({data}) and recipe ({recipe}) both changed, so neither can be singled out. "
            + (settle if missing else "Models of both other combinations exist: compare them.")
        )
    return _unknown(before, after)


def _unknown(before: Origin, after: Origin) -> str:
    gaps = [
        f"{what} of {origin.model}"
        for origin in (before, after)
        for what, known in (("the dataset version", origin.datasets), ("the recipe", origin.recipe))
        if not known
    ]
    if gaps:
        return f"It cannot be attributed: nobody has said {', '.join(gaps)}."
    return "It cannot be attributed: neither data nor recipe changed between them, as far as told."


def _composition(change: SliceChange | None) -> str:
    if change is None:
        return "Which rows changed is not known until both dataset versions are."
    named = [found for found in change.cohorts if found.cohort in change.suspects]
    if change.basis == "items":
        return _suspected(change, named)
    rows = f"The slice went from {change.items_before} to {change.items_after} training rows"
    if not named:
        return f"{rows}; no cohort's share of it grew beyond chance."
    shares = ", ".join(
        f"{found.cohort} from {found.share_before:.0%} to {found.share_after:.0%}"
        for found in named
    )
    return (
        f"{rows}, and the drop is associated with a growing share of {shares} of them."
        f"{_quality(named)}"
    )


def _suspected(change: SliceChange, named: Sequence[CohortEvidence]) -> str:
    rows = f"The failures name {change.items_after} training rows"
    if not named:
        return f"{rows}; no cohort stands out among them beyond chance."
    shares = ", ".join(
        f"{found.cohort} ({found.share_after:.0%} of them against {found.share_before:.0%} of all "
        f"other rows, odds ratio {found.odds_ratio:.2f}, 95 % from {found.lower:.2f} to "
        f"{found.upper:.2f})"
        for found in named
    )
    return f"{rows}, and the drop is associated with {shares}.{_quality(named)}"


def _quality(named: Sequence[CohortEvidence]) -> str:
    return "".join(f" {found.cohort}: {found.quality}" for found in named if found.quality)


def _versions(datasets: Iterable[Version]) -> str:
    return " + ".join(f"{dataset}@{version}" for dataset, version in sorted(datasets))


def _reference(datasets: Iterable[Version]) -> DatasetReference | None:
    first = min(datasets, default=None)
    return None if first is None else DatasetReference(dataset=first[0], version=first[1])
