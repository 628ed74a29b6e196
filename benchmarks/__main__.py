"""`python -m benchmarks`: loads the data set, starts the contenders, compares their responses, and measures them.

`python -m benchmarks NAME` measures something else:

- `browser`: the console's screens in Chromium
- `growth`: what a large organization costs
- `hostile`: honest callers beside hostile ones
- `peers`: Portico beside PostGraphile
- `policy`: access queries and policy diffs
- `previews`: access previews beside the pages that they show
- `shapes`: a reader beside queries of new shapes
- `sight`: metrics, traces and the JSON log beside a server without
- `signins`: a reader beside sign-ins
- `statements`: the pages' statements beside those of another version
- `write-statements`: what mutations ask of PostgreSQL, beside another version
- `writes`: mutations
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from rich.console import Console

from app.data_folder import default_data_dir
from benchmarks import (
    browser,
    growth,
    hostile,
    policy,
    previews,
    report,
    shapes,
    sight,
    signins,
    statements,
    world,
    write_statements,
    writes,
)
from benchmarks.measuring import Plan, measure
from benchmarks.pages import PAGES
from benchmarks.peers import run as peers
from benchmarks.requests import check_same_data, fetch_answer
from benchmarks.servers import CONTENDERS, PORTICO, Contender, serving
from benchmarks.world import VIEWERS, Viewer

RESULTS = Path(__file__).parent / "results"
OTHERS = {
    "browser": browser.main,
    "growth": growth.main,
    "hostile": hostile.main,
    "peers": peers.main,
    "policy": policy.main,
    "previews": previews.main,
    "shapes": shapes.main,
    "sight": sight.main,
    "signins": signins.main,
    "statements": statements.main,
    "write-statements": write_statements.main,
    "writes": writes.main,
}
QUICK = Plan(tuple(PAGES), rounds=1, seconds=0.5)


def main() -> None:
    """Measure Portico beside the ordinary way and the ceiling; write benchmarks/results/latest.json."""
    options = _options()
    rounds, seconds = (QUICK.rounds, QUICK.seconds) if options.quick else (options.rounds, options.seconds)
    plan = Plan([page for page in PAGES if page in options.only], rounds, seconds)
    contenders = [contender for contender in CONTENDERS if contender is PORTICO or contender.name in options.contender]
    console = Console()
    folder = default_data_dir() / "benchmarks"
    with world.database(options.database_url, folder) as url:
        viewers = asyncio.run(world.prepare(url, options.organizations, console))
        with serving(contenders, world.environment(url, viewers, folder), folder) as ports:
            for viewer in viewers:
                if viewer.name in options.viewer:
                    compare_and_measure(plan, ports, viewer, console)


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    others = [contender.name for contender in CONTENDERS if contender is not PORTICO]
    add = parser.add_argument
    add("--quick", action="store_true", help="one short round: a smoke test, not a measurement")
    add("--only", nargs="+", choices=[*PAGES], default=[*PAGES], help="only these pages")
    add(
        "--viewer",
        nargs="+",
        choices=VIEWERS,
        default=VIEWERS,
        help="the signed-in user: admin with all accounts, or limited to 5 + 5",
    )
    add("--contender", nargs="+", choices=others, default=others, help="only portico and these")
    add("--rounds", type=int, default=5, help="number of rounds (default 5)")
    add("--seconds", type=float, default=1.0, help="seconds per measurement (default 1)")
    add("--organizations", type=int, default=200, help="size of the data set (default 200)")
    add("--database-url", help="a database to load the data set into, instead of an embedded one")
    return parser.parse_args()


def compare_and_measure(plan: Plan, ports: dict[Contender, int], viewer: Viewer, console: Console) -> None:
    """Check that all contenders return the same data to one viewer, measure, print the table and write the file."""
    sizes = {
        page: check_same_data(
            {contender.name: fetch_answer(port, contender, page, viewer) for contender, port in ports.items()}
        )
        for page in plan.pages
    }
    with console.status("") as status:
        figures = measure(plan, ports, viewer, status.update)
    console.print(report.legend(figures))
    console.print(report.table(figures, sizes, viewer.name))
    path = RESULTS / ("latest.json" if viewer.name == VIEWERS[0] else f"latest-{viewer.name}.json")
    report.write(figures, path)
    console.print(f"Written to {path}")


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in OTHERS:
        OTHERS[sys.argv[1]](sys.argv[2:])
    else:
        main()
