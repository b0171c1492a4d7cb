"""The page in a real browser, from a server of its own."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect

from aidataops.events import Payload
from aidataops.testing import ServiceHarness

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
Story = Mapping[str, Payload]


@pytest_asyncio.fixture
async def address(console: ServiceHarness) -> AsyncIterator[str]:
    """The console behind a real HTTP server on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    configuration = uvicorn.Config(
        console.application.asgi, lifespan="off", log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(configuration)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    with suppress(asyncio.CancelledError):
        await serving
    listener.close()


@pytest_asyncio.fixture
async def browser(address: str) -> AsyncIterator[Browser]:
    """A browser, which lets go of the server before that stops."""
    async with async_playwright() as playwright:
        held = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield held
        await held.close()


async def opened(browser: Browser, address: str) -> tuple[Page, list[str]]:
    """The page, and what its console complains about."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(address)
    return page, complaints


async def test_open_page_follows_the_events_by_itself(
    console: ServiceHarness, browser: Browser, address: str, story: Story
) -> None:
    page, complaints = await opened(browser, address)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Nothing has come in")
    await expect(page.get_by_role("status")).to_have_text("Live")
    unrouted = page.get_by_role("link", name="findings unrouted").locator(".value")
    await expect(unrouted).to_have_text("0")

    await console.deliver(story["failure 1"], story["failure 2"])
    await expect(unrouted).to_have_text("2")
    await page.get_by_role("link", name="findings unrouted").click()
    await expect(page.get_by_role("region", name="Findings without an answer")).to_be_in_viewport()

    await console.deliver(*story.values())
    await expect(unrouted).to_have_text("0")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("All accounted for")
    assert complaints == []


async def test_page_is_usable_without_eyes_and_without_a_wide_screen(
    console: ServiceHarness, browser: Browser, address: str, story: Story
) -> None:
    await console.deliver(*story.values())
    page, _ = await opened(browser, address)
    for landmark in ("banner", "navigation", "main", "contentinfo"):
        await expect(page.get_by_role(landmark)).to_have_count(1)
    for name, columns in {"Remediations": 7, "Regressions": 6, "Batches": 6}.items():
        table = page.get_by_role("region", name=name).get_by_role("table")
        await expect(table.get_by_role("columnheader")).to_have_count(columns)
        assert await table.get_by_role("rowheader").count() > 0
    await expect(page.get_by_role("img", name="95 % interval 0.731 to 0.930")).to_be_visible()

    await page.set_viewport_size({"width": 380, "height": 800})
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(overflow) <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_is_readable_in_either_scheme(
    console: ServiceHarness, browser: Browser, address: str, story: Story, scheme: str
) -> None:
    await console.deliver(*story.values())
    page, _ = await opened(browser, address)
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    poor = await page.evaluate(CONTRAST)
    assert poor == []


CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const backdrop = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *:not(script):not(svg *)")) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || node.classList.contains("skip")) continue;
    const [a, b] = [parse(getComputedStyle(node).color), backdrop(node)].map(luminance);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${node.className || node.tagName} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""
"""WCAG 2.2 contrast (1.4.3, AA) of every element with text of its own against what is behind it."""
