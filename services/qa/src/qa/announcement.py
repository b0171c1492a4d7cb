"""What qa says about annotators, in the words of the contract."""

from __future__ import annotations

from aidataops.events.quality import AnnotatorReinstated, AnnotatorSuspended, GoldenScored
from qa.domain.golden import SUSPEND_ABOVE, Standing
from qa.domain.proportion import wilson_interval
from qa.store.golden import Judgement, Score
from qa.store.rows import AnnotatorKey


def report_score(score: Score, standing: Standing) -> GoldenScored:
    """An answer to a golden item, and where its annotator stands now."""
    project, vendor, annotator = score.annotator
    lower, upper = wilson_interval(standing.golden_correct, standing.golden_total)
    return GoldenScored(
        project=project,
        annotator=annotator,
        vendor=vendor,
        label_id=score.label_id,
        item_id=score.item_id,
        correct=score.correct,
        golden_correct=standing.golden_correct,
        golden_total=standing.golden_total,
        log_likelihood_ratio=standing.log_likelihood_ratio,
        wilson_lower=lower,
        wilson_upper=upper,
    )


def report_turn(
    key: AnnotatorKey, judgement: Judgement
) -> AnnotatorSuspended | AnnotatorReinstated:
    """A suspension, or its end."""
    project, vendor, annotator = key
    standing = judgement.standing
    if standing.status != "suspended":
        earned = standing.reinstated_by is not None
        return AnnotatorReinstated(
            project=project,
            annotator=annotator,
            vendor=vendor,
            reason="calibration on golden items is passed"
            if earned
            else "what has come to be known of golden items since turns the suspension round",
            trusted_after=judgement.trusted_after,
        )
    lower, upper = wilson_interval(standing.golden_correct, standing.golden_total)
    ratio, bound = standing.log_likelihood_ratio, SUSPEND_ABOVE
    return AnnotatorSuspended(
        project=project,
        annotator=annotator,
        vendor=vendor,
        golden_correct=standing.golden_correct,
        golden_total=standing.golden_total,
        log_likelihood_ratio=ratio,
        wilson_lower=lower,
        wilson_upper=upper,
        reason=f"log likelihood ratio on golden items went above {bound:.3f}",
    )
