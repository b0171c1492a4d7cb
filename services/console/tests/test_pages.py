"""The page as HTML and its live updates."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest
from fastapi import Request

from aidataops.events import Payload
from aidataops.testing import ServiceHarness, SettableClock
from console.api import live
from console.pages import Pages

from .conftest import DUE

Story = Mapping[str, Payload]


@pytest.fixture(autouse=True)
def clock(console: ServiceHarness) -> SettableClock:
    """A clock that stands until a test moves it."""
    clock = SettableClock()
    console.application.clock = clock
    console.application.asgi.state.pages = Pages(clock)
    return clock


async def test_empty_page_explains_what_will_be_there(http: httpx.AsyncClient) -> None:
    html = (await http.get("/")).text
    assert "Nothing has come in yet" in html
    assert html.count('class="empty"') == 6
    assert "<table" not in html


async def test_text_from_outside_is_escaped_everywhere(
    console: ServiceHarness, http: httpx.AsyncClient, story: Story
) -> None:
    def poison(payload: Payload) -> Payload:
        document = payload.model_dump_json()
        for word in ("acme/assistant-v2", "returns", "bright-2", "Three of five", "b-1", "m-1",
                     "Only the data", "support", "exact_match", "f-1"):  # fmt: skip
            document = document.replace(f'"{word}', f'"{word}<img src=x onerror=alert(1)>')
        return type(payload).model_validate_json(document)

    await console.deliver(*(poison(payload) for payload in story.values()))
    assert await console.dead_letters() == []
    html = (await http.get("/")).text
    assert html.count("&lt;img") > 15
    assert "<img" not in html


async def test_numbers_lead_to_the_lists_behind_them(
    console: ServiceHarness, http: httpx.AsyncClient, story: Story
) -> None:
    await console.deliver(story["failure 1"], story["release"])
    html = (await http.get("/")).text
    for target in re.findall(r'href="#([a-z]+)"', html):
        assert f'id="{target}"' in html
    assert "Two of the three numbers are above zero" in html
    numbers = re.findall(r'<span class="value">(\d+)</span>', html)
    assert numbers == ["0", "1", "1"]


async def test_what_is_not_done_when_it_was_promised_is_late(
    console: ServiceHarness, http: httpx.AsyncClient, clock: SettableClock, story: Story
) -> None:
    names = ("request", "second request", "later schedule", "schedule")
    await console.deliver(*(story[name] for name in names))
    clock.advance(DUE + timedelta(days=1, hours=12) - clock.now())
    html = (await http.get("/")).text
    assert "in 12 h" in html
    assert "late" not in html
    clock.advance(timedelta(days=3))
    html = (await http.get("/")).text
    assert '<span class="pill bad">2 d late</span>' in html
    assert "1 is late." in html
    assert "40 labels are done before." in html


async def test_page_needs_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    answer = await http.get("/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    links = re.findall(r'(?:src|href)="([^"#][^"]*)"', answer.text)
    assert all(link.startswith("/") or link == "data:," for link in links)
    for link in links:
        if link.startswith("/static/"):
            asset = await http.get(link)
            assert asset.status_code == 200
            assert "immutable" in asset.headers["cache-control"]
    assert (await http.get("/static/page.html")).status_code == 404


async def test_page_is_rendered_once_a_second_and_its_digest_follows_its_content(
    console: ServiceHarness, clock: SettableClock, story: Story
) -> None:
    pages: Pages = console.application.asgi.state.pages
    first = await pages.current(console.application.pool)
    await console.deliver(story["failure 1"])
    assert await pages.current(console.application.pool) is first
    clock.advance(timedelta(seconds=1))
    second = await pages.current(console.application.pool)
    assert second.digest != first.digest
    clock.advance(timedelta(seconds=1))
    third = await pages.current(console.application.pool)
    assert third is not second
    assert third.digest == second.digest


async def test_watchers_hear_of_every_change(
    console: ServiceHarness, clock: SettableClock, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.api.WATCH_SECONDS", 0)
    scope = {"type": "http", "app": console.application.asgi, "headers": []}
    stream = (await live(Request(scope))).body_iterator

    async def next_event() -> str:
        async with asyncio.timeout(5):
            async for chunk in stream:
                if str(chunk).startswith("retry"):
                    return str(chunk)
        raise AssertionError("the stream ended")

    first = await next_event()
    assert "event: overview\ndata: " in first
    await console.deliver(story["failure 1"])
    clock.advance(timedelta(seconds=1))
    assert await next_event() != first
