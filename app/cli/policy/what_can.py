"""`portico policy what-can`."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.policy.database_context import After, First, OfUser, ResourceNotFound, ask, find_one, id_of, live_data
from app.cli.policy.options import Rules, questions
from app.cli.policy.output import AsJson, console, print_json, table
from app.policy.policy_file import policy_of
from models import User
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.policy_analysis.what_can import AccessibleResourcePage
from resolvers.policy_analysis.what_can import what_can as reached_by

Action = Annotated[str | None, typer.Option(help="Only this action, such as view.")]
Type = Annotated[str | None, typer.Option("--type", help="Only things of this type, such as Service.")]


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
    """Everything that a user may do: counted by type, and listed."""
    asked = questions(type_, action)

    with live_data() as settings:
        policy = policy_of(settings, rules)

        async def question(connection: AsyncConnection) -> tuple[Resource, AccessibleResourcePage | None]:
            found = await find_one(connection, [User], user)
            actor = await load_user_as_actor(connection, found.id)
            if actor is None:
                return found, None
            try:
                return found, await reached_by(connection, policy, actor, asked, first=first, after=after)
            except ValueError as error:
                raise ResourceNotFound(str(error)) from None

        who, reaches = ask(settings, question)
    if as_json:
        print_json(_document(who, reaches))
    else:
        _show(who, reaches)


def _document(who: Resource, reaches: AccessibleResourcePage | None) -> dict[str, Any]:
    found = reaches or AccessibleResourcePage((), (), None)
    return {
        "user": {"id": id_of(User, who.id), "email": who.name, "active": reaches is not None},
        "counts": [
            {"type": each.model.__name__, "action": each.action, "things": each.resources} for each in found.counts
        ],
        "things": [
            {
                "type": each.resource.model.__name__,
                "id": id_of(each.resource.model, each.resource.id),
                "name": each.resource.name,
                "organization": each.resource.organization,
                "actions": each.actions,
            }
            for each in found.resources
        ],
        "next": found.next,
    }


def _show(who: Resource, reaches: AccessibleResourcePage | None) -> None:
    printer = console()
    if reaches is None:
        printer.print(f"{escape(who.name)} is not active, and reaches nothing.", highlight=False)
        return
    counts = ((each.model.__name__, each.action, f"{each.resources:,}") for each in reaches.counts)
    printer.print(table("Type", "Action", "Things", rows=counts))
    if reaches.resources:
        rows = (
            (each.resource.model.__name__, each.resource.name, each.resource.organization, ", ".join(each.actions))
            for each in reaches.resources
        )
        printer.print(table("Type", "Thing", "Organization", "Actions", rows=rows))
    if reaches.next:
        printer.print(f"More: --after {reaches.next}", highlight=False, soft_wrap=True)
