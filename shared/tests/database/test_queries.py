"""SQL by name, from one file or from a folder of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aidataops.database import Queries


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that nothing has imported yet."""
    folder = tmp_path / "asked_for_sql"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, folder.name, raising=False)
    return folder


def test_statements_of_one_file(package: Path) -> None:
    (package / "queries.sql").write_text(
        "-- name: one\n-- Why.\nSELECT 1;\n\n-- name: two\nSELECT 2;\n"
    )
    assert Queries.load(package.name) == {"one": "-- Why.\nSELECT 1;", "two": "SELECT 2;"}


def test_statements_of_a_folder(package: Path) -> None:
    (package / "queries").mkdir()
    (package / "queries" / "labels.sql").write_text("-- name: one\nSELECT 1;\n")
    (package / "queries" / "tasks.sql").write_text("-- name: two\nSELECT 2;\n")
    (package / "queries" / "notes.txt").write_text("-- name: three\nno SQL\n")
    assert Queries.load(package.name) == {"one": "SELECT 1;", "two": "SELECT 2;"}


def test_name_in_two_files_is_refused(package: Path) -> None:
    (package / "queries").mkdir()
    for name in ("labels", "tasks"):
        (package / "queries" / f"{name}.sql").write_text("-- name: one\nSELECT 1;\n")
    with pytest.raises(ValueError, match="'one' twice"):
        Queries.load(package.name)


def test_missing_name_says_which_there_are(package: Path) -> None:
    (package / "queries.sql").write_text("-- name: one\nSELECT 1;\n")
    with pytest.raises(KeyError, match="no statement 'two'; there are one"):
        Queries.load(package.name)["two"]
