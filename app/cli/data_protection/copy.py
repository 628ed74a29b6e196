"""`portico organization copy`."""

from typing import Annotated

import typer

from app.cli.data_protection.run import Organization, find, run_mutation, table_progress
from app.cli.database import open_database
from app.cli.interruption import end_as_failure_on_sigterm, run_cancellably
from app.cli.output import AsJson, count_of, print_json
from app.data_export.copy_organization import copied_tables, copy_organization
from app.database.pools import normalize_url
from app.policy.people import current_user
from app.settings import load
from models import Organization as OrganizationModel
from resolvers.mutations.data_protection.record_export import record_export
from resolvers.public_id import encode

Target = Annotated[
    str, typer.Option("--to", envvar="PORTICO_COPY_TO", help="The URL of the other database (postgresql://...).")
]


def copy(organization: Organization, to: Target, *, as_json: AsJson = False) -> None:
    """Copy an organization into another database, with its audit trail: the first half of moving it there.

    Stop the servers of this database first: what changes after the copy has begun is not in it. Sessions, second
    factors, mails with their links, webhooks and the provider of single sign-on stay behind.
    """
    try:
        target = normalize_url(to)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--to") from None
    with open_database(load()) as settings:
        found = find(settings, OrganizationModel, organization)
        end_as_failure_on_sigterm()

        async def record(rows: int) -> None:
            await run_mutation(settings, lambda work: record_export(work, found, current_user(), rows))

        with table_progress("Copying", len(copied_tables())) as report:
            counts = run_cancellably(copy_organization(settings.database(), target, found.id, report, record))
    total = sum(counts.values())
    if as_json:
        print_json({"id": encode(OrganizationModel, found.id), "name": found.name, "rows": total, "tables": counts})
        return
    typer.echo(f"Copied {found.name}: {count_of(total, 'row')} of {count_of(len(counts), 'table')}.")
    typer.echo(f"When it works there: portico organization delete {encode(OrganizationModel, found.id)}")
