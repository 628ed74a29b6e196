"""`portico policy who-can`."""

from typing import Any

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
from models import User
from resolvers.policy_analysis.capabilities import who_has
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.policy_analysis.what_can import RequestedAction
from resolvers.policy_analysis.who_can import AccessPath, SubjectPage
from resolvers.policy_analysis.who_can import who_can as list_subjects


def who_can(
    *,
    action: Asked,
    on: OnWhat = None,
    type_: OfType = None,
    organization: OfOrganization = None,
    first: First = 50,
    after: After = None,
    rules: Rules = None,
    as_json: AsJson = False,
) -> None:
    """List the users who may perform an action on a resource, or who have a capability, and what allows it.

    For example: --action view --on "ACME East"; --action assign_permission --on BILLING_VIEW; --action
    creates_organizations.
    """
    request = parse_request(type_, action, on, organization)

    with database_with_data() as settings:
        policy = load_policy_with_progress(settings, rules)

        async def query(connection: AsyncConnection) -> tuple[Resource | Question, SubjectPage]:
            try:
                return await _page(connection, policy, request, organization, first=first, after=after)
            except ValueError as error:
                raise ResourceNotFound(str(error)) from None

        about, page = run_query(settings, query)
    if as_json:
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
