"""`portico signing-keys`: the keys that sign the access tokens of API clients."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer

from app.auth.key_ring import rotation
from app.cli.database import database_of, writing_of
from app.cli.policy.output import AsJson, console, print_json, table
from app.settings import Settings, load
from resolvers import timestamps
from resolvers.callers.caller import Caller
from resolvers.identity import signing_keys as keys
from resolvers.identity.signing_keys import StoredKey
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction

T = TypeVar("T")

signing_keys = typer.Typer(
    name="signing-keys", help="The keys that sign access tokens.", no_args_is_help=True, add_completion=False
)

AtOnce = Annotated[
    bool, typer.Option("--at-once", help="Let it sign now, not when everybody can have fetched it: after an accident.")
]
Kid = Annotated[str, typer.Argument(help="The id of the key, as `list` shows it.")]


@signing_keys.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the keys that are published: which one signs, and when each is over."""
    _show(_run(lambda writing, settings: keys.published(writing, rotation(settings))), as_json)


@signing_keys.command()
def rotate(at_once: AtOnce = False, as_json: AsJson = False) -> None:
    """Make the next key, and publish it. It signs in an hour; the former one stays until its last token is over."""

    async def made(writing: MutationContext, settings: Settings) -> Sequence[StoredKey]:
        async def make(work: UnitOfWork) -> Sequence[StoredKey]:
            return await keys.rotate(work, rotation(settings), at_once=at_once)

        return await run_in_transaction(writing, Caller(), make)

    _show(_run(made), as_json)


@signing_keys.command()
def remove(kid: Kid, as_json: AsJson = False) -> None:
    """Take a key away, with all tokens that it signed: within a minute, no server takes them any more."""

    async def removed(writing: MutationContext, settings: Settings) -> Sequence[StoredKey]:
        if not await run_in_transaction(writing, Caller(), lambda work: keys.remove(work, kid)):
            raise typer.BadParameter(f"There is no signing key {kid}.")
        return await keys.published(writing, rotation(settings))

    _show(_run(removed), as_json)


def _run(work: Callable[[MutationContext, Settings], Awaitable[T]]) -> T:
    async def run(settings: Settings) -> T:
        async with writing_of(settings) as writing:
            return await work(writing, settings)

    with database_of(load()) as settings:
        return asyncio.run(run(settings))


def _show(stored: Sequence[StoredKey], as_json: bool) -> None:
    rows = [_row(key) for key in stored]
    if as_json:
        print_json(rows)
    else:
        console().print(table("Key", "State", "Made", "Signs from", "Over at", rows=(row.values() for row in rows)))


def _row(key: StoredKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "state": key.state.value,
        "createdAt": _moment(key.created_at),
        "signsFrom": _moment(key.signs_from),
        "overAt": key.over_at and _moment(key.over_at),
    }


def _moment(value: datetime) -> str:
    return timestamps.encode(value.replace(microsecond=0))
