"""The queries `simulateServiceMove`, `simulateAccountClosing` and `simulateUserLeaving`: what a change would do to
everybody's access."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

import strawberry

import models
from resolvers import public_id
from resolvers.errors import MutationRejected
from resolvers.simulations import authorize
from resolvers.simulations.authorize import AccountId, EffectsPage
from resolvers.simulations.simulate import SimulatedChange, SimulatedTotal, Simulation
from resolvers.simulations.statement import MAX_COUNT, Effect
from resolvers.transaction.access_query import run_access_query
from resolvers.transaction.unit_of_work import UnitOfWork
from schema.declare.action_enums import PolicyAction
from schema.declare.arguments import DEFAULT_SIZE, LARGEST_SIZE
from schema.declare.enums import gql_enum
from schema.declare.fields import changed_each, gql_type
from schema.execution.execution import graphql_errors
from schema.execution.read_payload import Info, PayloadData, read_payload_nodes_as_caller
from schema.types.references import OneUser

gql_enum(
    Effect,
    "What a simulated change does.",
    name="SimulatedEffect",
    NOBODY="Nobody of the organization could perform the action any longer: give the account to users, or update the "
    "user, which includes extending their access.",
    LOST="A user would lose the action.",
    GAINED="A user would gain the action.",
)

_TYPE = "The type of the resource: `ContractAccount`, `DeliveryAccount`, `Service` or `User`."
_COUNT = f"At most {MAX_COUNT:,}: then there may be more."


@gql_type
class AccessSimulationTotal:
    """How often a simulated change has an effect on one action."""

    effect: Effect = strawberry.field(description="The effect.")
    action: PolicyAction = strawberry.field(description="The action.")
    type: str = strawberry.field(description=_TYPE)
    changes: int = strawberry.field(
        description=f"The number of pairs of user and resource; for `NOBODY`, of resources. {_COUNT}"
    )
    users: int = strawberry.field(description=f"The number of users who gain or lose it; 0 for `NOBODY`. {_COUNT}")


@gql_type
class AccessSimulationChange:
    """An effect of a simulated change: on one user and one resource, or, if nobody may any longer, on the resource."""

    effect: Effect = strawberry.field(description="The effect.")
    user: OneUser | None = changed_each("The user who gains or loses the action. Null for `NOBODY`.")
    action: PolicyAction = strawberry.field(description="The action.")
    type: str = strawberry.field(description=_TYPE)
    resource: strawberry.ID = strawberry.field(description="The id of the resource.")
    name: str = strawberry.field(
        description="The name of the account, the code of the service, or the email address of the user."
    )
    data: strawberry.Private[PayloadData]


@gql_type
class AccessSimulation:
    """What a change would do to the access of the users of the organization, as far as you see them and the resources.
    Compares what the policy allows on accounts, services and users, now and afterwards."""

    is_last_admin: bool = strawberry.field(
        description="Whether the user who leaves is the last active admin with all contract accounts, so that "
        "`removeUser` would be refused with `LAST_ADMIN`. False for other changes."
    )
    is_complete: bool = strawberry.field(
        description="Whether all that nobody could do any longer is found. False only if a user leaves who manages so "
        "many users or accounts, beside so many other managers, that not each could be compared with each: then there "
        "may be more effects `NOBODY` than the list and the totals have."
    )
    totals: list[AccessSimulationTotal] = strawberry.field(
        description="The totals of all effects, whatever the argument `effects` is."
    )
    changes: list[AccessSimulationChange] = strawberry.field(
        description="The effects of this page: what nobody may any longer, then what users lose, then what they gain; "
        "each by email address, type, action, and name."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor to pass as `after` for the next page. Null if this is the last page."
    )
    data: strawberry.Private[PayloadData]


Effects = Annotated[
    list[Effect] | None, strawberry.argument(description="Lists only these effects. All if omitted or null.")
]
First = Annotated[
    int, strawberry.argument(description=f"The number of effects to return: at least 1, at most {LARGEST_SIZE}.")
]
After = Annotated[str | None, strawberry.argument(description="Returns only effects after this cursor.")]


async def simulate_service_move(
    info: Info,
    service: Annotated[strawberry.ID, strawberry.argument(description="The id of the service.")],
    account: Annotated[
        strawberry.ID,
        strawberry.argument(
            description="The id of the contract account or delivery account that the service would have instead of its "
            "own of the same kind."
        ),
    ],
    *,
    effects: Effects = None,
    first: First = DEFAULT_SIZE,
    after: After = None,
) -> AccessSimulation | None:
    """Resolves `simulateServiceMove`."""
    key = public_id.key(service, models.Service)
    simulate = partial(authorize.simulate_service_move, service_id=key, account=_account(account))
    return await _simulated(info, simulate, _page(info, effects, first, after))


async def simulate_account_closing(
    info: Info,
    account: Annotated[
        strawberry.ID, strawberry.argument(description="The id of the contract account or delivery account.")
    ],
    *,
    effects: Effects = None,
    first: First = DEFAULT_SIZE,
    after: After = None,
) -> AccessSimulation | None:
    """Resolves `simulateAccountClosing`."""
    simulate = partial(authorize.simulate_account_closing, account=_account(account))
    return await _simulated(info, simulate, _page(info, effects, first, after))


async def simulate_user_leaving(
    info: Info,
    user: Annotated[strawberry.ID, strawberry.argument(description="The id of the user.")],
    *,
    effects: Effects = None,
    first: First = DEFAULT_SIZE,
    after: After = None,
) -> AccessSimulation | None:
    """Resolves `simulateUserLeaving`."""
    key = public_id.key(user, models.User)
    simulate = partial(authorize.simulate_user_leaving, user_id=key)
    return await _simulated(info, simulate, _page(info, effects, first, after))


def _account(account: str) -> AccountId | None:
    keys = ((kind, public_id.key(account, kind.accounts)) for kind in models.ACCOUNT_KINDS)
    return next(((kind, key) for kind, key in keys if key), None)


def _page(info: Info, effects: list[Effect] | None, first: int, after: str | None) -> EffectsPage:
    return EffectsPage(tuple(Effect) if effects is None else frozenset(effects), first, after, str(info.path.key))


async def _simulated(
    info: Info, simulate: Callable[..., Awaitable[Simulation | None]], page: EffectsPage
) -> AccessSimulation | None:
    """The result of a simulation. The users of a page are read together, as the caller."""
    context = info.context.context

    async def query(work: UnitOfWork) -> Simulation | None:
        return await simulate(work, page=page)

    try:
        found = await run_access_query(context.writing, context.caller, query)
    except MutationRejected as rejected:
        raise graphql_errors(rejected)[0] from rejected
    if found is None:
        return None
    data = await read_payload_nodes_as_caller(info, [change.user_id for change in found.changes], "User")
    return AccessSimulation(
        is_last_admin=found.is_last_admin,
        is_complete=found.is_complete,
        totals=list(map(_total, found.totals)),
        changes=[_change(change, data) for change in found.changes],
        end_cursor=found.next,
        data=data,
    )


def _total(total: SimulatedTotal) -> AccessSimulationTotal:
    return AccessSimulationTotal(
        effect=total.effect,
        action=PolicyAction(total.action),
        type=total.model.__name__,
        changes=total.changes,
        users=total.users,
    )


def _change(change: SimulatedChange, data: PayloadData) -> AccessSimulationChange:
    return AccessSimulationChange(
        effect=change.effect,
        action=PolicyAction(change.action),
        type=change.model.__name__,
        resource=strawberry.ID(public_id.encode(change.model, change.row_id)),
        name=change.name,
        data=data,
    )
