"""`portico policy who-can`."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.policy.database_context import (
    After,
    First,
    OfOrganization,
    OfType,
    On,
    ResourceNotFound,
    ask,
    document_of,
    find_one,
    id_of,
    live_data,
)
from app.cli.policy.options import Rules, questions
from app.cli.policy.output import AsJson, console, print_json, table
from app.policy.policy_file import policy_of
from models import User
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.policy_analysis.who_can import AccessPath, SubjectPage
from resolvers.policy_analysis.who_can import who_can as reachers_of

Action = Annotated[str, typer.Option(help="What is to be done, such as view.")]


def who_can(
    *,
    action: Action,
    on: On,
    type_: OfType = None,
    organization: OfOrganization = None,
    first: First = 50,
    after: After = None,
    rules: Rules = None,
    as_json: AsJson = False,
) -> None:
    """Everybody who may do something with one thing, and through what."""
    asked = questions(type_, action)

    with live_data() as settings:
        policy = policy_of(settings, rules)

        async def question(connection: AsyncConnection) -> tuple[Resource, SubjectPage]:
            thing = await find_one(connection, [model for model, _ in asked], on, organization)
            try:
                return thing, await reachers_of(connection, policy, asked[0][1], thing, first=first, after=after)
            except ValueError as error:
                raise ResourceNotFound(str(error)) from None

        thing, found = ask(settings, question)
    if as_json:
        print_json(_document(action, thing, found))
    else:
        _show(action, thing, found)


def in_words(way: AccessPath) -> str:
    """What a user has and which rows tie them, and where the rules begin."""
    through = ", ".join((*way.rows, *way.traits)) or "every actor of this kind"
    return f"{through} ({way.rules[0]})" if way.rules else through


def _document(action: str, thing: Resource, found: SubjectPage) -> dict[str, Any]:
    return {
        "action": action,
        "on": document_of(thing),
        "total": found.total,
        "users": [
            {
                "id": id_of(User, each.id),
                "email": each.email,
                "kind": each.group,
                "organization": each.organization,
                "through": [
                    {"rules": list(map(str, way.rules)), "traits": way.traits, "rows": way.rows} for way in each.ways
                ],
            }
            for each in found.subjects
        ],
        "next": found.next,
    }


def _show(action: str, thing: Resource, found: SubjectPage) -> None:
    printer = console()
    of = f" of {thing.organization}" if thing.organization and thing.organization != thing.name else ""
    printer.print(f"{found.total:,} may {action} {thing.model.__name__} {escape(thing.name + of)}.", highlight=False)
    if found.subjects:
        rows = ((each.email, each.group, "\n".join(map(in_words, each.ways))) for each in found.subjects)
        printer.print(table("User", "Kind", "Through", rows=rows))
    if found.next:
        printer.print(f"More: --after {found.next}", highlight=False, soft_wrap=True)
