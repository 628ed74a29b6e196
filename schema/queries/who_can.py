"""Everybody who may do something to one thing, and why, in the contract."""

from functools import partial
from typing import Annotated

import strawberry

from resolvers.errors import MutationRejected
from resolvers.policy_analysis import authorize
from resolvers.policy_analysis.who_can import Subject, SubjectPage
from resolvers.transaction.unit_of_work import run_access_query
from schema.declare.action_enums import PolicyAction
from schema.declare.arguments import DEFAULT_SIZE, LARGEST_SIZE
from schema.declare.fields import changed_each, gql_type
from schema.execution.execution import refusals
from schema.mutations.payload import Answer, Info, read_payload_nodes_as_caller
from schema.types.references import OneUser


@gql_type
class AccessRoute:
    """One way in which somebody may: the rules that it comes through, and what opens it to them."""

    rules: list[str] = strawberry.field(description="The rules of the policy, outermost first: file and line.")
    traits: list[str] = strawberry.field(
        description="What the user is or has that opens it, such as `permission SITES_SERVICES_VIEW`."
    )
    rows: list[str] = strawberry.field(
        description="What ties the user to the thing, such as `grant of ACME East`. Of several, one is named."
    )


@gql_type
class AccessHolder:
    """Somebody who may, and why."""

    user: OneUser | None = changed_each("The user, as you see them.")
    ways: list[AccessRoute] = strawberry.field(description="All ways in which they may.")
    answer: strawberry.Private[Answer]


@gql_type
class AccessHolders:
    """A page of those who may do something to one thing, by email, of those whom you see."""

    holders: list[AccessHolder] = strawberry.field(description="Those of this page.")
    total_count: int = strawberry.field(description="How many there are in all.")
    end_cursor: str | None = strawberry.field(description="The `after` of the next page. Null where this is the last.")
    answer: strawberry.Private[Answer]


async def who_can(
    info: Info,
    action: Annotated[PolicyAction, strawberry.argument(description="What would be done.")],
    on: Annotated[strawberry.ID, strawberry.argument(description="To what: the id of any node.")],
    first: Annotated[
        int, strawberry.argument(description=f"How many users: at least 1, at most {LARGEST_SIZE}.")
    ] = DEFAULT_SIZE,
    after: Annotated[str | None, strawberry.argument(description="Only users behind this cursor.")] = None,
) -> AccessHolders | None:
    """`whoCan`: the users of a page are read in one go, as the caller sees them."""
    context = info.context.context
    of, row = context.reader.graph.node(on)
    about = authorize.SubjectsQuery(
        action.value.lower(), of.model if of else None, row, first, after, str(info.path.key)
    )
    try:
        found = await run_access_query(context.writing, context.caller, partial(authorize.who_can, about=about))
    except MutationRejected as refused:
        raise refusals(refused)[0] from refused
    if found is None:
        return None
    return _holders(found, await read_payload_nodes_as_caller(info, [each.id for each in found.subjects], "User"))


def _holders(found: SubjectPage, answer: Answer) -> AccessHolders:
    return AccessHolders(
        holders=[_holder(each, answer) for each in found.subjects],
        total_count=found.total,
        end_cursor=found.next,
        answer=answer,
    )


def _holder(reacher: Subject, answer: Answer) -> AccessHolder:
    ways = [
        AccessRoute(rules=list(map(str, way.rules)), traits=list(way.traits), rows=list(way.rows))
        for way in reacher.ways
    ]
    return AccessHolder(ways=ways, answer=answer)
