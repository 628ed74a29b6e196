"""`portico staff`: adds, lists and removes the platform's own people."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from app.cli.data_protection.run import mutate
from app.cli.database import open_database
from app.cli.output import AsJson, console, print_json, table
from app.database.pools import create_write_engine
from app.policy.people import current_user
from app.settings import Settings, load
from models import User
from resolvers import timestamps
from resolvers.errors import MutationRejected
from resolvers.mutations.onboarding.staff import NewStaff, StaffChange, add_staff, remove_staff, staff_list
from resolvers.prepared_statement import single_statements
from resolvers.public_id import encode

staff = typer.Typer(
    name="staff",
    help="Add, list and remove the platform's own people, who onboard organizations.",
    no_args_is_help=True,
)

Email = Annotated[str, typer.Argument(help="The email address, with which the person signs in.")]
FirstName = Annotated[str | None, typer.Option(help="The first name. Without it, the activation page asks for it.")]
LastName = Annotated[str | None, typer.Option(help="The last name. Without it, the activation page asks for it.")]

DONE = {
    StaffChange.ADDED: "{email} is now one of the staff",
    StaffChange.SENT_AGAIN: "{email} is one of the staff already, and gets a new link",
    StaffChange.RESTORED: "{email} is one of the staff again",
}


@staff.command("add")
def add(email: Email, first_name: FirstName = None, last_name: LastName = None) -> None:
    """Add a user of the staff, and mail them a link to activate their account.

    Staff see all organizations. Somebody who hasn't activated their account gets a new link, and somebody who was
    removed is restored.
    """
    with open_database(load()) as settings:
        new = NewStaff(email.strip().lower(), current_user(), first_name, last_name)
        try:
            done = mutate(settings, lambda work: add_staff(work, new))
        except MutationRejected as rejected:
            _exit_with(rejected)
        typer.echo(f"{DONE[done].format(email=new.email)}. {_way_of_the_mail(settings)}")


@staff.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the staff with their state: PENDING until they activate their account, EXPIRED when the link has expired."""
    with open_database(load()) as settings:
        rows = [_shown(row) for row in asyncio.run(_read(settings))]
    if as_json:
        print_json(rows)
        return
    titles = ("Email", "Name", "State", "Added", "Last sign-in")
    columns = ("email", "name", "status", "createdAt", "lastSignInAt")
    console().print(table(*titles, rows=([row[column] for column in columns] for row in rows)))


@staff.command("remove")
def remove(email: Email) -> None:
    """Remove a user of the staff: their sessions end at once, and they can't sign in any more."""
    with open_database(load()) as settings:
        name = email.strip().lower()
        try:
            mutate(settings, lambda work: remove_staff(work, name, current_user()))
        except MutationRejected as rejected:
            _exit_with(rejected)
        typer.echo(f"{name} is removed, and their sessions have ended.")


def _exit_with(rejected: MutationRejected) -> None:
    for problem in rejected.problems:
        typer.echo(f"portico: {problem.message}", err=True)
    raise typer.Exit(1)


def _way_of_the_mail(settings: Settings) -> str:
    sender = "a server or `portico worker`"
    if settings.smtp_url is None:
        return f"SMTP_URL isn't set, so {sender} writes the mail with the link to {settings.data_dir / 'mail'}."
    return f"The mail with the link is sent by {sender}."


async def _read(settings: Settings) -> Sequence[Any]:
    engine = create_write_engine(settings.database(), max_connections=1)
    try:
        async with single_statements(engine) as connection:
            return (await connection.execute(staff_list())).all()
    finally:
        await engine.dispose()


def _shown(row: Any) -> dict[str, Any]:
    signed_in = row.last_sign_in_at
    return {
        "id": encode(User, row.id),
        "email": row.email,
        "name": " ".join(name for name in (row.first_name, row.last_name) if name) or None,
        "status": row.status,
        "createdAt": timestamps.encode(row.created_at.replace(microsecond=0)),
        "lastSignInAt": signed_in and timestamps.encode(signed_in.replace(microsecond=0)),
    }
