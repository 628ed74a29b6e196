"""What the verbs that ask about live data have in common: the database, and how people name things of it.

They write nothing. Where no database is named and the embedded one holds no organization yet, they ask about the
example world, in a database of its own beside it: its users have a known password, so it must not get where a server
reads.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar
from uuid import UUID

import asyncpg
import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.database import database_of
from app.cli.demo import example_loaded
from app.cli.migrate import upgraded
from app.database.pools import inspecting_engine
from app.settings import Settings, load
from models import Base, Organization
from resolvers import public_id
from resolvers.policy_analysis.resource_lookup import MOST, Resource, find_resources
from schema.schema import registry

T = TypeVar("T")

EXAMPLE = "portico_example"
ACTIVE = "active"

First = Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)]
After = Annotated[str | None, typer.Option(help="The cursor of the page before: what comes after it.")]
OfUser = Annotated[str, typer.Option("--user", help="The user: an email or an id.")]
On = Annotated[str, typer.Option(help="The thing: an id, a name, the code of a service, the email of a user.")]
OfType = Annotated[str | None, typer.Option("--type", help="Its type, where things of several types are called so.")]
OfOrganization = Annotated[
    str | None, typer.Option("--organization", help="Its organization, likewise: an id or a name.")
]
PREFIXES: dict[type[Base], str] = {each.model: each.prefix for each in registry().objects.values() if each.model}


class ResourceNotFound(typer.BadParameter):
    """Nothing, or more than one thing, is called so."""


@contextmanager
def live_data() -> Iterator[Settings]:
    """The settings, with the URL of the database that is asked, which runs while the block does."""
    given = load()
    with database_of(given) as settings:
        yield settings if given.database_url else asyncio.run(_with_data(settings))


async def _with_data(settings: Settings) -> Settings:
    await upgraded(settings)
    connection = await asyncpg.connect(settings.database())
    try:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM organizations)"):
            return settings
        there = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", EXAMPLE)
        if not there:
            await connection.execute(f"CREATE DATABASE {EXAMPLE} TEMPLATE template0 ENCODING 'UTF8'")
    finally:
        await connection.close()
    typer.echo("There is no organization yet: this is about the example world.", err=True)
    address, _, parameters = settings.database().partition("?")
    example = settings.with_database(
        f"{address.rpartition('/')[0]}/{EXAMPLE}" + (f"?{parameters}" if parameters else "")
    )
    await upgraded(example)
    await example_loaded(example)
    return example


def ask(settings: Settings, question: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """The answer to `question`, all of whose reads are of one moment."""

    async def asked() -> T:
        engine = inspecting_engine(settings.database())
        try:
            async with engine.connect() as connection:
                return await question(connection)
        finally:
            await engine.dispose()

    return asyncio.run(asked())


async def find_one(
    connection: AsyncConnection, models: list[type[Base]], called: str, organization: str | None = None
) -> Resource:
    """The only thing of `models` with this id or, whatever the case, this name, code or email; with `organization`, an
    id or a name, the only one of it. Raises NotFound."""
    within = None if organization is None else (await find_one(connection, [Organization], organization)).id
    wanted, key = _by_id(called, models)
    found = await find_resources(connection, wanted, key=key, called=called, organization=within) if wanted else []
    if len(found) == 1:
        return found[0]
    if not found:
        among = ", ".join(model.__name__ for model in models)
        raise ResourceNotFound(f"Nothing is called {called!r}, or has this id, among: {among}.")
    some = "\n".join(f"  {id_of(each.model, each.id)}  {each.name} of {each.organization}" for each in found)
    number = f"{MOST} or more" if len(found) == MOST else str(len(found))
    raise ResourceNotFound(f"{number} are called {called!r}. Name one by its id:\n{some}")


def _by_id(called: str, models: list[type[Base]]) -> tuple[list[type[Base]], UUID | None]:
    """Those of `models` that may be meant, and the key, if `called` is an id."""
    try:
        prefix, key = public_id.decode(called)
    except ValueError:
        return models, None
    return [model for model in models if PREFIXES[model] == prefix], key


def id_of(model: type[Base], key: UUID) -> str:
    """The public id of a row of `model`."""
    return public_id.encode(PREFIXES[model], key)


def document_of(thing: Resource) -> dict[str, str]:
    """What a document says of the thing that was asked about."""
    return {"type": thing.model.__name__, "id": id_of(thing.model, thing.id), "name": thing.name}
