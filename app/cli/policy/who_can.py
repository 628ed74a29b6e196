"""`portico policy who-can`."""

from dataclasses import asdict
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
    ResourceNotFound,
    database_with_data,
    find_one,
    id_of,
    resource_json,
    run_query,
)
from app.cli.policy.options import Asked, OnWhat, Rules, parse_request
from authz.capabilities import Question
from authz.policy import Policy
from models import ApiClient, User
from resolvers.policy_analysis.capabilities import who_has
from resolvers.policy_analysis.client_subjects import ClientSubject, clients_who_can, clients_who_have
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.policy_analysis.what_can import RequestedAction
from resolvers.policy_analysis.who_can import AccessPath, SubjectPage
from resolvers.policy_analysis.who_can import who_can as list_subjects

Clients = Annotated[bool, typer.Option("--clients", help="List the API clients, not the users.")]
ClientsFound = tuple[int, tuple[ClientSubject, ...]]
"""How many API clients there are, and those that are listed."""


def who_can(
    *,
    action: Asked,
    on: OnWhat = None,
    type_: OfType = None,
    organization: OfOrganization = None,
    first: First = 50,
    after: After = None,
    clients: Clients = False,
    rules: Rules = None,
    as_json: AsJson = False,
) -> None:
    """List the users or API clients who may perform an action on a resource, or have a capability, and what allows it.

    For example: --action view --on "ACME East"; --action assign_permission --on BILLING_VIEW; --action
    creates_organizations.
    """
    if clients and after:
        raise typer.BadParameter("--clients lists one page: use --first.", param_hint="--after")
    request = parse_request(type_, action, on, organization)

    with database_with_data() as settings:
        policy = load_policy_with_progress(settings, rules)

        async def query(connection: AsyncConnection) -> tuple[Resource | Question, SubjectPage | ClientsFound]:
            try:
                if clients:
                    return await _clients(connection, policy, request, organization, first)
                return await _page(connection, policy, request, organization, first=first, after=after)
            except ValueError as error:
                raise ResourceNotFound(str(error)) from None

        about, page = run_query(settings, query)
    if isinstance(page, tuple):
        _print_clients(action, about, page, as_json=as_json)
    elif as_json:
        print_json(_document(action, about, page))
    else:
        _show(action, about, page)


async def _page(
    connection: AsyncConnection,
    policy: Policy,
    request: tuple[list[RequestedAction], str] | Question,
    organization: str | None,
    *,
    first: int,
    after: str | None,
) -> tuple[Resource | Question, SubjectPage]:
    """The resource or the question, and the page."""
    if isinstance(request, Question):
        return request, await who_has(connection, policy, request, first=first, after=after)
    actions, on = request
    resource = await find_one(connection, [model for model, _ in actions], on, organization)
    return resource, await list_subjects(connection, policy, actions[0][1], resource, first=first, after=after)


async def _clients(
    connection: AsyncConnection,
    policy: Policy,
    request: tuple[list[RequestedAction], str] | Question,
    organization: str | None,
    first: int,
) -> tuple[Resource | Question, ClientsFound]:
    """The resource or the question, and the API clients."""
    if isinstance(request, Question):
        return request, await clients_who_have(connection, policy, request, first=first)
    actions, on = request
    resource = await find_one(connection, [model for model, _ in actions], on, organization)
    return resource, await clients_who_can(connection, policy, actions[0][1], resource, first=first)


def _print_clients(action: str, about: Resource | Question, found: ClientsFound, *, as_json: bool) -> None:
    total, clients = found
    if as_json:
        on = about.value or None if isinstance(about, Question) else resource_json(about)
        listed = [asdict(client) | {"id": id_of(ApiClient, client.id)} for client in clients]
        print_json({"action": action, "on": on, "total": total, "clients": listed})
        return
    printer = console()
    printer.print(f"{count_of(total, 'API client')} {_may(action, about, total)}.", highlight=False)
    if clients:
        rows = ((client.name, client.owner, client.organization) for client in clients)
        printer.print(table("API client", "Owner", "Organization", rows=rows))
    if total > len(clients):
        printer.print(f"And {total - len(clients):,} more: --first {total} lists all.", highlight=False)


def describe_path(path: AccessPath) -> str:
    """The rows and traits that give the access, and the place of the outermost rule."""
    through = ", ".join((*path.rows, *path.traits)) or "every actor of this kind"
    return f"{through} ({path.rules[0]})" if path.rules else through


def _document(action: str, about: Resource | Question, page: SubjectPage) -> dict[str, Any]:
    return {
        "action": action,
        "on": about.value or None if isinstance(about, Question) else resource_json(about),
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


def _show(action: str, about: Resource | Question, page: SubjectPage) -> None:
    printer = console()
    printer.print(f"{count_of(page.total, 'user')} {_may(action, about, page.total)}.", highlight=False)
    if page.subjects:
        rows = ((user.email, user.group, "\n".join(map(describe_path, user.paths))) for user in page.subjects)
        printer.print(table("User", "Kind", "Through", rows=rows))
    if page.next:
        printer.print(f"More: --after {page.next}", highlight=False, soft_wrap=True)


def _may(action: str, about: Resource | Question, users: int) -> str:
    if isinstance(about, Question):
        return f"{'has' if users == 1 else 'have'} the capability {about}"
    name = about.name
    if about.organization and about.organization != name:
        name += f" of {about.organization}"
    return f"may {action} {about.model.__name__} {escape(name)}"
