"""`portico policy who-can`."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.output import AsJson, console, count_of, load_policy_with_progress, print_json, table
from app.cli.policy.database_context import (
    After,
    First,
    OfOrganization,
    OfType,
    On,
    ResourceNotFound,
    database_with_data,
    find_one,
    id_of,
    resource_json,
    run_query,
)
from app.cli.policy.options import Rules, parse_actions
from models import User
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.policy_analysis.who_can import AccessPath, SubjectPage
from resolvers.policy_analysis.who_can import who_can as list_subjects

Action = Annotated[str, typer.Option(help="The action, such as view.")]


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
    """List the users who may perform an action on a resource, and what allows it."""
    actions = parse_actions(type_, action)

    with database_with_data() as settings:
        policy = load_policy_with_progress(settings, rules)

        async def query(connection: AsyncConnection) -> tuple[Resource, SubjectPage]:
            resource = await find_one(connection, [model for model, _ in actions], on, organization)
            try:
                return resource, await list_subjects(
                    connection, policy, actions[0][1], resource, first=first, after=after
                )
            except ValueError as error:
                raise ResourceNotFound(str(error)) from None

        resource, page = run_query(settings, query)
    if as_json:
        print_json(_document(action, resource, page))
    else:
        _show(action, resource, page)


def describe_path(path: AccessPath) -> str:
    """The rows and traits that give the access, and the place of the outermost rule."""
    through = ", ".join((*path.rows, *path.traits)) or "every actor of this kind"
    return f"{through} ({path.rules[0]})" if path.rules else through


def _document(action: str, resource: Resource, page: SubjectPage) -> dict[str, Any]:
    return {
        "action": action,
        "on": resource_json(resource),
        "total": page.total,
        "users": [
            {
                "id": id_of(User, user.id),
                "email": user.email,
                "kind": user.group,
                "organization": user.organization,
                "through": [
                    {"rules": list(map(str, path.rules)), "traits": path.traits, "rows": path.rows}
                    for path in user.paths
                ],
            }
            for user in page.subjects
        ],
        "next": page.next,
    }


def _show(action: str, resource: Resource, page: SubjectPage) -> None:
    printer = console()
    name = resource.name
    if resource.organization and resource.organization != name:
        name += f" of {resource.organization}"
    users = count_of(page.total, "user")
    printer.print(f"{users} may {action} {resource.model.__name__} {escape(name)}.", highlight=False)
    if page.subjects:
        rows = ((user.email, user.group, "\n".join(map(describe_path, user.paths))) for user in page.subjects)
        printer.print(table("User", "Kind", "Through", rows=rows))
    if page.next:
        printer.print(f"More: --after {page.next}", highlight=False, soft_wrap=True)
