"""From what a harness's document and answer say to the failure taxonomy and a severity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from aidataops.events.evaluation import FailureCategory, Severity
from aidataops.harnesses.notes import Notes
from aidataops.harnesses.sample import Sample
from aidataops.harnesses.text import presentable

REFUSALS = frozenset({"refuse", "refused", "refusal", "[refuse]", "[refused]"})
"""Answers and targets that stand for a refusal, in lower case."""

NO_MATCH = "[invalid]"
"""What lm-evaluation-harness's regex filter leaves when it found no answer."""

_TAGS = ("category", "capability", "risk")
_BY_TAG = {
    **{category.value: category for category in FailureCategory},
    "math": FailureCategory.REASONING,
    "policy_lookup": FailureCategory.COVERAGE_GAP,
    "safe_refusal": FailureCategory.SAFETY,
}
_SEVERITIES: dict[str, Severity] = {name: name for name in get_args(Severity)}


def categorize(
    sample: Sample,
    *,
    categories: Mapping[str, FailureCategory],
    defaults: Mapping[str, FailureCategory],
    notes: Notes,
) -> FailureCategory:
    """The category of a wrong answer.

    In this order: the user's ``field=value`` rules; what can be seen in the answer itself (it
    refused and should not have, or the other way round; no answer in the asked-for form); what the
    harness says of the failure (``defaults``); the sample's own tags; and ``coverage_gap``, which
    is what a wrong answer without any other sign means to data work. A tag that no rule knows is
    noted then.
    """
    for sign in (*(f"{name}={value}" for name, value in sample.attributes.items()), *sample.signs):
        if (category := categories.get(sign)) is not None:
            return category
    if (category := _seen_in_answer(sample)) is not None:
        return category
    for sign in sample.signs:
        if (category := defaults.get(sign)) is not None:
            return category
    tags = {name: str(sample.attributes[name]) for name in _TAGS if sample.attributes.get(name)}
    for value in tags.values():
        if (category := _BY_TAG.get(value)) is not None:
            return category
    notes.unmapped.update(presentable(f"{name}={value}") for name, value in tags.items())
    notes.unmapped.update(sample.signs)
    return FailureCategory.COVERAGE_GAP


def _seen_in_answer(sample: Sample) -> FailureCategory | None:
    refused, should_refuse = _is_refusal(sample.actual), _is_refusal(sample.expected)
    if should_refuse and not refused:
        return FailureCategory.UNDER_REFUSAL
    if refused and not should_refuse:
        return FailureCategory.OVER_REFUSAL
    return FailureCategory.FORMAT if sample.actual == NO_MATCH else None


def severity_of(attributes: Mapping[str, Any]) -> Severity:
    """The sample's ``severity`` or ``risk`` where it is one of ours, else ``medium``."""
    for tag in ("severity", "risk"):
        if (severity := _SEVERITIES.get(str(attributes.get(tag)))) is not None:
            return severity
    return "medium"


def _is_refusal(text: str | None) -> bool:
    return text is not None and text.strip().lower() in REFUSALS
