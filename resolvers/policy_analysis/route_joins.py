"""Joins the actors and the resources of a route of the policy.

    FROM actors JOIN services ON true JOIN contract_grants ON true
    WHERE actors.profile = ANY (…) AND services.organization_id = actors.organization_id
      AND contract_grants.contract_account_id = services.contract_account_id AND contract_grants.user_id = actors.id

The rows that link the two are joined, so that PostgreSQL can begin with the smallest set, the grants, instead of all
users times all resources. A pair is returned once for each row that links it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, true

from authz.policy import Policy
from authz.routes import Route, joined_condition
from models import Base
from resolvers.policy_analysis.actor_table import ActorTable, has_profile


@dataclass(frozen=True, slots=True)
class RouteJoin:
    """The rows of `source` on which `where` holds.

    `actor` and `row`, a row of `model`, are the pair; `ties` are the joined tables, by type.
    """

    model: type[Base]
    actor: FromClause
    row: FromClause
    ties: Sequence[tuple[type[Base], FromClause]]
    source: FromClause
    where: ColumnElement[bool]


def join_route(
    actors: ActorTable,
    policy: Policy,
    route: Route,
    profiles: Sequence[int] | ColumnElement[Any],
    model: type[Base],
    *,
    join_all: bool = False,
) -> RouteJoin:
    """Returns the pairs of `route`, from actors with one of `profiles` to rows of `model`.

    With `join_all`, all rows that the route requires are joined, also those that are the same for each actor.
    """
    actor, row = actors.table.alias(), model.__table__.alias()
    where, ties = joined_condition(route, model, row, actors.columns(actor, policy), join_all=join_all)
    return RouteJoin(
        model,
        actor,
        row,
        ties,
        cross_join(actor, row, *(tie for _, tie in ties)),
        and_(has_profile(actor, profiles), where),
    )


def cross_join(first: FromClause, *others: FromClause) -> FromClause:
    """Joins these tables without conditions; those are in the WHERE clause."""
    return reduce(lambda all_, other: all_.join(other, true()), others, first)
