"""The data card: what a reader of a version should know, in sections of rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lineage.documents import phrases
from lineage.documents.evidence import Evidence, Share
from lineage.documents.regulation import GAP, Field, article_10, article_53


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and a table."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """``gaps`` of ``fields`` regulatory fields have no evidence."""

    title: str
    sentence: str
    sections: tuple[Section, ...]
    gaps: int
    fields: int


def make_card(evidence: Evidence) -> Card:
    """The card of a version; the same evidence makes the same card."""
    version = evidence.summary
    act = (article_10(evidence), article_53(evidence))
    fields = [field for part in act for field in part]
    gaps = sum(field.evidence is None for field in fields)
    return Card(
        title=f"Data card: {version.version_id}",
        sentence=f"{version.items} rows of project {version.project}. {gaps} of the {len(fields)} "
        "fields of the EU AI Act below have no evidence.",
        sections=(
            _identity(evidence),
            _flags(evidence),
            _counts("Labels", "label", evidence.labels),
            *(_counts(f"Slices: {name}", name, found) for name, found in evidence.slices.items()),
            _counts("Cohorts", "vendor/pool/guideline/batch", evidence.cohorts),
            _sources(evidence),
            _quality(evidence),
            _regulation("EU AI Act, Art. 10: data and data governance", act[0]),
            _regulation("EU AI Act, Art. 53(1)(d): summary of training content", act[1]),
        ),
        gaps=gaps,
        fields=len(fields),
    )


def _identity(evidence: Evidence) -> Section:
    version, made = evidence.summary, evidence.decision
    published = evidence.published_at
    rows: Iterable[tuple[str, str | None]] = (
        ("Hash (SHA-256 of the content)", version.hash),
        ("Origin", version.origin),
        ("Published", published.isoformat() if published else None),
        ("Decided by", f"{made.made_by}, {made.role}" if made else None),
        ("Accountable", evidence.accountable),
        ("Parents", phrases.listed(f"{one.dataset}@{one.version}" for one in version.parents)),
        ("Batches", phrases.listed(version.batch_ids)),
        ("Licences", phrases.shares(evidence.licences)),
        ("Rows without a known licence", str(evidence.unlicensed)),
        ("Rows without a known source", str(evidence.unsourced)),
        ("Rows whose item is erased", str(evidence.erased)),
    )
    return Section("Identity", ("", ""), tuple((name, said or GAP) for name, said in rows))


def _flags(evidence: Evidence) -> Section:
    rows = tuple((flag.cause, flag.about, str(flag.items)) for flag in evidence.flags)
    return Section("Known to be wrong", ("what", "about", "rows"), rows)


def _counts(title: str, column: str, counted: Iterable[Share]) -> Section:
    rows = tuple((share.value, str(share.items)) for share in counted)
    return Section(title, (column, "rows"), rows)


def _sources(evidence: Evidence) -> Section:
    aspects = ("name", "source_kind", "origin", "method", "licence", "geography", "sensitivity")
    return Section(
        "Sources",
        ("source", "rows", *(aspect.removeprefix("source_") for aspect in aspects), "standing"),
        tuple(
            (
                one.source_id,
                str(one.items),
                *(str(one.says(aspect) or GAP) for aspect in aspects),
                "suspended" if one.suspended else "in use",
            )
            for one in evidence.sources
        ),
    )


def _quality(evidence: Evidence) -> Section:
    rows = tuple(
        (
            release.release_id,
            str(release.items),
            phrases.agreement(release) or GAP,
            phrases.listed(f"{one['name']}: {one['verdict']}" for one in release.checks) or GAP,
        )
        for release in evidence.releases
    )
    if evidence.unreleased:
        rows = (*rows, ("labelled elsewhere", str(evidence.unreleased), GAP, GAP))
    return Section("Quality", ("release", "rows", "agreement", "gate"), rows)


def _regulation(title: str, fields: tuple[Field, ...]) -> Section:
    rows = tuple((field.reference, field.asks, field.answer) for field in fields)
    return Section(title, ("reference", "what is asked", "evidence"), rows)
