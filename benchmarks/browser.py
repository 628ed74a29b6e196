"""`python -m benchmarks browser`: how long the console's screens take in a small and in a large organization.

Chromium opens each screen for an admin of both, in turn. The times are those of the browser's own clock: from the start
of the navigation, or from the key or the click, until a person sees the rows.
"""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from playwright.sync_api import Browser, Page, expect
from rich.console import Console
from rich.table import Table

from app.auth.session_cookie import name_at
from app.console.built_files import read_documents
from app.data_folder import default_data_dir
from benchmarks import growth_world
from benchmarks.growth_world import Place
from benchmarks.world import database
from tests.support.console.chromium import ChromiumMissing, chromium

RESULTS = Path(__file__).parent / "results" / "browser.json"
PLACES: Final = ("few", "large")
PATIENCE_MILLISECONDS: Final = 30_000
NOW: Final = "performance.now()"

Times = dict[str, dict[str, list[float]]]
"""Milliseconds of each round, by screen and place."""


@dataclass(frozen=True)
class Screen:
    """A screen, and how a person gets to it. `show` returns when the rows are visible; its time counts from `path`,
    or, if it `starts` from a page, from what `show` does there."""

    name: str
    path: str
    show: Callable[[Page, Place], None]
    starts: bool = False


def main(arguments: list[str]) -> None:
    """Measure the console's screens in Chromium, in a small and in a large organization; write results/browser.json."""
    options = _options(arguments)
    if not read_documents():
        raise SystemExit("benchmarks browser: the console is not built ('make console').")
    console, folder = Console(), default_data_dir() / "benchmarks"
    with database(options.database_url, folder) as url:
        databases = growth_world.prepare(url, growth_world.FEW, options.scale)
        with growth_world.serving_places(databases, [options.viewer], folder) as places, console.status(""):
            by_name = {place.name: place for place in places[options.viewer] if place.name in PLACES}
            try:
                with chromium() as browser:
                    times = measure(browser, by_name, options.rounds)
            except ChromiumMissing as missing:
                raise SystemExit(f"benchmarks browser: {missing}") from None
    console.print(table(options.viewer, times))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(times, indent=1) + "\n")
    console.print(f"Written to {RESULTS}")


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks browser", description=main.__doc__)
    add = parser.add_argument
    add("--viewer", choices=growth_world.VIEWERS, default=growth_world.VIEWERS[0], help="the user who looks at them")
    add("--rounds", type=int, default=9, help="how often each screen is opened (default 9)")
    add("--scale", type=float, default=1.0, help="share of the size of the large organization (default 1)")
    add("--database-url", help="a server on which databases can be created, instead of an embedded one")
    return parser.parse_args(arguments)


def measure(browser: Browser, places: Mapping[str, Place], rounds: int) -> Times:
    """The times of all screens. The places take turns. The first round fills the browser's cache, and is left out."""
    pages = {name: _signed_in(browser, place) for name, place in places.items()}
    times: Times = {screen.name: {name: [] for name in places} for screen in SCREENS}
    for number in range(rounds + 1):
        for screen in SCREENS:
            for name, place in places.items():
                milliseconds = _time(pages[name], screen, place)
                if number:
                    times[screen.name][name].append(round(milliseconds, 1))
    return times


def _signed_in(browser: Browser, place: Place) -> Page:
    """A page in a browser of its own, with the session of the viewer."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{place.port}/console/", locale="en-GB")
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    origin = f"http://127.0.0.1:{place.port}"
    context.add_cookies([{"name": name_at(origin), "value": place.viewer.token, "url": origin, "sameSite": "Strict"}])
    return context.new_page()


def _time(page: Page, screen: Screen, place: Place) -> float:
    page.goto(screen.path)
    start = 0.0
    if screen.starts:
        _has_rows(page, place)
        start = page.evaluate(NOW)
    screen.show(page, place)
    end: float = page.evaluate(NOW)
    return end - start


def _has_rows(page: Page, _: Place) -> None:
    rows = page.get_by_role("table", name="Users").get_by_role("row")
    expect(rows.nth(1)).to_be_visible(timeout=PATIENCE_MILLISECONDS)


def _searches(page: Page, place: Place) -> None:
    with page.expect_response("**/graphql") as response:
        page.get_by_role("searchbox", name="Search users").fill(place.viewer.email.partition("@")[0][:4])
    response.value.finished()
    _has_rows(page, place)


def _opens_a_card(page: Page, place: Place) -> None:
    page.get_by_role("table", name="Users").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    expect(page.get_by_text("Contract accounts").first).to_be_visible(timeout=PATIENCE_MILLISECONDS)


def _sees_what_a_new_user_sees(page: Page, _: Place) -> None:
    page.get_by_label("Email address").fill("nobody.yet@example.com")
    page.get_by_label("First name").fill("Nia")
    page.get_by_label("Last name").fill("Novak")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("group", name="Contract accounts").get_by_role("radio", name="All").check()
    region = page.get_by_role("region", name="What this user will see")
    expect(region.get_by_text("contract account").first).to_be_visible(timeout=PATIENCE_MILLISECONDS)


SCREENS: Final = (
    Screen("Users", "users/organization", _has_rows),
    Screen("Users of end customers", "users/delivery", _has_rows),
    Screen("Users, searched", "users/organization", _searches, starts=True),
    Screen("A user's card", "users/organization", _opens_a_card, starts=True),
    Screen("Add new user, up to the preview", "users/organization/new", _sees_what_a_new_user_sees),
)


def table(viewer: str, times: Times) -> Table:
    """The medians, one row per screen."""
    result = Table("screen", title=f"The console in Chromium: {viewer}", title_justify="left")
    for name in ("small organization, ms", "large, ms", "ratio"):
        result.add_column(name, justify="right")
    for screen, by_place in times.items():
        few, large = (median(by_place[name]) for name in PLACES)
        result.add_row(screen, f"{few:,.0f}", f"{large:,.0f}", f"{large / few:.1f}")
    return result
