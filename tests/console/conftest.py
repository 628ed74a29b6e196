"""A server with the demo data and the built console for each test, and browsers that watch what goes wrong."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from app.console.built_files import read_build
from tests.support.console.chromium import ChromiumMissing, chromium
from tests.support.console.server import ConsoleServer
from tests.support.console.watched_page import OpenVisitor, Visitor
from tests.support.databases import fresh_database, in_new_loop
from tests.support.embedded_server import public_folder
from tests.support.paths import ROOT
from tests.support.server import add_demo_world

PICTURES: Final = ROOT / "tests" / "console" / "screenshots"
PATIENCE: Final = 30_000
"""How long a page may take to show what is expected, in milliseconds."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of the run. Without one, the tests are skipped; in CI, they fail."""
    expect.set_options(timeout=PATIENCE)
    try:
        with chromium() as running:
            yield running
    except ChromiumMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def demo_database(server_url: str, template_database: str) -> Iterator[str]:
    """The name of a database with the demo data, of which each test gets a copy."""
    with fresh_database(server_url, template_database) as url:
        in_new_loop(add_demo_world(url))
        yield url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def server(server_url: str, demo_database: str) -> Iterator[ConsoleServer]:
    """This test's own server."""
    assert read_build().failure is None, "The console isn't built: run 'make console'."
    folder = public_folder()
    try:
        with fresh_database(server_url, demo_database) as url:
            serving = ConsoleServer(url, folder)
            try:
                serving.start()
                yield serving
            finally:
                serving.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session", autouse=True)
def _no_old_pictures() -> None:
    shutil.rmtree(PICTURES, ignore_errors=True)


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """Returns where a picture with this name is to be kept."""
    test = re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
    return lambda name: PICTURES / f"{test}--{name}.png"


@pytest.fixture
def visit(browser: Browser, server: ConsoleServer, picture: Callable[[str], Path]) -> Iterator[OpenVisitor]:
    """Opens browsers, one a person. A script's error, an error in the console and a report of the content security
    policy fail the test."""
    visitors: list[Visitor] = []

    def open_visitor(*, locale: str = "en-GB", java_script: bool = True) -> Visitor:
        visitors.append(Visitor(browser, server.address, locale=locale, java_script=java_script))
        return visitors[-1]

    yield open_visitor
    unexpected = [text for visitor in visitors for text in visitor.unexpected()]
    for number, visitor in enumerate(visitors, 1):
        visitor.picture(picture(f"end-{number}"))
        visitor.context.close()
    assert unexpected == []


@pytest.fixture
def page(visit: OpenVisitor) -> Page:
    """A page of somebody who isn't signed in."""
    return visit().new_page()
