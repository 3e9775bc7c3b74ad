"""GraphiQL in a real browser that can reach nothing but the gateway."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, sync_playwright

from tests.support.process import Server, serve

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "gateway/http/static/graphiql/index.html"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Set to a folder to renew the pictures of the documentation.
PICTURES = os.environ.get("SEALGATE_PICTURES")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="NOT TESTED IN A BROWSER: there is no chromium"),
    pytest.mark.skipif(not BUILT.exists(), reason="NOT TESTED IN A BROWSER: make graphiql first"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    demo = tmp_path_factory.mktemp("demo")
    for name in ("seeds", "keys"):
        shutil.copytree(ROOT / name, demo / name)
    with serve(demo) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """A page of the gateway; what it asked of other hosts, and what the browser complained of."""

    def __init__(self, browser: Browser, url: str, scheme: str) -> None:
        self.scheme = scheme
        self.strangers: list[str] = []
        self.complaints: list[str] = []
        self._own = urlsplit(url).netloc
        size = {"width": 1280, "height": 800}
        self._context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        self.page: Page = self._context.new_page()
        self.page.on("console", self._heard)
        self.page.on("request", self._asked)
        self.page.route("**/*", self._let_through)
        self.page.goto(url)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https"} and address.netloc != self._own:
            self.strangers.append(request.url)

    def _let_through(self, route: Route) -> None:
        own = urlsplit(route.request.url).netloc == self._own
        route.continue_() if own else route.abort()

    def close(self) -> None:
        self._context.close()


@pytest.fixture(params=["light", "dark"])
def visit(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Visit]:
    visit = Visit(browser, server.url, request.param)
    yield visit
    visit.close()


def answer(page: Page) -> str:
    """What the result pane shows, once it shows an answer; the editor writes blanks its own way."""
    pane = page.locator(".graphiql-response")
    pane.get_by_text("totalCount").first.wait_for()
    return pane.inner_text().replace("\xa0", " ")


def test_a_query_out_of_the_cookbook_is_answered_and_nothing_comes_from_elsewhere(
    visit: Visit,
) -> None:
    page = visit.page
    page.get_by_role("button", name="Execute query").click()
    assert "Why a newsroom signs every story" in answer(page)
    if PICTURES is not None and visit.scheme == "light":
        page.screenshot(path=Path(PICTURES) / "graphiql.png")
    assert visit.strangers == []
    assert visit.complaints == []


def test_each_query_of_the_cookbook_has_a_tab_with_its_variables(visit: Visit) -> None:
    cookbook = (ROOT / "docs/cookbook.md").read_text(encoding="utf-8")
    tabs = visit.page.locator(".graphiql-tab")
    tabs.first.wait_for()
    assert tabs.count() == cookbook.count("```graphql\n")
    visit.page.get_by_role("button", name="Search", exact=True).click()
    visit.page.get_by_role("button", name="Variables", exact=True).click()
    visit.page.locator(".graphiql-editors").get_by_text("sign*").wait_for()


def test_the_documentation_explains_the_schema(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("button", name="Show Documentation Explorer").click()
    page.get_by_role("link", name="Query", exact=True).click()
    page.get_by_text("Only proven records answer.").wait_for()
    assert visit.strangers == []
