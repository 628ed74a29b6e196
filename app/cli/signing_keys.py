"""`portico signing-keys`: manages the keys that sign the access tokens of API clients."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer

from app.auth.key_ring import key_rotation
from app.cli.database import open_database, open_mutation_context
from app.cli.output import AsJson, console, print_json, table
from app.settings import Settings, load
from resolvers import timestamps
from resolvers.callers.caller import Caller
from resolvers.identity import signing_keys as keys
from resolvers.identity.signing_keys import StoredKey
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

T = TypeVar("T")

signing_keys = typer.Typer(
    name="signing-keys", help="Manage the keys that sign access tokens.", no_args_is_help=True, add_completion=False
)

AtOnce = Annotated[
    bool, typer.Option("--at-once", help="Make it sign now, before all clients can have fetched it. For a leaked key.")
]
Kid = Annotated[str, typer.Argument(help="The id of the key, as shown by `list`.")]


@signing_keys.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the published keys: which one signs, and when each one ends."""
    _show(_run(lambda context, settings: keys.published_keys(context, key_rotation(settings))), as_json)


@signing_keys.command()
def rotate(at_once: AtOnce = False, as_json: AsJson = False) -> None:
    """Generate and publish the next key. It signs in an hour. The current key stays until its last token expires."""

    async def run(context: MutationContext, settings: Settings) -> Sequence[StoredKey]:
        async def add_key(work: UnitOfWork) -> Sequence[StoredKey]:
            return await keys.rotate_keys(work, key_rotation(settings), at_once=at_once)

        return await run_in_transaction(context, Caller(), add_key)

    _show(_run(run), as_json)


# The id of a key is Base64 for URLs, which may begin with "-"; it is no option then.
@signing_keys.command(context_settings={"ignore_unknown_options": True})
def remove(kid: Kid, as_json: AsJson = False) -> None:
    """Remove a key and invalidate all tokens that it signed. Within a minute, no server accepts them any more."""

    async def run(context: MutationContext, settings: Settings) -> Sequence[StoredKey]:
        if not await run_in_transaction(context, Caller(), lambda work: keys.remove_key(work, kid)):
            raise typer.BadParameter(f"There is no signing key {kid}.")
        return await keys.published_keys(context, key_rotation(settings))

    _show(_run(run), as_json)


def _run(work: Callable[[MutationContext, Settings], Awaitable[T]]) -> T:
    async def run(settings: Settings) -> T:
        async with open_mutation_context(settings) as context:
            return await work(context, settings)

    with open_database(load()) as settings:
        return asyncio.run(run(settings))


def _show(stored: Sequence[StoredKey], as_json: bool) -> None:
    rows = [_row(key) for key in stored]
    if as_json:
        print_json(rows)
    else:
        console().print(table("Key", "State", "Created", "Signs from", "Ends at", rows=(row.values() for row in rows)))


def _row(key: StoredKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "state": key.state.value,
        "createdAt": _moment(key.created_at),
        "signsFrom": _moment(key.signs_from),
        "overAt": key.ends_at and _moment(key.ends_at),
    }


def _moment(value: datetime) -> str:
    return timestamps.encode(value.replace(microsecond=0))
