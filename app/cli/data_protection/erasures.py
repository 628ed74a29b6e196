"""`portico erasures`: lists what was erased and deleted, and does it again after a backup was restored."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import select

from app.cli.data_protection.run import mutate, table_progress
from app.cli.data_protection.user import erase_one
from app.cli.database import open_database
from app.cli.output import AsJson, console, print_json, table
from app.database.pools import create_inspection_engine
from app.policy.people import current_user
from app.settings import Settings, load
from models import Base, Organization, User
from resolvers import public_id
from resolvers.data_protection.ownership import organization_tables
from resolvers.mutations.data_protection.delete_organization import DeletedOrganization, delete_organization
from resolvers.mutations.data_protection.erase_user import ErasureOrder
from resolvers.mutations.data_protection.recorded_erasures import ERASURE_KINDS, erased_ids, recorded_erasures
from resolvers.transaction.unit_of_work import UnitOfWork

erasures = typer.Typer(
    name="erasures", help="List what was erased and deleted, or do it again after a restore.", no_args_is_help=True
)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file that `portico erasures list` printed.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without this, the command only says what is there again.")]


@erasures.command("list")
def list_() -> None:
    """Print the ids of all users who were erased and all organizations that were deleted, as JSON.

    Keep it beside the backups: they still have that data.
    """
    with open_database(load()) as settings:
        print_json(asyncio.run(_recorded(settings)))


@erasures.command()
def apply(file: File, *, yes: Yes = False, as_json: AsJson = False) -> None:
    """Erase the users and delete the organizations of the list again that a restored backup has brought back.

    Users who are there again are removed, too. Without `--yes`, say who and what is there again.
    """
    listed = _read(file)
    with open_database(load()) as settings:
        back = asyncio.run(_present(settings, listed))
        if yes:
            for key in back["users"]:
                erase_one(settings, ErasureOrder(key, current_user(), remove=True))
            for key in back["organizations"]:
                _delete(settings, key)
    ids = {name: [public_id.encode(ERASURE_KINDS[name][1], key) for key in keys] for name, keys in back.items()}
    if as_json:
        print_json({"done": yes, **ids})
        return
    rows = [(id_, "erased" if name == "users" else "deleted") for name in ids for id_ in ids[name]]
    if not rows:
        typer.echo("Nothing to do: none of them is there.")
        return
    console().print(table("Id", "What happened" if yes else "What happens", rows=rows))
    if not yes:
        typer.echo("Nothing was changed: add --yes to erase and delete them again.")


def _delete(settings: Settings, key: UUID) -> None:
    with table_progress("Deleting", len(organization_tables())) as report:

        async def run(work: UnitOfWork) -> DeletedOrganization | None:
            return await delete_organization(work, key, current_user(), report)

        mutate(settings, run)


def _read(file: Path) -> dict[str, list[UUID]]:
    """The keys in the file. Raises BadParameter if it isn't one of these."""
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
        return {name: [_key(id_, model) for id_ in document[name]] for name, (_, model) in ERASURE_KINDS.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise typer.BadParameter(f"{file} is not an output of `portico erasures list`.") from error


def _key(id_: str, model: type[Base]) -> UUID:
    key = public_id.key(id_, model)
    if key is None:
        raise ValueError(id_)
    return key


async def _recorded(settings: Settings) -> dict[str, list[str]]:
    """The public ids that the platform's audit chain records."""
    engine = create_inspection_engine(settings.database())
    try:
        async with engine.connect() as connection:
            return erased_ids(await connection.execute(recorded_erasures()))
    finally:
        await engine.dispose()


async def _present(settings: Settings, listed: dict[str, list[UUID]]) -> dict[str, list[UUID]]:
    """Those of the listed users who are there and not erased, and those of the organizations that are there."""
    users, organizations = User.__table__, Organization.__table__
    engine = create_inspection_engine(settings.database())
    try:
        async with engine.connect() as connection:
            there = {
                "users": select(users.c.id).where(users.c.id.in_(listed["users"]), users.c.erased_at.is_(None)),
                "organizations": select(organizations.c.id).where(organizations.c.id.in_(listed["organizations"])),
            }
            return {name: list(await connection.scalars(statement)) for name, statement in there.items()}
    finally:
        await engine.dispose()
