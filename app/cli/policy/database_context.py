"""The database of the commands that query live data, and the options by which people name its resources.

These commands write nothing. Without DATABASE_URL, and if the embedded database has no organization yet, they use the
example data, in a separate database beside it: its users have a known password, so no server must ever read it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.database import open_database
from app.cli.demo import load_example
from app.cli.migrate import upgrade_database
from app.cli.policy.versions import policy_in_force
from app.database.hosts import connect
from app.database.pools import create_inspection_engine
from app.settings import Settings, load
from models import Base, Organization, User
from resolvers import public_id
from resolvers.policy_analysis.resource_lookup import MAX_MATCHES, Resource, find_resources

T = TypeVar("T")

EXAMPLE = "portico_example"
ACTIVE = "active"

First = Annotated[int, typer.Option(help="How many to list at most.", min=1, max=10_000)]
After = Annotated[str | None, typer.Option(help="The cursor that was printed below the previous page.")]
On = Annotated[str, typer.Option(help="The resource: id, name, code of a service, or email of a user.")]
OfType = Annotated[str | None, typer.Option("--type", help="The type of the resource, if several types match.")]
OfOrganization = Annotated[
    str | None, typer.Option("--organization", help="The organization of the resource, if several match: id or name.")
]


class ResourceNotFound(typer.BadParameter):
    """No resource, or more than one, has this name."""


@contextmanager
def database_with_data() -> Iterator[Settings]:
    """Yield the settings with the URL of the database to query, which runs while the block does, and with the policy
    that is in force in its servers."""
    loaded = load()
    with open_database(loaded) as opened:
        settings = opened if loaded.database_url else asyncio.run(_with_data(opened))
        with policy_in_force(settings) as in_force:
            yield in_force


async def _with_data(settings: Settings) -> Settings:
    await upgrade_database(settings)
    connection = await connect(settings.database())
    try:
        if await connection.fetchval("SELECT EXISTS (SELECT 1 FROM organizations)"):
            return settings
        exists = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", EXAMPLE)
        if not exists:
            await connection.execute(f"CREATE DATABASE {EXAMPLE} TEMPLATE template0 ENCODING 'UTF8'")
    finally:
        await connection.close()
    typer.echo("The database has no organization yet: using the example data.", err=True)
    address, _, parameters = settings.database().partition("?")
    example = settings.with_database(
        f"{address.rpartition('/')[0]}/{EXAMPLE}" + (f"?{parameters}" if parameters else "")
    )
    await upgrade_database(example)
    await load_example(example)
    return example


def run_query(settings: Settings, query: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Run `query` in one snapshot of the database and return its result."""

    async def run() -> T:
        engine = create_inspection_engine(settings.database())
        try:
            async with engine.connect() as connection:
                return await query(connection)
        finally:
            await engine.dispose()

    return asyncio.run(run())


async def find_one(
    connection: AsyncConnection, models: list[type[Base]], name: str, organization: str | None = None
) -> Resource:
    """The only resource of `models` with `name` as its id, or as its name, code or email in any case.

    `organization`, an id or a name, narrows it down. Raises ResourceNotFound if there is none or more than one.
    """
    within = None if organization is None else (await find_one(connection, [Organization], organization)).id
    candidates, key = _parse_id(name, models)
    found = await find_resources(connection, candidates, key=key, name=name, organization=within) if candidates else []
    if len(found) == 1:
        return found[0]
    if not found:
        kinds = "user has the email" if models == [User] else f"{_either(models)} has the name"
        raise ResourceNotFound(f"No {kinds} or id {name!r}.")
    matches = "\n".join(f"  {id_of(match.model, match.id)}  {match.name} of {match.organization}" for match in found)
    number = f"{MAX_MATCHES} or more" if len(found) == MAX_MATCHES else str(len(found))
    raise ResourceNotFound(f"{number} resources have the name {name!r}. Use an id:\n{matches}")


def _either(models: list[type[Base]]) -> str:
    *most, last = (model.__name__ for model in models)
    return f"{', '.join(most)} or {last}" if most else last


def _parse_id(name: str, models: list[type[Base]]) -> tuple[list[type[Base]], UUID | None]:
    """If `name` is an id, those of `models` that have such ids, and its key; else all models and None."""
    try:
        prefix, key = public_id.decode(name)
    except ValueError:
        return models, None
    return [model for model in models if model.id_prefix == prefix], key


def id_of(model: type[Base], key: UUID) -> str:
    """The public id of a row of `model`."""
    return public_id.encode(model, key)


def resource_json(resource: Resource) -> dict[str, str]:
    """`resource` in JSON output."""
    return {"type": resource.model.__name__, "id": id_of(resource.model, resource.id), "name": resource.name}
