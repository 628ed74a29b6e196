"""`portico user`: exports the personal data of a user, and erases it; and resets their second factors."""

from typing import Annotated

import typer

from app.cli.data_protection.export_file import AsJson, To, write_file
from app.cli.data_protection.run import find, mutate
from app.cli.database import open_database
from app.cli.output import console, count_of, print_json, show_spinner, table
from app.data_export.queries import left_out_tables, user_queries
from app.policy.people import current_user
from app.settings import Settings, load
from models import User as UserModel
from models import tenant_of
from resolvers.data_protection.person import Person, tables_of_a_person
from resolvers.errors import MutationRejected
from resolvers.mutations.data_protection.erase_user import ErasedUser, ErasureOrder, erase_user
from resolvers.mutations.users.reset_second_factors import reset_by_operator
from resolvers.public_id import encode

FORMAT = "portico-user-export-1"
SHORTEST, MOST_TEXTS = 3, 20
"""The least characters of a text of `--also`, and the most texts."""

user = typer.Typer(
    name="user",
    help="Export or erase the personal data of a user, or reset their second factors.",
    no_args_is_help=True,
)

User = Annotated[str, typer.Argument(help="The user: email or id (usr_...).")]
Yes = Annotated[bool, typer.Option("--yes", help="Erase. Without this, the command only says what it would erase.")]
Remove = Annotated[
    bool, typer.Option("--remove", help="Also remove the user, if they have not been removed: their access ends.")
]
Also = Annotated[
    list[str] | None,
    typer.Option(help="Another text that names the person, such as a nickname. Can be repeated."),
]


@user.command("export")
def export(user: User, to: To, *, as_json: AsJson = False) -> None:
    """Write everything that is stored about a user to one file: JSON Lines in a ZIP archive.

    What is about other people, and hashes of passwords and tokens, is left out.
    """
    with open_database(load()) as settings:
        found = find(settings, UserModel, user)
        header = {
            "format": FORMAT,
            "user": {"id": encode(UserModel, found.id), "email": found.name},
            "leftOutTables": left_out_tables(tables_of_a_person),
        }
        write_file(
            settings,
            to,
            found,
            user_queries(Person(found.id, tenant_of(found.organization_id))),
            header,
            as_json=as_json,
        )


@user.command("erase")
def erase(user: User, *, also: Also = None, remove: Remove = False, yes: Yes = False, as_json: AsJson = False) -> None:
    """Replace the name, email and other personal data of a removed user by a pseudonym, wherever they are stored.

    Without `--yes`, say what that is. The audit trail still verifies afterwards. It can't be undone.
    """
    texts = [text.strip() for text in also or []]
    if len(texts) > MOST_TEXTS or any(len(text) < SHORTEST for text in texts):
        raise typer.BadParameter(
            f"Give at most {MOST_TEXTS} texts of {SHORTEST} characters or more.", param_hint="--also"
        )
    with open_database(load()) as settings:
        found = find(settings, UserModel, user)
        order = ErasureOrder(found.id, current_user(), texts, remove=remove, dry_run=not yes)
        try:
            erased = erase_one(settings, order)
        except MutationRejected:
            typer.echo(f"portico: {found.name} has not been removed. Remove the user first, or add --remove.", err=True)
            raise typer.Exit(1) from None
        if erased is None:
            raise typer.BadParameter(f"{found.name} has been deleted meanwhile.")
        _print(found.name, erased, dry_run=not yes, as_json=as_json)


@user.command("reset-second-factors")
def reset(user: User) -> None:
    """Delete all second factors of a user, end their sessions, and tell them by mail.

    For staff, and for an admin whom no other admin may change. They sign in with their password alone afterwards, or
    set up a new second factor when they do.
    """
    with open_database(load()) as settings:
        found = find(settings, UserModel, user)
        if not mutate(settings, lambda work: reset_by_operator(work, found.id)):
            typer.echo(f"{found.name} has no second factors.")
            return
        typer.echo(f"The second factors of {found.name} are deleted, and their sessions have ended.")


def erase_one(settings: Settings, order: ErasureOrder) -> ErasedUser | None:
    """Carry out an erasure in one transaction. Returns None if there is no such user. Raises MutationRejected if the
    user has not been removed."""
    with show_spinner("Trying out the erasure" if order.dry_run else "Erasing"):
        return mutate(settings, lambda work: erase_user(work, order))


def _print(name: str, erased: ErasedUser, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        counts = {"deleted": erased.deleted, "changed": erased.changed, "auditEvents": erased.audit_events}
        state = {"erased": not dry_run or erased.already, "already": erased.already}
        names = {"id": encode(UserModel, erased.id), "pseudonym": erased.name}
        print_json({**names, **state, **counts, "left": erased.left})
        return
    if erased.already:
        typer.echo(f"{erased.name} has already been erased.")
        return
    rows = [
        *((table_name, f"{count:,}", "deleted") for table_name, count in erased.deleted.items()),
        *((table_name, f"{count:,}", "changed") for table_name, count in erased.changed.items()),
        *([("audit_events", f"{erased.audit_events:,}", "values erased")] if erased.audit_events else []),
        *((column, f"{count:,}", "named there, left as it is") for column, count in erased.left.items()),
    ]
    console().print(table("Table", "Rows", "What happens", rows=rows))
    if dry_run:
        typer.echo(f"Nothing was erased: add --yes to replace {name} by {erased.name} for good.")
        return
    total = count_of(erased.audit_events, "event")
    typer.echo(
        f"Erased: the user is now {erased.name}. Values of {total} of the audit trail are gone; it still verifies."
    )
    typer.echo("Backups still have the data: print `portico erasures list` to a file that you keep beside them.")
