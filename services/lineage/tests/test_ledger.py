"""Whatever is done to the ledger is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from aidataops.events.governance import StandardChanged, WaiverGranted
from aidataops.events.lineage import LedgerAnchored
from aidataops.testing import ServiceHarness
from lineage.app import create_app
from lineage.commands.ledger import app
from lineage.domain.ledger import GENESIS, Anchor, Entry, Fault, Verification, chain
from lineage.store import LedgerStore

TIME = datetime(2026, 5, 1, tzinfo=UTC)


def ledger(length: int) -> list[Entry]:
    bare = [
        Entry(n, f"e-{n}", "aidataops.governance.policy_changed.v1", f"s-{n % 3}", TIME,
              TIME + timedelta(seconds=n), f'{{"n":{n}}}')
        for n in range(1, length + 1)
    ]  # fmt: skip
    hashes = chain(bare, GENESIS)
    return [replace(entry, hash=each) for entry, each in zip(bare, hashes, strict=True)]


def faults(entries: Sequence[Entry], anchors: Sequence[Anchor] = ()) -> list[Fault]:
    verification = Verification(anchors)
    verification.check(entries)
    return verification.finish()


def rechained(entries: Sequence[Entry]) -> list[Entry]:
    """What somebody would do who can compute hashes: number and chain everything anew."""
    bare = [replace(entry, entry=n) for n, entry in enumerate(entries, 1)]
    hashes = chain(bare, GENESIS)
    return [replace(entry, hash=each) for entry, each in zip(bare, hashes, strict=True)]


EDITS = {
    "event_id": "forged", "source_type": "forged", "subject": "forged", "content": "{}",
    "occurred_at": TIME - timedelta(days=1), "recorded_at": TIME - timedelta(days=1),
    "hash": bytes(32),
}  # fmt: skip
LEDGERS = st.integers(2, 12).map(ledger)


@given(entries=LEDGERS)
def test_ledger_as_it_was_written_verifies(entries: list[Entry]) -> None:
    anchors = [Anchor(entry.entry, entry.hash.hex()) for entry in entries]
    assert faults(entries, anchors) == []


@given(data=st.data(), entries=LEDGERS, field=st.sampled_from(sorted(EDITS)))
def test_edit_is_found_without_an_anchor(
    data: st.DataObject, entries: list[Entry], field: str
) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    edited = [*entries]
    edited[place] = replace(entries[place], **{field: EDITS[field]})  # type: ignore[arg-type]  # any field
    assert faults(edited)


@settings(max_examples=40)
@given(data=st.data(), entries=LEDGERS)
def test_deletion_and_another_order_are_found_without_an_anchor(
    data: st.DataObject, entries: list[Entry]
) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    assert faults(entries[:place] + entries[place + 1 :])
    order = data.draw(st.permutations(entries).filter(lambda each: each != entries))
    assert faults(order)


@given(data=st.data(), entries=LEDGERS)
def test_truncation_is_found_by_the_anchor_alone(data: st.DataObject, entries: list[Entry]) -> None:
    anchor = Anchor(len(entries), entries[-1].hash.hex())
    rest = entries[: data.draw(st.integers(0, len(entries) - 1))]
    assert faults(rest) == []
    assert [fault.kind for fault in faults(rest, [anchor])] == ["truncated"]


@given(data=st.data(), entries=LEDGERS)
def test_ledger_chained_anew_is_found_by_the_anchor(
    data: st.DataObject, entries: list[Entry]
) -> None:
    anchor = Anchor(len(entries), entries[-1].hash.hex())
    place = data.draw(st.integers(0, len(entries) - 1))
    edited = [*entries]
    edited[place] = replace(entries[place], content="{}")
    assert faults(rechained(edited)) == []
    assert [fault.kind for fault in faults(rechained(edited), [anchor])] == ["rewritten"]
    shorter = rechained(entries[:place] + entries[place + 1 :])
    assert faults(shorter, [anchor])


def standard(name: str) -> StandardChanged:
    return StandardChanged(
        decision_id=name, subject="support", made_by="lead", role="accountable", made_at=TIME,
        standard="agreement_floor", value=0.8, business_target="complaints below 1 %",
    )  # fmt: skip


async def test_acts_are_chained_once_in_the_order_of_arrival(database: str) -> None:
    waiver = WaiverGranted(
        decision_id="w", subject="b-1", made_by="lead", role="accountable", made_at=TIME,
        project="support", check="agreement", expires_at=TIME,
    )  # fmt: skip
    first, second = standard("d-1"), standard("d-2")
    async with ServiceHarness.start(create_app(), database) as lineage:
        emitted = await lineage.deliver(first, waiver)
        emitted += await lineage.deliver(second, first)
        anchors = [each for each in emitted if isinstance(each, LedgerAnchored)]
        assert anchors[-1].entries == 3
        async with lineage.application.pool.acquire() as connection:
            entries = await LedgerStore(connection).entries()
            assert [entry.entry for entry in entries] == [1, 2, 3]
            assert len({entry.event_id for entry in entries}) == 3
            assert faults(entries, [Anchor(each.entries, each.head) for each in anchors]) == []
        for statement in (
            "UPDATE ledger SET content = '{}' WHERE entry = 1",
            "DELETE FROM ledger WHERE entry = 3",
        ):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="only grows"):
                await lineage.application.pool.execute(statement)


def test_kafka_that_is_away_says_nothing_about_the_ledger() -> None:
    told = CliRunner().invoke(app, ["verify", "--bootstrap", "127.0.0.1:1"])
    assert told.exit_code == 4
    assert "no Kafka answers at 127.0.0.1:1" in told.stderr


def test_anchor_that_cannot_be_written_is_a_wrong_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = {"entries": 1, "head": "00"}
    monkeypatch.setattr("lineage.commands.ledger.ask", lambda *_, **__: head)
    told = CliRunner().invoke(app, ["anchor", str(tmp_path)])
    assert told.exit_code == 2
    assert "Is a directory" in told.stderr
