"""`python -m benchmarks peers`: Portico beside PostGraphile and the ceiling, on the four pages.

All three use one database, and PostGraphile has the rules as row-level security. First, the answers of every active
user of an organization are compared; then each server is measured in turn, round by round, with 16 connections.
"""

import asyncio
import json
import re
import shutil
import subprocess
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from app.data_folder import default_data_dir
from benchmarks import report, world
from benchmarks.measuring import Sample, sample
from benchmarks.pages import PAGES
from benchmarks.peers.pages import PEER_PAGES, normalized
from benchmarks.requests import AnswersDiffer, check_same_data, fetch_answer, first_difference, request
from benchmarks.servers import CEILING, PORTICO, Contender, serving
from benchmarks.world import VIEWERS, Viewer

FOLDER = Path(__file__).parent
RESULTS = FOLDER.parent / "results" / "peers.json"
CONNECTIONS = 16
OLDEST_NODE = 20
WARM_UP_SECONDS = 2.0
TIMES_PEER, TIMES_CEILING_P99 = 3.0, 2.0
"""The targets: requests per second, and the p99, as multiples."""

USERS = """
SELECT email FROM users WHERE activated_at IS NOT NULL AND removed_at IS NULL AND (staff OR organization_id = (
    SELECT organization_id FROM users WHERE email = $1)) ORDER BY email
"""
CLAIMS = """
SELECT id::text AS user, coalesce(organization_id::text, '') AS organization, staff::text, audience,
       all_contract_accounts::text, all_delivery_accounts::text,
       array_to_string(array(SELECT permission FROM user_permissions
                             WHERE user_id = u.id AND (ends_at IS NULL OR ends_at > now())), ',') AS permissions
FROM users u WHERE email = $1
"""

Samples = dict[str, list[Sample]]
"""The samples of one page, one per round, by the contender's name."""


class NoNode(Exception):
    """Node, or what npm installs, is missing. The message says what to do."""


def main(arguments: list[str]) -> None:
    """Compare the answers of Portico and PostGraphile, measure both and the ceiling; write results/peers.json."""
    options = _options(arguments)
    console = Console()
    try:
        peer = postgraphile()
    except NoNode as error:
        raise SystemExit(f"benchmarks peers: {error}") from None
    folder = default_data_dir() / "benchmarks"
    with world.database(options.database_url, folder) as url:
        peer_url, viewers, everyone = asyncio.run(_prepare(url, options.organizations, console))
        claims = asyncio.run(_claims(peer_url, everyone))
        environment = world.environment(peer_url, viewers, folder) | {"PEER_CLAIMS": json.dumps(claims)}
        environment |= {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
        with serving([PORTICO, peer, CEILING], environment, folder) as ports:
            compared = compare(ports, peer, everyone, viewers)
            console.print(f"{compared} answers of {len(everyone)} users compared: all the same.")
            with console.status("") as status:
                figures = {
                    viewer.name: measure(ports, peer, viewer, options, status.update)
                    for viewer in viewers
                    if viewer.name in options.viewer
                }
    console.print(f"PostGraphile {version()} on {_run('node', '--version')}, {CONNECTIONS} connections")
    for name, by_page in figures.items():
        console.print(table(name, by_page))
    _write(figures)
    console.print(f"Written to {RESULTS}")


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks peers", description=main.__doc__)
    add = parser.add_argument
    add("--only", nargs="+", choices=[*PAGES], default=[*PAGES], help="only these pages")
    add("--viewer", nargs="+", choices=VIEWERS, default=VIEWERS, help="only this signed-in user")
    add("--rounds", type=int, default=5, help="number of rounds (default 5)")
    add("--seconds", type=float, default=2.0, help="seconds per measurement (default 2)")
    add("--organizations", type=int, default=200, help="size of the data set (default 200)")
    add("--database-url", help="a server on which a database and a role can be created, instead of an embedded one")
    return parser.parse_args(arguments)


def postgraphile() -> Contender:
    """PostGraphile as a contender. Raises NoNode."""
    node = shutil.which("node")
    found = re.match(r"v(\d+)\.", _run("node", "--version")) if node else None
    if node is None or found is None or int(found[1]) < OLDEST_NODE or shutil.which("npm") is None:
        raise NoNode(f"Node {OLDEST_NODE} or newer with npm was not found. Only this benchmark of peers needs it.")
    if not (FOLDER / "node_modules" / ".ready").exists():
        raise NoNode("PostGraphile is not installed: start with make bench ARGS=peers, which installs it.")
    return Contender("postgraphile", (str(FOLDER / "server.mjs"),), program=node)


def version() -> str:
    """The version of PostGraphile that is installed."""
    package = json.loads((FOLDER / "node_modules" / "postgraphile" / "package.json").read_text())
    return str(package["version"])


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


async def _prepare(url: str, organizations: int, console: Console) -> tuple[str, list[Viewer], list[Viewer]]:
    """A database with the data and the rules: its URL, the viewers of the pages, and all who compare answers."""
    peer_url = await world.migrated_database(url, "portico_peers")
    viewers = await world.prepare(peer_url, organizations, console)
    connection = await asyncpg.connect(peer_url)
    try:
        await connection.execute((FOLDER / "rules.sql").read_text())
        emails = [row["email"] for row in await connection.fetch(USERS, viewers[0].email)]
        others = set(emails) - {viewer.email for viewer in viewers}
        signed_in = [await world.signed_in(connection, email, email) for email in sorted(others)]
        return peer_url, viewers, [*viewers, *signed_in]
    finally:
        await connection.close()


async def _claims(url: str, viewers: list[Viewer]) -> dict[str, dict[str, str]]:
    """What PostGraphile knows of each viewer without asking the database, by token: as from the claims of a JWT."""
    connection = await asyncpg.connect(url)
    try:
        return {viewer.token: dict(await connection.fetchrow(CLAIMS, viewer.email)) for viewer in viewers}
    finally:
        await connection.close()


def compare(ports: Mapping[Contender, int], peer: Contender, everyone: list[Viewer], viewers: list[Viewer]) -> int:
    """The number of answers that were compared. Raises AnswersDiffer if two differ."""
    compared = 0
    for viewer in everyone:
        for page in PAGES:
            portico = fetch_answer(ports[PORTICO], PORTICO, page, viewer)
            other = fetch_answer(ports[peer], peer, page, viewer, PEER_PAGES)
            if (here := normalized(portico)) != (there := normalized(other)):
                difference = first_difference(json.dumps(there), json.dumps(here))
                raise AnswersDiffer(f"{peer.name} answers {page} differently for {viewer.email}:\n{difference}")
            compared += 1
            if viewer in viewers:
                check_same_data({"portico": portico, CEILING.name: fetch_answer(ports[CEILING], CEILING, page, viewer)})
    return compared


def measure(
    ports: Mapping[Contender, int], peer: Contender, viewer: Viewer, options: Namespace, show: Any
) -> dict[str, Samples]:
    """The samples of each page, after a warm-up. The contenders take turns within each round."""
    requests = {
        (page, contender): request(contender, page, viewer, PEER_PAGES if contender is peer else PAGES)
        for page in options.only
        for contender in ports
    }
    for (page, contender), content in requests.items():
        show(f"warm-up {page} {contender.name}")
        sample(ports[contender], CONNECTIONS, WARM_UP_SECONDS, content)
    samples: dict[str, Samples] = {page: {contender.name: [] for contender in ports} for page in options.only}
    for number in range(options.rounds):
        for (page, contender), content in requests.items():
            show(f"{viewer.name}, round {number + 1} of {options.rounds}: {page}, {contender.name}")
            samples[page][contender.name].append(sample(ports[contender], CONNECTIONS, options.seconds, content))
    return samples


def table(viewer: str, by_page: dict[str, Samples]) -> Table:
    """The medians of the rounds, one line per page, with the targets."""
    title = f"Viewer: {viewer}. Times in ms: Portico, PostGraphile, ceiling. ✓ ✗: the targets"
    result = Table("page", title=title, title_justify="left")
    for name in ("requests/s", "x PostGraphile", "of ceiling", "p50", "p99", "x ceiling's p99"):
        result.add_column(name, justify="right")
    for page, samples in by_page.items():
        found = [samples[name] for name in ("portico", "postgraphile", "ceiling")]
        rates = [median(each.rate for each in rounds) for rounds in found]
        p50s = [median(each.p50 for each in rounds) for rounds in found]
        p99s = [median(each.p99 for each in rounds) for rounds in found]
        result.add_row(
            page,
            f"{rates[0]:,.0f}",
            report.marked(rates[0] / rates[1], reached=rates[0] / rates[1] >= TIMES_PEER, digits=1),
            report.marked(rates[0] / rates[2], reached=rates[0] / rates[2] >= report.OF_CEILING[page], digits=2),
            *(" / ".join(f"{time:,.0f}" for time in times) for times in (p50s, p99s)),
            report.marked(p99s[0] / p99s[2], reached=p99s[0] / p99s[2] <= TIMES_CEILING_P99, digits=1),
        )
    return result


def _write(figures: dict[str, dict[str, Samples]]) -> None:
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    plain = {
        viewer: {
            page: {name: [asdict(each) for each in found] for name, found in samples.items()}
            for page, samples in by_page.items()
        }
        for viewer, by_page in figures.items()
    }
    RESULTS.write_text(json.dumps(plain, indent=1) + "\n")
