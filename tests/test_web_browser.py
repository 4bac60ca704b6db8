"""The site and a feed in a real browser. Its tests are there where Debian's chromium is installed."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from newswatch.render.words import LANGUAGES
from readerscene import ANN, for_, link, scene_at
from webdoors import Doors

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = ("/", "/feeds/desk/moldova.atom", "/releases/00000000000000a1", "/status", "/nothing")


@pytest.fixture(scope="module")
def site_url() -> Iterator[str]:
    """The site on a free port of loopback."""
    door = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{door.getsockname()[1]}"
    app = Doors(base_url=url).app()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    yield url
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture
def language() -> str:
    return "en"


@pytest.fixture
def manage_url(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, language: str
) -> Iterator[str]:
    """The page of a reader who was sent a mail."""
    with scene_at(tmp_path, sqlite_url, monkeypatch, language) as scene:
        with ThreadPoolExecutor() as beside:  # the driver of the browser has a loop in this thread
            beside.submit(scene.publish, "opens").result()
            mails = beside.submit(scene.deliver).result()
        yield scene.url + link(for_(mails, ANN), "manage")


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page as wide as a phone's."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


if CHROMIUM.exists():

    def test_a_feed_is_readable_in_a_browser(page: Any, site_url: str) -> None:
        page.goto(f"{site_url}/feeds/desk/moldova.atom")
        assert page.title() == "Everything about Moldova · newswatch"
        assert page.locator("h3").all_inner_texts() == ["Observers open mission to Moldova"]
        assert page.locator("code").inner_text() == f"{site_url}/feeds/desk/moldova.atom"

    def test_a_reader_goes_from_the_front_page_to_a_release(page: Any, site_url: str) -> None:
        page.goto(site_url)
        page.get_by_role("link", name="Observers cancel mission to Georgia").click()
        assert page.locator("h1").inner_text() == "Observers cancel mission to Georgia"
        assert "Mission cancelled" in page.locator("dl").inner_text()

    def test_a_reader_of_mail_chooses_on_a_phone_without_scripts(
        browser: Any, manage_url: str
    ) -> None:
        from playwright.sync_api import expect

        phone = {"width": 380, "height": 800}
        context = browser.new_context(viewport=phone, java_script_enabled=False)
        page = context.new_page()
        page.goto(manage_url)
        page.get_by_role("button", name="Stop this one").first.click()
        assert page.get_by_role("status").inner_text() == "You get nothing more by that rule."
        page.get_by_label("Pause until").first.fill("2025-02-10")
        page.get_by_role("button", name="Pause").first.click()
        assert "Paused until 10 February 2025" in page.locator(".verdict").nth(1).inner_text()
        page.get_by_role("button", name="Resume now").click()
        page.get_by_role("button", name="Make an address").first.click()
        assert page.locator("code").inner_text().endswith("/calendar.ics")
        page.get_by_role("button", name="Unsubscribe from everything").click()
        expect(page.get_by_text("You are unsubscribed since")).to_have_count(2)
        context.close()

    @pytest.mark.parametrize("width", [380, 1200])
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_page_of_a_reader_fits(browser: Any, manage_url: str, width: int) -> None:
        context = browser.new_context(viewport={"width": width, "height": 800})
        page = context.new_page()
        page.goto(manage_url)
        widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        scrolled, shown = page.evaluate(widths)
        assert scrolled == shown
        context.close()

    @pytest.mark.parametrize("path", PAGES)
    def test_a_page_is_styled_and_fits_a_phone(page: Any, site_url: str, path: str) -> None:
        page.goto(site_url + path)
        widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        scrolled, shown = page.evaluate(widths)
        assert scrolled == shown
        assert page.evaluate("document.styleSheets[0].cssRules.length") > 10

    def test_a_page_asks_nobody_else_for_anything(page: Any, site_url: str) -> None:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{site_url}/releases/00000000000000a1")
        assert all(url.startswith(f"{site_url}/") for url in asked)
