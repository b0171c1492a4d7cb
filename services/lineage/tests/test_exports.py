"""An export is whole, checked, the same every time, and what training tools load."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import obstore
import pyarrow.parquet as pq
import pytest
from obstore.store import MemoryStore

from aidataops.events import Payload
from aidataops.events.lineage import VersionRegistered, VersionRow
from aidataops.events.sourcing import ItemAccepted
from aidataops.testing import ServiceHarness
from lineage.app import create_app
from lineage.exports import exporting
from lineage.exports.errors import ExportError
from lineage.exports.exporting import Order, export
from lineage.exports.manifest import Manifest
from lineage.exports.target import Target

Story = Mapping[str, Payload]

SLICE = {"domain": "returns", "language": "es"}


async def exported(lineage: ServiceHarness, order: Order, target: Target) -> Manifest:
    async with lineage.application.pool.acquire() as connection:
        return await export(connection, order, target)


def version(*rows: tuple[str, str]) -> VersionRegistered:
    return VersionRegistered(
        dataset="odd/näme ~", version=3, project="support",
        rows=tuple(VersionRow(item_id=name, value=value, cohort="c") for name, value in rows),
    )  # fmt: skip


def item(item_id: str, text: str, media_type: str = "text/plain") -> ItemAccepted:
    return ItemAccepted(
        item_id=item_id, project="support", source_id="s-1", content_hash=f"hash of {item_id}",
        text=text, media_type=media_type, licence="CC-BY-4.0",
    )  # fmt: skip


def structured(item_id: str, **said: Any) -> ItemAccepted:
    return item(item_id, json.dumps(said), "application/json")


async def test_manifest_names_version_hash_and_checksum(
    database: str, story: Story, tmp_path: Path
) -> None:
    async with ServiceHarness.start(create_app(), database) as lineage:
        await lineage.deliver(*story.values())
        seen: list[tuple[int, int]] = []
        async with lineage.application.pool.acquire() as connection:
            manifest = await export(
                connection, Order("support@2", "domain", "jsonl"), Target.at(str(tmp_path)),
                progress=lambda done, of: seen.append((done, of)),
            )  # fmt: skip
        content = (tmp_path / "support@2.domain.jsonl").read_bytes()
        told = json.loads((tmp_path / "support@2.domain.jsonl.manifest").read_text())
        sealed = await lineage.fetch("SELECT hash FROM versions WHERE version_id = 'support@2'")
    assert told["sha256"] == hashlib.sha256(content).hexdigest() == manifest.sha256
    assert told["hash"] == sealed[0]["hash"]
    assert (told["rows"], told["items"], told["bytes"]) == (4, 4, len(content))
    assert json.loads(content.splitlines()[1]) == {
        "text": "¿Puedo devolverlo?", "label": "incorrect", "item_id": "i-2",
        "licence": "CC-BY-4.0", "slices": SLICE,
    }  # fmt: skip
    assert seen == [(4, 4)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "support@2.domain.jsonl", "support@2.domain.jsonl.manifest",
    ]  # fmt: skip


@pytest.mark.parametrize("format_name", ["jsonl", "parquet"])
async def test_same_version_is_the_same_bytes_however_it_is_paged(
    database: str, story: Story, tmp_path: Path, format_name: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ServiceHarness.start(create_app(), database) as lineage:
        await lineage.deliver(*list(story.values())[::-1])
        order = Order("support@2", "chat", format_name)
        first = await exported(lineage, order, Target.at(f"file://{tmp_path}/first"))
        assert await exported(lineage, order, Target.at(f"file://{tmp_path}/second")) == first
        monkeypatch.setattr(exporting, "GROUP", 1)
        third = await exported(lineage, order, Target.at(f"file://{tmp_path}/third"))
    if format_name == "jsonl":
        assert third == first
    else:
        groups = pq.ParquetFile(tmp_path / "third" / third.file)
        assert groups.num_row_groups == 4, "a group is what is held in memory"
        assert groups.read().equals(pq.read_table(tmp_path / "first" / first.file))


async def test_what_fits_no_shape_is_left_out_and_counted(database: str) -> None:
    store = MemoryStore()
    sides = {"left": "30 días", "right": "90 días"}
    async with ServiceHarness.start(create_app(), database) as lineage:
        await lineage.deliver(
            version(
                ("pair", "left"), ("tie", "tie"), ("rank", '["b","a","c"]'), ("none", "left"),
                ("stub", "left"), ("broken", "left"),
            ),
            structured("pair", prompt="¿Cuánto?", candidates=sides),
            structured("tie", prompt="¿Cuánto?", candidates=sides),
            structured("rank", messages=[{"role": "user", "content": "?"}],
                       candidates={"a": "A", "b": "B", "c": "C"}),
            item("none", "¿Cuánto?"),
            structured("broken", messages=[{"role": "judge", "content": "?"}]),
        )  # fmt: skip
        order = Order("odd/näme ~@3", "preference", "jsonl")
        manifest = await exported(lineage, order, Target(store, "memory://"))
    assert manifest.file == "odd~2Fn~C3~A4me~20~7E@3.preference.jsonl"
    assert manifest.left_out == {
        "a message needs content, a text, and a role of system, user, assistant, tool": 1,
        "a tie prefers nothing": 1,
        "it has no candidates to compare": 1,
        "no text is known of it": 1,
    }
    lines = bytes(obstore.get(store, manifest.file).bytes()).splitlines()
    pairs = [json.loads(line) for line in lines]
    said = [(pair["chosen"][0]["content"], pair["rejected"][0]["content"]) for pair in pairs]
    assert said == [("30 días", "90 días"), ("B", "A"), ("B", "C"), ("A", "C")]
    assert pairs[0]["prompt"] == [{"role": "user", "content": "¿Cuánto?"}]
    assert manifest.rows == len(pairs) == 4


async def test_judged_answers_are_learnt_only_when_their_label_is_kept(database: str) -> None:
    store = MemoryStore()
    async with ServiceHarness.start(create_app(), database) as lineage:
        await lineage.deliver(
            version(("bad", "incorrect"), ("good", "correct"), ("turns", "correct")),
            structured("good", prompt="Wie lange?", response="30 Tage"),
            structured("bad", prompt="Wie lange?", response="90 Tage"),
            structured("turns", messages=[
                {"role": "system", "content": "Kurz."}, {"role": "user", "content": "Wie lange?"},
                {"role": "assistant", "content": "Ein Monat"},
            ]),
        )  # fmt: skip
        order = Order("odd/näme ~@3", "chat", "jsonl")
        with pytest.raises(ExportError, match="--keep says which labels"):
            await exported(lineage, order, Target(store, "memory://"))
        assert obstore.list(store).collect() == [], "nothing stands where nothing fits"
        kept = Order("odd/näme ~@3", "chat", "jsonl", frozenset({"correct"}))
        manifest = await exported(lineage, kept, Target(store, "memory://"))
    lines = bytes(obstore.get(store, manifest.file).bytes()).splitlines()
    answers = [json.loads(line)["messages"][-1]["content"] for line in lines]
    assert answers == ["30 Tage", "Ein Monat"]
    assert manifest.left_out == {"its label is not kept": 1}


async def test_empty_version_is_an_empty_file(database: str, tmp_path: Path) -> None:
    async with ServiceHarness.start(create_app(), database) as lineage:
        await lineage.deliver(version())
        for format_name in ("jsonl", "parquet"):
            order = Order("odd/näme ~@3", "safety", format_name)
            manifest = await exported(lineage, order, Target.at(str(tmp_path)))
            assert (manifest.rows, manifest.left_out) == (0, {})
    assert pq.read_table(tmp_path / manifest.file).num_rows == 0


async def test_erased_items_leave_with_nothing(database: str, story: Story, tmp_path: Path) -> None:
    async with ServiceHarness.start(create_app(), database) as lineage:
        await lineage.deliver(*story.values())
        async with lineage.application.pool.acquire() as connection:
            await connection.execute(
                "INSERT INTO tombstones VALUES ('i-2', 'subject', 'support', now())"
            )
        order = Order("support@2", "domain", "jsonl")
        manifest = await exported(lineage, order, Target.at(str(tmp_path)))
    assert manifest.left_out == {"erased": 1}
    assert b"i-2" not in (tmp_path / manifest.file).read_bytes()


async def test_interrupted_export_leaves_nothing(
    database: str, story: Story, tmp_path: Path
) -> None:
    def interrupt(done: int, _: int) -> None:
        raise KeyboardInterrupt(done)

    async with ServiceHarness.start(create_app(), database) as lineage:
        await lineage.deliver(*story.values())
        async with lineage.application.pool.acquire() as connection:
            with pytest.raises(KeyboardInterrupt):
                await export(
                    connection, Order("support@2", "domain", "parquet"), Target.at(str(tmp_path)),
                    progress=interrupt,
                )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


async def test_unknown_version_and_target_say_what_to_do(database: str) -> None:
    async with ServiceHarness.start(create_app(), database) as lineage:
        with pytest.raises(ExportError, match="support@7 is not published: `aidataops dataset"):
            await exported(lineage, Order("support@7", "chat", "jsonl"), Target.at("memory://"))
    with pytest.raises(ExportError, match="--to ftp://x"):
        Target.at("ftp://x")
