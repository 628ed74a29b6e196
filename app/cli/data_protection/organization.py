"""`portico organization`: exports an organization whole, and deletes it."""

import sys
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from app.cli.data_protection.copy import copy
from app.cli.data_protection.export_file import AsJson, To, write_file
from app.cli.data_protection.run import Organization, find, mutate, table_progress
from app.cli.database import open_database
from app.cli.output import console, count_of, print_json, table
from app.data_export.queries import left_out_tables, organization_queries
from app.policy.people import current_user
from app.settings import load
from models import Organization as OrganizationModel
from resolvers.data_protection.ownership import organization_tables
from resolvers.mutations.data_protection.delete_organization import (
    DeletedOrganization,
    count_organization,
    delete_organization,
)
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.public_id import encode
from resolvers.transaction.unit_of_work import UnitOfWork

FORMAT = "portico-organization-export-1"

organization = typer.Typer(
    name="organization", help="Export, copy or delete an organization whole.", no_args_is_help=True
)

organization.command("copy")(copy)

Yes = Annotated[bool, typer.Option("--yes", help="Delete it. Without this, the command only counts.")]
Name = Annotated[
    str | None, typer.Option("--name", help="The organization's name, to confirm. Default: you are asked to type it.")
]


@organization.command("export")
def export(organization: Organization, to: To, *, as_json: AsJson = False) -> None:
    """Write everything of an organization to one file, while servers run: JSON Lines in a ZIP archive.

    Passwords, tokens and their hashes are left out.
    """
    with open_database(load()) as settings:
        found = find(settings, OrganizationModel, organization)
        header = {
            "format": FORMAT,
            "organization": {"id": encode(OrganizationModel, found.id), "name": found.name},
            "leftOutTables": left_out_tables(organization_tables),
        }
        queries = organization_queries(found.id)
        write_file(settings, to, found, queries, header, as_json=as_json)


@organization.command("delete")
def delete(organization: Organization, *, yes: Yes = False, name: Name = None, as_json: AsJson = False) -> None:
    """Delete an organization with everything that belongs to it. Without `--yes`, count what that is.

    All of it is one transaction: if the command fails or is killed, nothing has changed. It can't be undone.
    """
    with open_database(load()) as settings:
        found = find(settings, OrganizationModel, organization)
        if not yes:
            with table_progress("Counting", len(organization_tables())) as report:
                counts = mutate(settings, partial(count_organization, organization_id=found.id, report=report))
            _print_counts(found, counts, as_json=as_json)
            return
        _confirm(found, name)

        with table_progress("Deleting", len(organization_tables())) as report:

            async def run(work: UnitOfWork) -> DeletedOrganization | None:
                return await delete_organization(work, found.id, current_user(), report)

            deleted = mutate(settings, run)
        if deleted is None:
            raise typer.BadParameter(f"{found.name} has been deleted meanwhile.")
        _print_deleted(deleted, as_json=as_json)


def _confirm(found: Resource, name: str | None) -> None:
    """Raise BadParameter unless the name of the organization was given or typed."""
    if name is None:
        if not sys.stdin.isatty():
            raise typer.BadParameter("To confirm, give the organization's exact name.", param_hint="--name")
        name = str(typer.prompt(f"To delete {found.name} with all its data, type its name", err=True))
    if name != found.name:
        raise typer.BadParameter(
            f"The organization's name is {found.name!r}. Nothing was deleted.", param_hint="--name"
        )


def _print_counts(found: Resource, counts: dict[str, int], *, as_json: bool) -> None:
    total = sum(counts.values())
    if as_json:
        id_ = encode(OrganizationModel, found.id)
        print_json({"id": id_, "name": found.name, "deleted": False, "rows": total, "tables": counts})
        return
    console().print(table("Table", "Rows", rows=((name, f"{count:,}") for name, count in counts.items())))
    typer.echo(f"{found.name} has {count_of(total, 'row')}. Nothing was deleted: add --yes to delete them for good.")


def _print_deleted(deleted: DeletedOrganization, *, as_json: bool) -> None:
    total = sum(deleted.rows.values())
    if as_json:
        document = asdict(deleted)
        audit = {"auditEvents": document["audit_events"], "auditHash": document["audit_hash"]}
        id_ = encode(OrganizationModel, deleted.id)
        print_json({"id": id_, "name": deleted.name, "deleted": True, "rows": total, "tables": deleted.rows, **audit})
        return
    typer.echo(f"Deleted {deleted.name}: {count_of(total, 'row')} of {count_of(len(deleted.rows), 'table')}.")
    if deleted.audit_hash:
        events = count_of(deleted.audit_events, "event")
        typer.echo(f"Its audit trail of {events} ended with {deleted.audit_hash}, as the platform's trail now records.")
    typer.echo("Backups still have it: docs/data-protection.md says what to do after a restore.")
