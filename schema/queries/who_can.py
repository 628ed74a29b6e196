"""The query `whoCan`: the users who may perform an action on a resource, and why."""

from typing import Annotated

import strawberry

from resolvers.errors import MutationRejected
from resolvers.policy_analysis import authorize
from resolvers.policy_analysis.who_can import Subject, SubjectPage
from resolvers.transaction.access_query import run_access_query
from schema.declare.action_enums import RESOURCE, VALUE, PolicyAction
from schema.declare.arguments import DEFAULT_SIZE, LARGEST_SIZE
from schema.declare.fields import changed_each, gql_type
from schema.execution.execution import graphql_errors
from schema.execution.read_payload import Info, PayloadData, read_payload_nodes_as_caller
from schema.types.references import OneUser


@gql_type
class AccessRoute:
    """A route by which a user may perform the action."""

    rules: list[str] = strawberry.field(
        description="The policy rules of the route, outermost first, each as file and line."
    )
    traits: list[str] = strawberry.field(
        description="The user's attributes that the route requires, such as `permission SITES_SERVICES_VIEW`."
    )
    rows: list[str] = strawberry.field(
        description="The rows that connect the user with the resource, such as `grant of ACME East`. If there are "
        "several, one is given."
    )


@gql_type
class AccessHolder:
    """A user who may perform the action, and why."""

    user: OneUser | None = changed_each("The user, as visible to you.")
    ways: list[AccessRoute] = strawberry.field(description="All routes by which the user may perform the action.")
    data: strawberry.Private[PayloadData]


@gql_type
class AccessHolders:
    """A page of the users visible to you who may perform an action on a resource, sorted by email address."""

    holders: list[AccessHolder] = strawberry.field(description="The users of this page.")
    total_count: int = strawberry.field(description="The number of users on all pages.")
    end_cursor: str | None = strawberry.field(
        description="The cursor to pass as `after` for the next page. Null if this is the last page."
    )
    data: strawberry.Private[PayloadData]


async def who_can(
    info: Info,
    action: Annotated[PolicyAction, strawberry.argument(description="The action.")],
    on: Annotated[strawberry.ID, strawberry.argument(description=RESOURCE)],
    *,
    first: Annotated[
        int, strawberry.argument(description=f"The number of users to return: at least 1, at most {LARGEST_SIZE}.")
    ] = DEFAULT_SIZE,
    after: Annotated[str | None, strawberry.argument(description="Returns only users after this cursor.")] = None,
    value: Annotated[str | None, strawberry.argument(description=VALUE)] = None,
) -> AccessHolders | None:
    """Resolves `whoCan`. The users of a page are read together, as the caller."""
    context = info.context.context
    type_, row = context.reader.registry.node(on)
    model, path = type_.model if type_ else None, str(info.path.key)
    query = authorize.SubjectsQuery(action.value, model, row, first, after, path, value)
    try:
        page = await run_access_query(context.writing, context.caller, lambda work: authorize.who_can(work, query))
    except MutationRejected as rejected:
        raise graphql_errors(rejected)[0] from rejected
    if page is None:
        return None
    user_ids = [subject.id for subject in page.subjects]
    return _holders(page, await read_payload_nodes_as_caller(info, user_ids, "User"))


def _holders(page: SubjectPage, data: PayloadData) -> AccessHolders:
    return AccessHolders(
        holders=[_holder(subject, data) for subject in page.subjects],
        total_count=page.total,
        end_cursor=page.next,
        data=data,
    )


def _holder(subject: Subject, data: PayloadData) -> AccessHolder:
    ways = [
        AccessRoute(rules=list(map(str, way.rules)), traits=list(way.traits), rows=list(way.rows))
        for way in subject.paths
    ]
    return AccessHolder(ways=ways, data=data)
