"""`python -m benchmarks statements`: the pages' statements of two versions, in PostgreSQL alone.

Those of the other version are first written to a file, by this script with the code of its checkout:

    PYTHONPATH=OTHER python benchmarks/statements.py --save other.json
    python -m benchmarks statements --with other.json

Both are prepared on one connection with generic plans, checked to have the same answers, and executed in turn, so that
other load on the machine meets both.
"""

import asyncio
import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

import asyncpg
from rich.console import Console
from rich.table import Table

from app.data_folder import default_data_dir
from app.database.pools import create_inspection_engine
from authz.access import Access
from authz.actor import Actor
from authz.policy import load
from benchmarks import world
from benchmarks.pages import PAGES
from benchmarks.requests import AnswersDiffer
from resolvers.callers.credentials import SessionToken
from resolvers.callers.load_actor import load_email_as_actor
from resolvers.identity.hashing import token_hash
from resolvers.query.selection import Request
from resolvers.query.session_guard import guard_parameters
from resolvers.query.statement import FixedParameter, build
from schema.operations import Operations

POLICY: Final = Path(__file__).parents[1] / "policies.polar"
IDLE: Final = timedelta(hours=12)

Text = tuple[str, Sequence[Any]]
"""SQL, and what each of its parameters is: the name of one of the guard, the index of a value of the request, or a list
with a value."""


def main(arguments: list[str]) -> None:
    """Compare the statements of the four pages with those of another version, or save them."""
    parser = ArgumentParser(prog="python -m benchmarks statements", description=main.__doc__)
    parser.add_argument("--save", type=Path, help="write the statements to this file, and measure nothing")
    parser.add_argument("--with", type=Path, dest="other", help="the file with the statements of the other version")
    parser.add_argument("--rounds", type=int, default=200, help="how often each is executed (default 200)")
    parser.add_argument("--organizations", type=int, default=200, help="size of the data set (default 200)")
    parser.add_argument("--data", type=Path, default=default_data_dir() / "benchmarks", help="the folder of the data")
    options = parser.parse_args(arguments)
    if (options.save is None) == (options.other is None):
        parser.error("one of --save and --with is needed")
    console = Console()
    with world.database(None, options.data) as url:
        viewers = asyncio.run(world.prepare(url, options.organizations, console))
        if options.save:
            options.save.write_text(json.dumps(asyncio.run(_texts(url, viewers))))
        else:
            console.print(asyncio.run(_compared(url, viewers, json.loads(options.other.read_text()), options.rounds)))


async def _actors(url: str, viewers: Sequence[world.Viewer]) -> dict[str, Actor]:
    engine, actors = create_inspection_engine(url), {}
    async with engine.connect() as connection:
        for viewer in viewers:
            actor = await load_email_as_actor(connection, viewer.email)
            assert actor is not None
            actors[viewer.name] = actor
    await engine.dispose()
    return actors


async def _texts(url: str, viewers: Sequence[world.Viewer]) -> dict[str, Text]:
    operations, policy, actors = Operations(), load(POLICY), await _actors(url, viewers)
    texts: dict[str, Text] = {}
    for viewer in viewers:
        for page, (document, variables) in PAGES.items():
            request = operations.prepare(document, None, variables)
            assert isinstance(request, Request)
            statement = build(operations.registry, Access(policy, actors[viewer.name].traits), request.selection)
            parameters = [[each.value] if isinstance(each, FixedParameter) else each for each in statement.parameters]
            texts[f"{page} {viewer.name}"] = (statement.sql, parameters)
    return texts


async def _compared(url: str, viewers: Sequence[world.Viewer], others: Mapping[str, Text], rounds: int) -> Table:
    """Raises AnswersDiffer."""
    table = Table("page", "viewer", "other, ms", "this, ms", "ratio", title="Statements of two versions, in turn")
    actors, texts = await _actors(url, viewers), await _texts(url, viewers)
    connection = await asyncpg.connect(url, statement_cache_size=0)
    await connection.execute("SET plan_cache_mode = force_generic_plan; SET jit = off")
    for viewer in viewers:
        caller = guard_parameters(actors[viewer.name], SessionToken(token_hash(viewer.token)), IDLE)
        for page, (document, variables) in PAGES.items():
            request = Operations().prepare(document, None, variables)
            assert isinstance(request, Request)
            name, both = f"{page} {viewer.name}", []
            for sql, parameters in (others[name], texts[name]):
                arguments = [_value(each, caller, request.values) for each in parameters]
                both.append((await connection.prepare(sql), arguments))
            times = await _times(both, rounds)
            ratio = median(this / other for other, this in times)
            medians = (f"{1000 * median(each):.3f}" for each in zip(*times, strict=True))
            table.add_row(page, viewer.name, *medians, f"{ratio:.3f}")
    await connection.close()
    return table


async def _times(both: Sequence[tuple[Any, list[Any]]], rounds: int) -> list[tuple[float, float]]:
    answers = {(await statement.fetchrow(*arguments))[0] for statement, arguments in both}
    if len(answers) > 1:
        raise AnswersDiffer(json.dumps(sorted(answers))[:1000])
    pairs = []
    for number in range(rounds):
        pair = [0.0, 0.0]
        for place in (0, 1) if number % 2 else (1, 0):
            statement, arguments = both[place]
            start = time.perf_counter()
            await statement.fetchrow(*arguments)
            pair[place] = time.perf_counter() - start
        pairs.append((pair[0], pair[1]))
    return pairs


def _value(parameter: Any, caller: Mapping[str, Any], values: Sequence[Any]) -> Any:
    if isinstance(parameter, list):
        return parameter[0]
    return values[parameter] if isinstance(parameter, int) else caller[parameter]


if __name__ == "__main__":
    main(sys.argv[1:])
