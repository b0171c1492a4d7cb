"""What the EU AI Act (Regulation 2024/1689) asks of training data, answered from evidence.

Art. 10 asks for data governance of high-risk systems; Art. 53(1)(d) for a public summary of the
content used for training, by the template that the AI Office published in July 2025. A field
without evidence is a gap: nothing is filled in by assumption.
"""

from __future__ import annotations

from dataclasses import dataclass

from lineage.documents import phrases
from lineage.documents.evidence import Evidence, Source

GAP = "gap"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked; ``lacking`` says what evidence would answer it."""

    reference: str
    asks: str
    evidence: str | None
    lacking: str

    @property
    def answer(self) -> str:
        """The evidence, or the word ``gap`` and what is missing."""
        return self.evidence or f"{GAP}: {self.lacking}"


def article_10(evidence: Evidence) -> tuple[Field, ...]:
    """Art. 10(2) to (5), point by point."""
    return (
        Field("Art. 10(2)(a)", "Design choices", _design(evidence),
              "no recorded decision says why the version is as it is"),
        Field("Art. 10(2)(b)", "Origin of the data",
              phrases.sources_saying(evidence, "origin"),
              "not every row has a registered source"),
        Field("Art. 10(2)(b)", "Collection process", phrases.sources_saying(evidence, "method"),
              "not every row's source says its method"),
        Field("Art. 10(2)(b)", "Original purpose of collection, for personal data",
              _purpose(evidence), "sources do not say consent and permitted uses"),
        Field("Art. 10(2)(c)", "Annotation and labelling", _annotation(evidence),
              "not every row's guideline is published and signed off"),
        Field("Art. 10(2)(c)", "Cleaning: items held back by gates",
              phrases.shares(evidence.held_back), "no gate is known to have held anything back"),
        Field("Art. 10(2)(d)", "Assumptions: what the data measure and represent", None,
              "no event carries the assumptions; the guidelines state what labels mean"),
        Field("Art. 10(2)(e)", "Availability and quantity", _quantity(evidence),
              "the version has no rows"),
        Field("Art. 10(2)(e)", "Suitability", phrases.checks(evidence, "coverage", "golden"),
              "no gate checked coverage or golden accuracy"),
        Field("Art. 10(2)(f)", "Examination for biases",
              phrases.checks(evidence, "bias", "fairness"), "no examination is recorded"),
        Field("Art. 10(2)(g)", "Measures against biases", None, "no measure is recorded"),
        Field("Art. 10(2)(h)", "Gaps and shortcomings, and how they are addressed",
              phrases.remediations(evidence), "no remediation is behind this version"),
        Field("Art. 10(3)", "Relevant and representative", phrases.checks(evidence, "coverage"),
              "coverage against production was not checked at release"),
        Field("Art. 10(3)", "Free of errors, to the best extent possible",
              phrases.agreements(evidence), "not every row is in a batch with measured agreement"),
        Field("Art. 10(3)", "Statistical properties", _properties(evidence),
              "rows are in no slices"),
        Field("Art. 10(4)", "Geographical, contextual, behavioural or functional setting",
              phrases.sources_saying(evidence, "geography"), "sources do not say their geography"),
        Field("Art. 10(5)", "Special categories of personal data", _sensitivity(evidence),
              "not every row has a registered source"),
    )  # fmt: skip


def article_53(evidence: Evidence) -> tuple[Field, ...]:
    """The template's three sections; what providers say of themselves is not known here."""
    kinds = "not every row's source is registered"
    return (
        Field("Art. 53(1)(d) 1.1", "Provider", None, "the provider states its name and contact"),
        Field("Art. 53(1)(d) 1.2", "Models trained on it",
              phrases.listed(f"{run.model} ({run.completed_at})" for run in evidence.trainings),
              "no training run has named this version"),
        Field("Art. 53(1)(d) 1.3", "Modalities", phrases.shares(evidence.media_types),
              "no item's media type is known"),
        Field("Art. 53(1)(d) 1.3", "Size", _quantity(evidence), "the version has no rows"),
        Field("Art. 53(1)(d) 1.3", "Period of acquisition", phrases.period(evidence),
              "not every source says when it was collected"),
        Field("Art. 53(1)(d) 1.3", "Languages", phrases.shares(evidence.slices.get("language", ())),
              "rows have no slice `language`"),
        Field("Art. 53(1)(d) 2.1", "Publicly available datasets", None,
              "sources do not say whether they are publicly available"),
        Field("Art. 53(1)(d) 2.2", "Private datasets of third parties", None,
              "sources do not say from which third party they were obtained"),
        Field("Art. 53(1)(d) 2.3", "Crawled and scraped from online sources",
              _of_kind(evidence, "crawl"), kinds),
        Field("Art. 53(1)(d) 2.4", "User data", None,
              "sources do not say whether they are interactions of users"),
        Field("Art. 53(1)(d) 2.5", "Synthetic data", _of_kind(evidence, "synthetic"), kinds),
        Field("Art. 53(1)(d) 2.6", "Other sources",
              _of_kind(evidence, "internal_document", "human_generated", "multimodal"), kinds),
        Field("Art. 53(1)(d) 3.1", "Rights reserved from text and data mining",
              phrases.licences(evidence), "not every row has a licence"),
        Field("Art. 53(1)(d) 3.2", "Removal of illegal content", None,
              "no gate for illegal content is recorded"),
        Field("Art. 53(1)(d) 3.3", "Personal data erased since",
              f"{evidence.erased} rows" if evidence.erased else None, "no erasure touched it"),
    )  # fmt: skip


def _design(evidence: Evidence) -> str | None:
    made = evidence.decision
    if made is None:
        return None
    version = evidence.summary
    parents = phrases.listed(f"{one.dataset}@{one.version}" for one in version.parents)
    return (
        f"decision {made.decision_id} by {made.made_by} ({made.role}) on {made.made_at}: "
        f"{parents or 'no parent'} with {phrases.listed(version.batch_ids) or 'no batch'}"
    )


def _purpose(evidence: Evidence) -> str | None:
    said = (
        phrases.sources_saying(evidence, "consent"),
        phrases.sources_saying(evidence, "permitted_uses"),
    )
    return phrases.listed(part for part in said if part) if all(said) else None


def _annotation(evidence: Evidence) -> str | None:
    guided = phrases.guidelines(evidence)
    if guided is None or evidence.unreleased:
        return None
    suspended = evidence.suspended_annotators
    people = f"{evidence.annotators} annotators" + (f", {suspended} suspended" if suspended else "")
    return f"{guided}; {people}"


def _quantity(evidence: Evidence) -> str | None:
    items = evidence.summary.items
    return f"{items} rows, {evidence.characters} characters of text" if items else None


def _properties(evidence: Evidence) -> str | None:
    return phrases.listed(
        f"{dimension} ({phrases.shares(found)})" for dimension, found in evidence.slices.items()
    )


def _sensitivity(evidence: Evidence) -> str | None:
    return phrases.sources_saying(evidence, "sensitivity")


def _of_kind(evidence: Evidence, *kinds: str) -> str | None:
    """The sources of these kinds; "none" can only be said when every row's source is registered."""
    found: list[Source] = [one for one in evidence.sources if one.says("source_kind") in kinds]
    if found:
        return phrases.listed(phrases.source(one) for one in found)
    known = all(one.registered for one in evidence.sources) and not evidence.unsourced
    if not known or not evidence.sources:
        return None
    return "none: every row's source is registered, none is of this kind"
