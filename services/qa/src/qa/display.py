"""A project's quality on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_COLOURS = {
    "passed": "green", "released": "green", "qualified": "green", "inconclusive": "yellow",
    "in_trial": "yellow", "failed": "red", "blocked": "red", "suspended": "red",
}  # fmt: skip


def display(quality: Mapping[str, Any]) -> None:
    """Print what the read API says of a project, part by part; what is empty is left out."""
    console = Console(soft_wrap=True)
    console.print(escape(_title(quality)))
    parts = (
        ("Agreement", ("scope", "of", "coefficient", "value", "95 % interval", "verdict", "beware"),
         map(_agreement, quality["agreements"])),
        ("Confusions", ("guideline", "values", "share", "cost", "section"),
         _confusions(quality["confusions"])),
        ("Annotators", ("annotator", "golden", "Wilson 95 %", "log ratio", "stands", "flags"),
         _annotators(quality["annotators"], quality["flags"])),
        ("Charts (CUSUM)", ("scope", "of", "batches", "sum", "limit", ""),
         map(_chart, quality["charts"])),
        ("Drift", ("scope", "of", "batch", "since", "before → since", "annotator", "cohort",
                   "slices"), map(_drift, quality["drift"])),
        ("Batches", ("batch", "verdict", "check", "figure", "floor", "says", "detail"),
         _batches(quality["batches"])),
    )  # fmt: skip
    for title, columns, rows in parts:
        shown = list(rows)
        if shown:
            console.print(_table(title, columns, shown))


def interval(lower: float | None, upper: float | None) -> str:
    """Two bounds, as far as they exist."""
    return " … ".join(_figure(bound) for bound in (lower, upper))


def value_of(agreement: Mapping[str, Any]) -> str:
    """A coefficient's value, or the reason why there is none."""
    value = agreement["value"]
    return str(agreement["reason"]) if value is None else _figure(value)


def _title(quality: Mapping[str, Any]) -> str:
    method, recommended = quality["method"], quality["recommended"]
    advice = f", {recommended} is recommended" if recommended not in (None, method) else ""
    standard = f" ({quality['standard']})" if quality["standard"] else ""
    return (
        f"{quality['project']}: {quality['kind']} labels, weighed by {method}{advice}; "
        f"floor of agreement {quality['floor']:g}{standard}"
    )


def _agreement(one: Mapping[str, Any]) -> list[str]:
    figure = one["agreement"]
    return [
        one["scope"], _name(one["scope_value"]), figure["coefficient"], value_of(figure),
        interval(figure["lower"], figure["upper"]), one["verdict"], ", ".join(one["warnings"]),
    ]  # fmt: skip


def _confusions(measured: Iterable[Mapping[str, Any]]) -> Iterable[list[str]]:
    for one in measured:
        for pair in one["confusions"]:
            yield [
                one["guideline_version"], " / ".join(pair["values"]), f"{pair['share']:.0%}",
                _figure(pair["cost"]), pair["section"] or "–",
            ]  # fmt: skip


def _annotators(
    annotators: Iterable[Mapping[str, Any]], flags: Sequence[Mapping[str, Any]]
) -> Iterable[list[str]]:
    """Those who have no golden answers yet, but a flag, come last."""
    flagged: dict[tuple[str, str], list[str]] = {}
    for flag in flags:
        beside = f" with {flag['with_annotator']}" if flag["with_annotator"] else ""
        who = flag["vendor"], flag["annotator"]
        flagged.setdefault(who, []).append(flag["flag"] + beside)
    for one in annotators:
        who = one["vendor"], one["annotator"]
        yield [
            " ".join(who), f"{one['golden_correct']} of {one['golden_total']}",
            interval(one["wilson_lower"], one["wilson_upper"]),
            _figure(one["log_likelihood_ratio"]), one["status"], ", ".join(flagged.pop(who, [])),
        ]  # fmt: skip
    for who, names in flagged.items():
        yield [" ".join(who), "–", "–", "–", "–", ", ".join(names)]


def _chart(one: Mapping[str, Any]) -> list[str]:
    return [
        one["scope"], _name(one["scope_value"]), str(one["batches"]), f"{one['statistic']:.2f}",
        f"{one['limit']:g}", f"alarms with {one['batch_id']}" if one["alarms"] else "",
    ]  # fmt: skip


def _drift(one: Mapping[str, Any]) -> list[str]:
    return [
        one["scope"], _name(one["scope_value"]), one["batch_id"],
        f"{one['batches_since_change']} batches",
        f"{one['mean_before']:.3f} → {one['mean_since']:.3f}",
        f"{one['vendor']} {one['annotator']}" if one["annotator"] else "–", one["cohort"] or "–",
        ", ".join(f"{name}={value}" for name, value in one["slices"].items()) or "–",
    ]  # fmt: skip


def _batches(batches: Iterable[Mapping[str, Any]]) -> Iterable[list[str]]:
    """A row per check; the batch stands beside its first."""
    for one in batches:
        reviews = ", ".join(f"{items} {reason}" for reason, items in one["reviews"].items())
        first, verdict = one["batch_id"], one["verdict"]
        for check in one["checks"]:
            figures = [_figure(check["figure"]), _figure(check["floor"])]
            detail = check["detail"]
            if check["waiver"]:
                detail += f"; waived by {check['waiver']} until {check['waived_until']}"
            if check["standard"]:
                detail += f"; by {check['standard']}"
            yield [first, verdict, check["name"], *figures, check["verdict"], detail]
            first = verdict = ""
        if reviews:
            yield ["", "", "reviews", "", "", "", reviews]


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(_coloured, row))
    return table


def _coloured(text: str) -> str:
    colour = _COLOURS.get(text)
    return f"[{colour}]{text}[/{colour}]" if colour else escape(text)


def _name(scope_value: str) -> str:
    """People are kept as JSON: one [vendor, annotator], or two."""
    try:
        who = json.loads(scope_value)
    except ValueError:
        return scope_value
    if not isinstance(who, list):
        return scope_value
    pairs = who if isinstance(who[0], list) else [who]
    return " + ".join(" ".join(pair) for pair in pairs)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
