"""A route of the policy as the pairs of rows that it leads from and to: an actor's and a thing's.

    FROM actors JOIN services ON true JOIN contract_grants ON true
    WHERE actors.profile = ANY (…) AND services.organization_id = actors.organization_id
      AND contract_grants.contract_account_id = services.contract_account_id AND contract_grants.user_id = actors.id

What ties the two is joined, so that PostgreSQL can begin at the small end, which is the grants, and never goes through
all users times all things. A pair comes out once for each row that ties it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from sqlalchemy import ColumnElement, FromClause, and_, true

from authz.policy import Policy
from authz.routes import Route, joined_condition
from models import Base
from resolvers.policy_analysis.actor_table import ActorTable, has_profile


@dataclass(frozen=True, slots=True)
class RouteJoin:
    """The rows of `source` on which `where` holds. `actor` and `row` are the pair; `ties` what is joined, by type."""

    actor: FromClause
    row: FromClause
    ties: Sequence[tuple[type[Base], FromClause]]
    source: FromClause
    where: ColumnElement[bool]


def join_route(
    actors: ActorTable, policy: Policy, route: Route, profiles: Sequence[int], model: type[Base], *, every: bool = False
) -> RouteJoin:
    """The pairs of `route`, from actors with one of `profiles` to rows of `model`.

    With `every`, all rows that the route asks for are joined, also those that are the same for each actor.
    """
    actor, row = actors.table.alias(), model.__table__.alias()
    where, ties = joined_condition(route, model, row, actors.columns(actor, policy), every=every)
    return RouteJoin(
        actor, row, ties, cross_join(actor, row, *(tie for _, tie in ties)), and_(has_profile(actor, profiles), where)
    )


def cross_join(first: FromClause, *others: FromClause) -> FromClause:
    """All of these tables; what ties them stands in the WHERE."""
    return reduce(lambda all_, other: all_.join(other, true()), others, first)
