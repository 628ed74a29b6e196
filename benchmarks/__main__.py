"""`python -m benchmarks`: builds the world once, starts the contenders, compares their answers, measures them.

`python -m benchmarks policy` measures the questions about everybody's access instead.
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from rich.console import Console

from app.data_folder import default_data_dir
from benchmarks import policy, report, world
from benchmarks.measuring import Plan, measure
from benchmarks.pages import PAGES
from benchmarks.requests import answer, same
from benchmarks.servers import CONTENDERS, PORTICO, Contender, serving
from benchmarks.world import VIEWERS, Viewer

RESULTS = Path(__file__).parent / "results"
QUICK = Plan(tuple(PAGES), rounds=1, seconds=0.5)


def main() -> None:
    """Measures Portico beside the ordinary way and the ceiling; writes benchmarks/results/latest.json."""
    asked = _asked()
    rounds, seconds = (QUICK.rounds, QUICK.seconds) if asked.quick else (asked.rounds, asked.seconds)
    plan = Plan([page for page in PAGES if page in asked.only], rounds, seconds)
    contenders = [each for each in CONTENDERS if each is PORTICO or each.name in asked.contender]
    console = Console()
    folder = default_data_dir() / "benchmarks"
    with world.database(asked.database_url, folder) as url:
        viewers = asyncio.run(world.prepare(url, asked.organizations, console))
        with serving(contenders, world.environment(url, viewers, folder), folder) as ports:
            for viewer in viewers:
                if viewer.name in asked.viewer:
                    compare_and_measure(plan, ports, viewer, console)


def _asked() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    others = [each.name for each in CONTENDERS if each is not PORTICO]
    add = parser.add_argument
    add("--quick", action="store_true", help="one short round: to see that it runs, not to be quoted")
    add("--only", nargs="+", choices=[*PAGES], default=[*PAGES], help="these pages")
    add("--viewer", nargs="+", choices=VIEWERS, default=VIEWERS, help="who asks: with all accounts, with 5 + 5")
    add("--contender", nargs="+", choices=others, default=others, help="portico and these only")
    add("--rounds", type=int, default=5, help="how many (default 5)")
    add("--seconds", type=float, default=1.0, help="for each measurement (default 1)")
    add("--organizations", type=int, default=200, help="the size of the world (default 200)")
    add("--database-url", help="a database to load the world into, instead of an embedded one")
    return parser.parse_args()


def compare_and_measure(plan: Plan, ports: dict[Contender, int], viewer: Viewer, console: Console) -> None:
    """Checks that all give the same answers to one viewer, measures, prints the table and writes the file."""
    sizes = {
        page: same({each.name: answer(port, each, page, viewer) for each, port in ports.items()}) for page in plan.pages
    }
    with console.status("") as status:
        figures = measure(plan, ports, viewer, status.update)
    console.print(report.legend(figures))
    console.print(report.table(figures, sizes, viewer.name))
    path = RESULTS / ("latest.json" if viewer.name == VIEWERS[0] else f"latest-{viewer.name}.json")
    report.write(figures, path)
    console.print(f"Written to {path}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["policy"]:
        policy.main(sys.argv[2:])
    else:
        main()
