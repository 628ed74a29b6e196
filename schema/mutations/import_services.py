"""The mutation `importServices`."""

from typing import Annotated

import strawberry

import models
from resolvers.errors import ErrorCode
from resolvers.mutations.onboarding.service_batch import (
    MAX_LINES,
    MAX_REFUSALS,
    BatchOutcome,
    RefusedValue,
    ServiceBatch,
    import_service_batch,
)
from resolvers.mutations.onboarding.service_import import ImportOptions
from resolvers.public_id import key
from schema.declare.fields import gql_type
from schema.declare.inputs import gql_input
from schema.declare.scalars import LongText
from schema.execution.read_payload import Info
from schema.mutations.payload import MutationError, errors_field, errors_of


@gql_input
class ImportServicesInput:
    """Input for `importServices`."""

    organization: strawberry.ID = strawberry.field(
        description="The id of the organization that the services belong to."
    )
    csv: LongText = strawberry.field(
        description="The services as CSV (RFC 4180), as `portico import-services` reads it: the first line names the "
        "columns `code`, `name`, `status`, `contract_account`, `delivery_account`, `city` and `country`, in any order. "
        f"Accounts are given by their names. At most {MAX_LINES:,} services; cut a larger file into parts, each with "
        "the first line."
    )
    skipped_lines: int = strawberry.field(
        description="For a part of a file: the number of lines of the file that are left out after the first line. It "
        "is added to the numbers of the lines in `refused`.",
        default=0,
    )
    create_accounts: bool = strawberry.field(
        description="Whether to create the accounts that the organization doesn't have.", default=False
    )
    dry_run: bool = strawberry.field(
        description="Whether to only report what would happen, without changing anything.", default=False
    )


@gql_type
class RefusedServiceLine:
    """Why a line of the CSV can't be imported."""

    line: int = strawberry.field(description="The number of the line in the file, from 1.")
    column: str = strawberry.field(description="The column. Empty if it is about the whole line.")
    value: str = strawberry.field(description="The beginning of the value in this column.")
    code: ErrorCode = strawberry.field(description="The reason, for programs.")
    message: str = strawberry.field(description="The reason, for people, in English.")


@gql_type
class ImportServicesPayload:
    """What was imported, or why nothing was. For a dry run, what would be imported."""

    services: int = strawberry.field(description="The number of imported services.")
    contract_accounts: int = strawberry.field(description="The number of contract accounts that were created.")
    delivery_accounts: int = strawberry.field(description="The number of delivery accounts that were created.")
    refused: list[RefusedServiceLine] = strawberry.field(
        description=f"All that is wrong with the lines, by line: at most {MAX_REFUSALS:,}. If there is any, nothing is "
        "imported."
    )
    errors: list[MutationError] = errors_field()


async def import_services(
    info: Info, input: Annotated[ImportServicesInput, strawberry.argument(description="The services.")]
) -> ImportServicesPayload:
    """Resolves `importServices`."""
    context = info.context.context
    batch = ServiceBatch(input.csv, max(0, input.skipped_lines), ImportOptions(input.create_accounts, input.dry_run))
    organization = key(input.organization, models.Organization)
    return _payload(await import_service_batch(context.writing, context.caller, organization, batch))


def _payload(outcome: BatchOutcome) -> ImportServicesPayload:
    return ImportServicesPayload(
        services=outcome.counts.services,
        contract_accounts=outcome.counts.contract_accounts,
        delivery_accounts=outcome.counts.delivery_accounts,
        refused=[_refused(value) for value in outcome.refused],
        errors=errors_of(outcome.problems),
    )


def _refused(refused: RefusedValue) -> RefusedServiceLine:
    problem = refused.problem
    return RefusedServiceLine(
        line=refused.line, column=refused.column, value=refused.value, code=problem.code, message=problem.message
    )
