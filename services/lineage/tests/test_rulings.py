"""Of all decisions on one thing the latest counts, if the Accountable made it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from aidataops.events import Payload
from aidataops.events.governance import StandardChanged, WaiverGranted
from lineage.commands import standard, waiver
from lineage.commands.deciding import until
from lineage.domain.ledger import Entry
from lineage.domain.rulings import standards, waivers

TIME = datetime(2026, 5, 1, tzinfo=UTC)
LEAD = {"support": "lead"}
GATEWAY = ("--as", "lead", "--gateway", "http://127.0.0.1:9", "--api-key", "k")


def granted(day: int, *, days: int = 30, **more: Any) -> WaiverGranted:
    content: dict[str, Any] = {
        "decision_id": f"w-{day}", "subject": "b-1", "project": "support", "check": "agreement",
        "made_by": "lead", "role": "accountable", "made_at": TIME + timedelta(days=day),
        "expires_at": TIME + timedelta(days=day + days), "reason": "known tie",
    }  # fmt: skip
    return WaiverGranted(**content | more)


def entries(*payloads: Payload) -> list[Entry]:
    return [
        Entry(n, f"e-{n}", each.type, each.partition_key(), TIME, TIME, each.model_dump_json())
        for n, each in enumerate(payloads, 1)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_later_waiver_takes_an_earlier_one_back(seed: int) -> None:
    told = [granted(0), granted(2, days=0), granted(1, check="coverage"), granted(3, subject="b-2")]
    found = waivers(entries(*Random(seed).sample(told, len(told))), LEAD, TIME + timedelta(days=4))
    assert [(each["batch"], each["check"], each["in_force"]) for each in found] == [
        ("b-1", "agreement", False), ("b-1", "coverage", True), ("b-2", "agreement", True),
    ]  # fmt: skip


def test_decision_of_anybody_else_is_listed_and_not_in_force() -> None:
    forged = granted(0, made_by="x")
    responsible = granted(0, role="responsible", subject="b-2")
    found = waivers(entries(forged, responsible), LEAD, TIME)
    assert [(each["made_by"], each["accountable"], each["in_force"]) for each in found] == [
        ("x", "lead", False), ("lead", "lead", False),
    ]  # fmt: skip


def test_latest_value_of_a_standard_is_listed_with_its_target() -> None:
    told = [
        StandardChanged(
            decision_id=f"s-{day}", subject="support", standard="agreement_floor", value=day / 10,
            business_target="fewer complaints", made_by="lead", role="accountable",
            made_at=TIME + timedelta(days=day),
        )
        for day in (8, 7)
    ]  # fmt: skip
    (found,) = standards(entries(*told), LEAD)
    assert (found["value"], found["business_target"], found["in_force"]) == (
        0.8, "fewer complaints", True,
    )  # fmt: skip


def test_term_is_a_time_that_is_still_to_come() -> None:
    assert until("30d") - datetime.now(UTC) > timedelta(days=29)
    assert until("2999-01-01") == datetime(2999, 1, 1, tzinfo=UTC)
    for wrong in ("yesterday", "2020-01-01", "0d", "nand"):
        with pytest.raises(typer.BadParameter):
            until(wrong)


@pytest.mark.parametrize(
    ("app", "words", "expected"),
    [
        (waiver.app, ("grant", "b-1", "--check", "agreement", "--until", "30d", "--reason", " "),
         "--reason is empty"),
        (waiver.app, ("grant", "b-1", "--check", "agreement", "--reason", "why", "--until", "1999"),
         "is no time"),
        (standard.app, ("set", "golden_accuracy", "--target", "fewer", "--", "-0.5"), "below 0"),
        (standard.app, ("set", "agreement", "0.5", "--target", "fewer"), "agreement_floor"),
        (standard.app, ("set", "agreement_floor", "0.5", "--target", ""), "--target is empty"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named_before_anything_is_sent(
    app: typer.Typer, words: tuple[str, ...], expected: str
) -> None:
    given = [words[0], *GATEWAY, "--project", "support", *words[1:]]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 2
    assert expected in " ".join(result.output.replace("│", " ").split())


def test_gateway_without_a_scheme_is_a_wrong_option_at_once() -> None:
    said = ["--project", "support", "--check", "agreement", "--reason", "known tie"]
    to = ["--as", "lead", "--gateway", "localhost:8080", "--api-key", "k"]
    told = CliRunner().invoke(waiver.app, ["revoke", "b-1", *said, *to])
    assert told.exit_code == 2
    assert "'localhost:8080' is no URL" in told.output
