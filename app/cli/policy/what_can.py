"""`portico policy what-can`."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.output import AsJson, console, load_policy_with_progress, print_json, table
from app.cli.policy.database_context import (
    After,
    First,
    OfUser,
    ResourceNotFound,
    database_with_data,
    find_one,
    id_of,
    run_query,
)
from app.cli.policy.options import Rules, parse_actions
from models import User
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.policy_analysis.what_can import AccessibleResourcePage
from resolvers.policy_analysis.what_can import what_can as list_resources

Action = Annotated[str | None, typer.Option(help="Only this action, such as view.")]
Type = Annotated[str | None, typer.Option("--type", help="Only resources of this type, such as Service.")]


def what_can(
    *,
    user: OfUser,
    action: Action = None,
    type_: Type = None,
    first: First = 50,
    after: After = None,
    rules: Rules = None,
    as_json: AsJson = False,
) -> None:
    """Count and list everything that a user may do."""
    actions = parse_actions(type_, action)

    with database_with_data() as settings:
        policy = load_policy_with_progress(settings, rules)

        async def query(connection: AsyncConnection) -> tuple[Resource, AccessibleResourcePage | None]:
            subject = await find_one(connection, [User], user)
            actor = await load_user_as_actor(connection, subject.id)
            if actor is None:
                return subject, None
            try:
                return subject, await list_resources(connection, policy, actor, actions, first=first, after=after)
            except ValueError as error:
                raise ResourceNotFound(str(error)) from None

        subject, page = run_query(settings, query)
    if as_json:
        print_json(_document(subject, page))
    else:
        _show(subject, page)


def _document(subject: Resource, page: AccessibleResourcePage | None) -> dict[str, Any]:
    """The page as JSON; None is the page of a user who isn't active."""
    active = page is not None
    page = page or AccessibleResourcePage((), (), None)
    return {
        "user": {"id": id_of(User, subject.id), "email": subject.name, "active": active},
        "counts": [
            {"type": count.model.__name__, "action": count.action, "things": count.resources} for count in page.counts
        ],
        "things": [
            {
                "type": entry.resource.model.__name__,
                "id": id_of(entry.resource.model, entry.resource.id),
                "name": entry.resource.name,
                "organization": entry.resource.organization,
                "actions": entry.actions,
            }
            for entry in page.resources
        ],
        "next": page.next,
    }


def _show(subject: Resource, page: AccessibleResourcePage | None) -> None:
    printer = console()
    if page is None:
        printer.print(f"{escape(subject.name)} is not active and has access to nothing.", highlight=False)
        return
    counts = ((count.model.__name__, count.action, f"{count.resources:,}") for count in page.counts)
    printer.print(table("Type", "Action", "Resources", rows=counts))
    if page.resources:
        rows = (
            (
                entry.resource.model.__name__,
                entry.resource.name,
                entry.resource.organization,
                ", ".join(entry.actions),
            )
            for entry in page.resources
        )
        printer.print(table("Type", "Resource", "Organization", "Actions", rows=rows))
    if page.next:
        printer.print(f"More: --after {page.next}", highlight=False, soft_wrap=True)
