"""The query `explainAccess`: why a user may or may not perform an action on a resource."""

from typing import Annotated

import strawberry

import models
from resolvers.errors import MutationRejected
from resolvers.policy_analysis import authorize
from resolvers.policy_analysis.capabilities import CapabilityExplanation
from resolvers.policy_analysis.explain import ExplainedDerivation, Explanation
from resolvers.public_id import key
from resolvers.transaction.access_query import run_access_query
from schema.declare.action_enums import RESOURCE, VALUE, PolicyAction
from schema.declare.enums import ConditionKind, UserStatus
from schema.declare.fields import gql_type
from schema.execution.execution import graphql_errors
from schema.execution.read_payload import Info
from schema.queries.condition_sentence import sentence


@gql_type
class AccessCondition:
    """A condition of the access policy."""

    kind: ConditionKind = strawberry.field(description="What the condition is about.")
    names: list[str] = strawberry.field(
        description="What `sentence` names: the permission, the audience, the accounts, or the rows that connect the "
        "user with the resource. Empty for other kinds."
    )
    sentence: str = strawberry.field(
        description="Whether the condition holds, in a sentence about the user (*they*) and the resource (*it*)."
    )

    text: str = strawberry.field(description="The condition as written in the policy.")
    source: str = strawberry.field(description="The file and line of the condition.")
    holds: bool = strawberry.field(description="Whether the condition holds.")
    detail: str = strawberry.field(
        description="The row that satisfies the condition, such as `grant of ACME East`, or the value found instead of "
        "the required one. May be empty."
    )


@gql_type
class AccessWay:
    """A derivation by which the policy can allow the action. It applies if all of its conditions hold."""

    rules: list[str] = strawberry.field(
        description="The policy rules of the derivation, outermost first, each as file and line."
    )
    missing: int = strawberry.field(description="The number of conditions that do not hold.")
    conditions: list[AccessCondition] = strawberry.field(description="The conditions of the derivation.")


@gql_type
class AccessExplanation:
    """Whether a user may perform an action on a resource, and why."""

    allowed: bool = strawberry.field(description="Whether the user may perform the action.")
    status: UserStatus = strawberry.field(
        description="The user's lifecycle state. Users who aren't active may not do anything, whatever `ways` contains."
    )
    ways: list[AccessWay] = strawberry.field(
        description="All derivations of the policy: those that apply first, then those with the fewest missing "
        "conditions."
    )


async def explain_access(
    info: Info,
    user: Annotated[strawberry.ID, strawberry.argument(description="The id of the user.")],
    action: Annotated[PolicyAction, strawberry.argument(description="The action.")],
    on: Annotated[strawberry.ID, strawberry.argument(description=RESOURCE)],
    value: Annotated[str | None, strawberry.argument(description=VALUE)] = None,
) -> AccessExplanation | None:
    """Resolves `explainAccess` by evaluating each condition of the policy's predicates separately."""
    context = info.context.context
    type_, row = context.reader.registry.node(on)
    query = authorize.AccessQuery(
        key(user, models.User), action.value, type_.model if type_ else None, row, str(info.path.key), value
    )
    try:
        explanation = await run_access_query(
            context.writing, context.caller, lambda work: authorize.explain_access(work, query)
        )
    except MutationRejected as rejected:
        raise graphql_errors(rejected)[0] from rejected
    return None if explanation is None else _explained(explanation)


def _explained(explanation: Explanation | CapabilityExplanation) -> AccessExplanation:
    return AccessExplanation(
        allowed=explanation.allowed,
        status=explanation.subject.status,
        ways=[_way(way) for way in explanation.derivations],
    )


def _way(way: ExplainedDerivation) -> AccessWay:
    conditions = [
        AccessCondition(
            kind=condition.kind,
            names=list(condition.names),
            sentence=sentence(condition),
            text=condition.text,
            source=str(condition.source),
            holds=condition.holds,
            detail=condition.detail,
        )
        for condition in way.conditions
    ]
    return AccessWay(rules=list(map(str, way.rules)), missing=way.missing, conditions=conditions)
