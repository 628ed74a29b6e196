"""`python -m benchmarks growth`: what every list, filter, order, page and question costs in a large organization.

The time over HTTP, with one connection, of each request of each kind of user: in a small organization among few,
in the same one beside the large one, and in the large one. It names those that grow more than the limit.
"""

import json
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from app.console.built_files import read_documents
from app.data_folder import default_data_dir
from benchmarks import growth_kinds, growth_memory, growth_world
from benchmarks.growth_requests import growth_requests
from benchmarks.growth_world import VIEWERS, Place
from benchmarks.list_requests import Family, ListRequest
from benchmarks.stopwatch import GAVE_UP, Stopwatch, Timing
from benchmarks.world import database

RESULTS = Path(__file__).parent / "results" / "growth.json"
LIMIT, COUNT_LIMIT = 5.0, 10.0
"""How many times the time in a small organization a request may take in the large one."""
HARMLESS_MILLISECONDS = 10.0
"""A request that takes no longer than this in the large organization is not over the limit, however little it takes in
a small one."""
PLACES = ("few", "beside", "large")


@dataclass(frozen=True)
class Growth:
    """The times of one request of one viewer, by place, in milliseconds; or why there are none."""

    viewer: str
    family: Family
    name: str
    milliseconds: dict[str, float]
    refused: dict[str, str]

    @property
    def label(self) -> str:
        """Family and name."""
        return f"{self.family} {self.name}"

    @property
    def ratio(self) -> float | None:
        """The time in the large organization as a multiple of that in a small one."""
        few, grown = (self.milliseconds.get(place) for place in ("few", "large"))
        return grown / few if few and grown else None

    @property
    def is_over(self) -> bool:
        """Whether it grows more than it may, or the large organization is not answered and a small one is."""
        limit = COUNT_LIMIT if self.family.is_count else LIMIT
        refused = self.refused.get("large")
        is_lost = refused == GAVE_UP or (refused is not None and refused != self.refused.get("few"))
        is_noticed = self.milliseconds.get("large", 0) > HARMLESS_MILLISECONDS
        return is_lost or (is_noticed and (self.ratio or 0) > limit)


def main(arguments: list[str]) -> None:
    """Measure the growth of every request from a small organization to a large one; write results/growth.json."""
    options = _options(arguments)
    console = Console()
    folder = default_data_dir() / "benchmarks"
    with database(options.database_url, folder) as url:
        databases = growth_world.prepare(url, options.organizations, options.scale)
        growths: list[Growth] = []
        with growth_world.serving_places(databases, options.viewer, folder) as places:
            for name in options.viewer:
                with console.status("") as status:
                    for growth in measure(places[name], options):
                        growths.append(growth)
                        status.update(f"{name}: {growth.name}")
                console.print(growth_table(name, [g for g in growths if g.viewer == name], everything=options.all))
        console.print(summary_table(growths))
        if not read_documents():
            console.print("The console is not built ('make console'): its screens were not measured.")
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps([asdict(growth) for growth in growths], indent=1) + "\n")
        RESULTS.with_suffix(".md").write_text(growth_kinds.markdown(growths))
        console.print(f"Written to {RESULTS}, and the kinds of what is over the limit to {RESULTS.stem}.md")
        if not options.only:
            console.print(growth_memory.table(databases, folder))


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks growth", description=main.__doc__)
    add = parser.add_argument
    add("--only", metavar="REGEX", help="only requests whose family and name match, such as 'count users'; no memory")
    add("--viewer", nargs="+", choices=VIEWERS, default=list(VIEWERS), help="only these users")
    add("--roots", action="store_true", help="only lists at the root, not those inside a node")
    add("--pairs", action="store_true", help="every combination of a filter and an order")
    add("--all", action="store_true", help="print all requests, not only those over the limit")
    add("--seconds", type=float, default=0.1, help="seconds per request and place (default 0.1), five calls at least")
    add(
        "--organizations",
        type=int,
        choices=range(1, 100_001),
        metavar="N",
        default=growth_world.FEW,
        help="small organizations beside the large one, at least 1",
    )
    add("--scale", type=float, default=1.0, help="share of the size of the large organization (default 1)")
    add("--database-url", help="a server on which databases can be created, instead of an embedded one")
    return parser.parse_args(arguments)


def measure(places: list[Place], options: Namespace) -> Iterator[Growth]:
    """Measure the requests of one viewer, one after the other, each in all places."""
    by_place = [
        {
            (request.family, request.name): request
            for request in growth_requests(place.samples, roots_only=options.roots, pairs=options.pairs)
        }
        for place in places
    ]
    with ExitStack() as stack:
        watches = [stack.enter_context(Stopwatch(place.port, place.viewer.token)) for place in places]
        for family, name in by_place[-1]:
            if options.only and not re.search(options.only, f"{family} {name}"):
                continue
            milliseconds: dict[str, float] = {}
            refused: dict[str, str] = {}
            for place, watch, requests in zip(places, watches, by_place, strict=True):
                timing = _time(watch, requests.get((family, name)), options.seconds)
                if timing.milliseconds is not None:
                    milliseconds[place.name] = round(timing.milliseconds, 2)
                if timing.refused is not None:
                    refused[place.name] = timing.refused
            yield Growth(places[0].viewer.name, family, name, milliseconds, refused)


def _time(watch: Stopwatch, request: ListRequest | None, seconds: float) -> Timing:
    if request is None:
        return Timing(None)
    if request.needs_cursor:
        cursor = end_cursor(watch.data(request.document, request.variables))
        if cursor is None:
            return Timing(None)
        request = request.at_cursor(cursor)
    return watch.time(request.document, request.variables, seconds)


def end_cursor(data: object) -> str | None:
    """The `endCursor` of the first page in a response, at any depth; None if there is none."""
    while isinstance(data, dict):
        if "pageInfo" in data:
            cursor = data["pageInfo"]["endCursor"]
            return None if cursor is None else str(cursor)
        data = next(iter(data.values()), None)
    return None


def growth_table(viewer: str, growths: list[Growth], *, everything: bool) -> Table:
    """The requests of one viewer, those that grow most first: those over the limit, or all."""
    known = [growth for growth in growths if growth.ratio is not None]
    over = [growth for growth in growths if growth.is_over]
    ratio = f"{median(growth.ratio or 0 for growth in known):.1f}" if known else "none"
    title = f"{viewer}: {len(over)} of {len(growths)} over the limit; median of the ratios: {ratio}"
    result = Table("family", "request", title=title, title_justify="left")
    for name in (*(f"{place}, ms" for place in PLACES), "ratio"):
        result.add_column(name, justify="right")
    for growth in sorted(growths if everything else over, key=lambda g: -(g.ratio or 0)):
        cells = [_cell(growth, place) for place in PLACES]
        mark = "[red]✗[/] " if growth.is_over else ""
        result.add_row(growth.family, growth.name, *cells, f"{mark}{growth.ratio:.1f}" if growth.ratio else mark)
    return result


def summary_table(growths: list[Growth]) -> Table:
    """One row per viewer and family: how many requests, and how they grow."""
    result = Table("viewer", "family", title="Summary", title_justify="left")
    for name in ("requests", "over the limit", "median of the ratios", "median in large, ms", "slowest in large, ms"):
        result.add_column(name, justify="right")
    for viewer, family in dict.fromkeys((growth.viewer, growth.family) for growth in growths):
        known = [g for g in growths if (g.viewer, g.family) == (viewer, family) and g.ratio is not None]
        if known:
            times = [growth.milliseconds["large"] for growth in known]
            over = sum(growth.is_over for growth in known)
            ratio = median(growth.ratio or 0 for growth in known)
            cells = (str(len(known)), str(over), f"{ratio:.1f}", f"{median(times):,.1f}", f"{max(times):,.0f}")
            result.add_row(viewer, family, *cells)
    return result


def _cell(growth: Growth, place: str) -> str:
    time = growth.milliseconds.get(place)
    return " ".join(filter(None, ["" if time is None else f"{time:,.1f}", growth.refused.get(place)]))
