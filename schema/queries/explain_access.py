"""Why somebody may do something, or why not, in the contract."""

from functools import partial
from typing import Annotated

import strawberry

from resolvers.errors import MutationRejected
from resolvers.policy_analysis import authorize
from resolvers.policy_analysis.explain import ExplainedDerivation as OpenWay
from resolvers.policy_analysis.explain import Explanation
from resolvers.public_id import key
from resolvers.transaction.unit_of_work import run_access_query
from schema.declare.action_enums import PolicyAction
from schema.declare.enums import UserStatus
from schema.declare.fields import gql_type
from schema.execution.execution import refusals
from schema.mutations.payload import Info


@gql_type
class AccessCondition:
    """One condition of the policy."""

    text: str = strawberry.field(description="The condition as the policy has it.")
    source: str = strawberry.field(description="Where it stands: file and line.")
    holds: bool = strawberry.field(description="Whether it holds.")
    detail: str = strawberry.field(
        description="What it holds through, such as `grant of ACME East`, or what there is in place of what it asks "
        "for. Empty where there is no more to say."
    )


@gql_type
class AccessWay:
    """One way in which the policy could allow it: all of its conditions must hold."""

    rules: list[str] = strawberry.field(description="The rules that it comes through, outermost first: file and line.")
    missing: int = strawberry.field(description="How many of its conditions do not hold.")
    conditions: list[AccessCondition] = strawberry.field(description="Its conditions.")


@gql_type
class AccessExplanation:
    """Whether a user may do something to one thing, and why."""

    allowed: bool = strawberry.field(description="Whether they may.")
    status: UserStatus = strawberry.field(
        description="Where the user is in their lifecycle: who is not active may do nothing, whatever the ways say."
    )
    ways: list[AccessWay] = strawberry.field(
        description="All ways that the policy has: those that are open first, then those that lack least."
    )


async def explain_access(
    info: Info,
    user: Annotated[strawberry.ID, strawberry.argument(description="The user.")],
    action: Annotated[PolicyAction, strawberry.argument(description="What they would do.")],
    on: Annotated[strawberry.ID, strawberry.argument(description="To what: the id of any node.")],
) -> AccessExplanation | None:
    """`explainAccess`: answered from the predicates of the policy, each condition by itself."""
    context = info.context.context
    of, row = context.reader.graph.node(on)
    about = authorize.AccessQuery(
        key(user, "usr"), action.value.lower(), of.model if of else None, row, str(info.path.key)
    )
    try:
        explanation = await run_access_query(
            context.writing, context.caller, partial(authorize.explain_access, about=about)
        )
    except MutationRejected as refused:
        raise refusals(refused)[0] from refused
    return None if explanation is None else _explained(explanation)


def _explained(explanation: Explanation) -> AccessExplanation:
    return AccessExplanation(
        allowed=explanation.allowed, status=explanation.subject.status, ways=[_way(way) for way in explanation.ways]
    )


def _way(way: OpenWay) -> AccessWay:
    conditions = [
        AccessCondition(text=each.text, source=str(each.source), holds=each.holds, detail=each.detail)
        for each in way.conditions
    ]
    return AccessWay(rules=list(map(str, way.rules)), missing=way.missing, conditions=conditions)
