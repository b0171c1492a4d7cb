"""Asking a read API: every answer that is none ends with a sentence and a code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from aidataops.client.asking import ask, show


def answer(monkeypatch: pytest.MonkeyPatch, status: int, document: Any) -> None:
    def request(method: str, url: str, **_: Any) -> httpx.Response:
        return httpx.Response(status, json=document, request=httpx.Request(method, url))

    monkeypatch.setattr("httpx.request", request)


@pytest.mark.parametrize(
    ("status", "detail", "code", "words"),
    [
        (404, "There is no project 'x'.", 3, "There is no project 'x'."),
        (404, "Not Found", 4, "http://qa is not qa: it knows no /projects/x"),
        (422, [{"loc": ["query", "limit"], "msg": "too large"}], 1, "qa refuses: limit: too large"),
        (409, "It is over.", 1, "qa refuses: It is over."),
        (503, "Starting.", 4, "http://qa answers 503: Starting."),
    ],
)
def test_no_answer_is_a_sentence_and_a_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    status: int,
    detail: Any,
    code: int,
    words: str,
) -> None:
    answer(monkeypatch, status, {"detail": detail})
    with pytest.raises(typer.Exit) as ended:
        ask("qa", "http://qa/", "/projects/x")
    assert ended.value.exit_code == code
    told = capsys.readouterr()
    assert told.err.strip() == words
    assert told.out == ""


def test_a_page_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def request(method: str, url: str, **_: Any) -> httpx.Response:
        return httpx.Response(200, text="<html>", request=httpx.Request(method, url))

    monkeypatch.setattr("httpx.request", request)
    with pytest.raises(typer.Exit) as ended:
        ask("qa", "http://console", "/flags")
    assert ended.value.exit_code == 4
    assert capsys.readouterr().err.strip() == (
        "http://console is not qa: it answers no JSON to /flags"
    )


def test_what_nobody_knows_may_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, 404, {"detail": "There is no request 'r'."})
    assert ask("qa", "http://qa", "/work/r", or_none=True) is None


def test_only_what_was_given_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Any] = []

    def request(method: str, url: str, **more: Any) -> httpx.Response:
        asked.append((method, url, more["params"], more["content"]))
        return httpx.Response(200, json=[], request=httpx.Request(method, url))

    monkeypatch.setattr("httpx.request", request)
    assert ask("lineage", None, "/flags", directory=tmp_path, dataset=None, limit=3) == []
    ask("lineage", "http://l", "/trial", content=b"x")
    assert asked == [
        ("GET", "http://127.0.0.1:8086/flags", {"limit": 3}, None),
        ("POST", "http://l/trial", {}, b"x"),
    ]


def test_people_see_minutes_and_machines_see_all(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"at": "2026-12-06T21:41:15.807989Z", "share": 0.33333, "slices": {"a": "b"}, "n": None}
    show([row], ("rows", [row]), as_json=False)
    told = capsys.readouterr().out
    for words in ("2026-12-06 21:41", "0.333", "a=b", "–"):
        assert words in told
    assert "15.8" not in told
    show([row], ("rows", [row]), as_json=True)
    assert "2026-12-06T21:41:15.807989Z" in capsys.readouterr().out
